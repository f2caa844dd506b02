// Actions as requests, to the letter; logins and their tokens.
#include <gtest/gtest.h>

#include "nitro/wire.h"

namespace certsync::nitro {
namespace {

struct WriteCase {
  const char* name;
  plan::Action action;
  /// "METHOD resource", a blank, the body.
  const char* request;
};

class ToWrite : public testing::TestWithParam<WriteCase> {};

SecretBytes content_for(const plan::Action& action) {
  const bool upload =
      std::holds_alternative<plan::UploadCertificate>(action) || std::holds_alternative<plan::UploadKey>(action);
  return upload ? SecretBytes(std::string("PEM\n")) : SecretBytes();
}

TEST_P(ToWrite, IsExactlyThisRequest) {
  const auto write = to_write(GetParam().action, content_for(GetParam().action));
  const std::string body = write.body.empty() ? "" : " " + std::string(write.body.reveal());

  EXPECT_EQ(std::string(http::to_text(write.method)) + " " + write.resource + body, GetParam().request);
}

constexpr auto kSni = model::Role::Sni;
constexpr auto kDefault = model::Role::Default;

INSTANTIATE_TEST_SUITE_P(
    Files, ToWrite,
    testing::Values(
        WriteCase{"UploadCertificate", plan::UploadCertificate{"cs-a.pem", nullptr},
                  R"(POST systemfile?warning=yes {"systemfile":{"filename":"cs-a.pem","filelocation":"/nsconfig/ssl",)"
                  R"("fileencoding":"BASE64","filecontent":"UEVNCg=="}})"},
        WriteCase{"UploadKey", plan::UploadKey{"cs-a.key", {"ns", "www"}, nullptr},
                  R"(POST systemfile?warning=yes {"systemfile":{"filename":"cs-a.key","filelocation":"/nsconfig/ssl",)"
                  R"("fileencoding":"BASE64","filecontent":"UEVNCg=="}})"},
        WriteCase{"DeleteFile", plan::DeleteFile{"cs-a.pem"},
                  "DELETE systemfile/cs-a.pem?args=filelocation:%2Fnsconfig%2Fssl"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Certkeys, ToWrite,
    testing::Values(
        WriteCase{"AddWithMonitor", plan::AddCertKey{"www", "w.pem", "w.key", true, 21},
                  R"(POST sslcertkey?warning=yes {"sslcertkey":{"cert":"w.pem","certkey":"www",)"
                  R"("expirymonitor":"ENABLED","key":"w.key","notificationperiod":21}})"},
        WriteCase{"AddWithoutMonitor", plan::AddCertKey{"www", "w.pem", "w.key", false, 21},
                  R"(POST sslcertkey?warning=yes {"sslcertkey":{"cert":"w.pem","certkey":"www",)"
                  R"("expirymonitor":"DISABLED","key":"w.key"}})"},
        WriteCase{"AddIntermediate", plan::AddCertKey{"cs-ca-1", "i.pem", ""},
                  R"(POST sslcertkey?warning=yes {"sslcertkey":{"cert":"i.pem","certkey":"cs-ca-1"}})"},
        WriteCase{"AddWithFipsKey", plan::AddCertKey{"www", "w.pem", "", true, 21, "card"},
                  R"(POST sslcertkey?warning=yes {"sslcertkey":{"cert":"w.pem","certkey":"www",)"
                  R"("expirymonitor":"ENABLED","fipskey":"card","notificationperiod":21}})"},
        WriteCase{"UpdateWithFipsKey", plan::UpdateCertKey{"www", "w.pem", "", true, "card"},
                  R"(POST sslcertkey?action=update&warning=yes {"sslcertkey":{"cert":"w.pem","certkey":"www",)"
                  R"("fipskey":"card"}})"},
        WriteCase{"Update", plan::UpdateCertKey{"www", "w.pem", "w.key", true},
                  R"(POST sslcertkey?action=update&warning=yes {"sslcertkey":{"cert":"w.pem","certkey":"www",)"
                  R"("key":"w.key"}})"},
        WriteCase{"UpdateWithoutDomainCheck", plan::UpdateCertKey{"www", "w.pem", "w.key", false},
                  R"(POST sslcertkey?action=update&warning=yes {"sslcertkey":{"cert":"w.pem","certkey":"www",)"
                  R"("key":"w.key","nodomaincheck":true}})"},
        WriteCase{"SetMonitorOn", plan::SetMonitor{"www", true, 14},
                  R"(PUT sslcertkey?warning=yes {"sslcertkey":{"certkey":"www","expirymonitor":"ENABLED",)"
                  R"("notificationperiod":14}})"},
        WriteCase{"SetMonitorOff", plan::SetMonitor{"www", false, 14},
                  R"(PUT sslcertkey?warning=yes {"sslcertkey":{"certkey":"www","expirymonitor":"DISABLED"}})"},
        WriteCase{"Link", plan::Link{"www", "cs-ca-1"},
                  R"(POST sslcertkey?action=link&warning=yes {"sslcertkey":{"certkey":"www",)"
                  R"("linkcertkeyname":"cs-ca-1"}})"},
        WriteCase{"Unlink", plan::Unlink{"www"},
                  R"(POST sslcertkey?action=unlink&warning=yes {"sslcertkey":{"certkey":"www"}})"},
        WriteCase{"Delete", plan::DeleteCertKey{"www"}, "DELETE sslcertkey/www?warning=yes"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Bindings, ToWrite,
    testing::Values(WriteCase{"BindDefault", plan::Bind{"vs", "www", kDefault},
                              R"(PUT sslvserver_sslcertkey_binding?warning=yes {"sslvserver_sslcertkey_binding":)"
                              R"({"certkeyname":"www","vservername":"vs"}})"},
                    WriteCase{"BindSni", plan::Bind{"vs", "www", kSni},
                              R"(PUT sslvserver_sslcertkey_binding?warning=yes {"sslvserver_sslcertkey_binding":)"
                              R"({"certkeyname":"www","snicert":true,"vservername":"vs"}})"},
                    WriteCase{"UnbindDefault", plan::Unbind{"vs", "www", kDefault},
                              "DELETE sslvserver_sslcertkey_binding/vs?args=certkeyname:www&warning=yes"},
                    WriteCase{"UnbindSni", plan::Unbind{"vs", "www", kSni},
                              "DELETE sslvserver_sslcertkey_binding/vs?args=certkeyname:www,snicert:true&warning=yes"},
                    WriteCase{
                        "EnableSni", plan::EnableSni{"vs", ""},
                        R"(PUT sslvserver?warning=yes {"sslvserver":{"snienable":"ENABLED","vservername":"vs"}})"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Names, ToWrite,
    testing::Values(
        WriteCase{"BlankInAPath", plan::DeleteCertKey{"a b"}, "DELETE sslcertkey/a%2520b?warning=yes"},
        WriteCase{"DotInAPath", plan::DeleteCertKey{"a.b"}, "DELETE sslcertkey/a.b?warning=yes"},
        WriteCase{"SlashInAPath", plan::DeleteCertKey{"a/b"}, "DELETE sslcertkey/a%252Fb?warning=yes"},
        WriteCase{"MarksInAPath", plan::DeleteCertKey{"a#b?c%d"}, "DELETE sslcertkey/a%2523b%253Fc%2525d?warning=yes"},
        WriteCase{"BlanksInAnUnbind", plan::Unbind{"v s", "a b", kSni},
                  "DELETE sslvserver_sslcertkey_binding/v%2520s?args=certkeyname:a%20b,snicert:true&warning=yes"},
        WriteCase{"CommaAndColonInAnArgument", plan::Unbind{"vs", "a,b:c", kDefault},
                  "DELETE sslvserver_sslcertkey_binding/vs?args=certkeyname:a%2Cb%3Ac&warning=yes"},
        WriteCase{"BlankInABody", plan::Unlink{"a b"},
                  R"(POST sslcertkey?action=unlink&warning=yes {"sslcertkey":{"certkey":"a b"}})"},
        WriteCase{"QuoteInABody", plan::Unlink{"a\"b\\"},
                  R"(POST sslcertkey?action=unlink&warning=yes {"sslcertkey":{"certkey":"a\"b\\"}})"}),
    [](const auto& row) { return row.param.name; });

TEST(EncryptedKey, IsLoadedWithItsPassphrase) {
  plan::AddCertKey add{"www", "w.pem", "w.key", false};
  plan::UpdateCertKey update{"www", "w.pem", "w.key", true};
  const SecretBytes passphrase(std::string("0f1e"));

  EXPECT_EQ(to_write(add, passphrase).body.reveal(),
            R"({"sslcertkey":{"cert":"w.pem","certkey":"www","expirymonitor":"DISABLED","key":"w.key",)"
            R"("passplain":"0f1e","password":true}})");
  EXPECT_EQ(to_write(update, passphrase).body.reveal(),
            R"({"sslcertkey":{"cert":"w.pem","certkey":"www","key":"w.key","passplain":"0f1e","password":true}})");
}

TEST(Encoding, KeepsTheUnreservedOnly) {
  EXPECT_EQ(encode("AZaz09-_.~"), "AZaz09-_.~");
  EXPECT_EQ(encode(" /:,;?#%&=+@"), "%20%2F%3A%2C%3B%3F%23%25%26%3D%2B%40");
  EXPECT_EQ(encode("\xc3\xa4\x01"), "%C3%A4%01");
  EXPECT_EQ(encode(""), "");
}

TEST(Login, BodyHoldsTheCredentials) {
  EXPECT_EQ(login_body("ns\"root", SecretBytes(std::string("p\"w\\\n\xc3\xa4"))).reveal(),
            "{\"login\":{\"password\":\"p\\\"w\\\\\\n\xc3\xa4\",\"username\":\"ns\\\"root\"}}");
}

TEST(Login, PasswordMayBeAnyBytes) {
  // A Secret's data need not be UTF-8.
  EXPECT_NO_THROW(login_body("nsroot", SecretBytes(std::string("p\xff"))));
}

struct TokenCase {
  const char* name;
  http::Headers headers;
  const char* body;
  const char* token;
};

class SessionToken : public testing::TestWithParam<TokenCase> {};

TEST_P(SessionToken, IsFound) {
  const auto& row = GetParam();

  EXPECT_EQ(session_token({201, row.headers, row.body}), row.token);
}

INSTANTIATE_TEST_SUITE_P(
    Login, SessionToken,
    testing::Values(
        TokenCase{"Cookie", {{"Set-Cookie", "NITRO_AUTH_TOKEN=%23%23AB;path=/nitro/v1"}}, "", "%23%23AB"},
        TokenCase{"HeaderInLowerCase", {{"set-cookie", "NITRO_AUTH_TOKEN=%23%23AB; path=/"}}, "", "%23%23AB"},
        TokenCase{"ControlCharacters", {{"Set-Cookie", "NITRO_AUTH_TOKEN=##AB\rX: 1"}}, "", "##AB"},
        TokenCase{"BareCookie", {{"Set-Cookie", "NITRO_AUTH_TOKEN=##AB"}}, "", "##AB"},
        TokenCase{"DeletedSessidInAHeaderBefore",
                  {{"Set-Cookie", "SESSID=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/"},
                   {"Set-Cookie", "NITRO_AUTH_TOKEN=%23%23AB;path=/nitro/v1"}},
                  "",
                  "%23%23AB"},
        TokenCase{"DeletedSessidInTheSameHeader",
                  {{"Set-Cookie",
                    "SESSID=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/, "
                    "NITRO_AUTH_TOKEN=%23%23AB, x=y"}},
                  "",
                  "%23%23AB"},
        TokenCase{"CookieBeforeBody", {{"Set-Cookie", "NITRO_AUTH_TOKEN=C"}}, R"({"sessionid":"B"})", "C"},
        TokenCase{"BodyOnly", {}, R"({"errorcode":0,"message":"Done","sessionid":"##AB+C"})", "%23%23AB%2BC"},
        TokenCase{"OtherCookieAndBody", {{"Set-Cookie", "SESSID=deleted"}}, R"({"sessionid":"B"})", "B"},
        TokenCase{"None", {}, R"({"errorcode":0})", ""}, TokenCase{"OtherCookie", {{"Set-Cookie", "SESSID=x"}}, "", ""},
        TokenCase{"NoJson", {}, "<html>", ""}, TokenCase{"List", {}, R"(["sessionid"])", ""}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace certsync::nitro
