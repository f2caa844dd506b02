#include "nitro/wire.h"

#include <algorithm>
#include <cctype>
#include <sstream>

#include <date/date.h>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/overloaded.h"
#include "base/time_text.h"
#include "model/certificate.h"
#include "model/naming.h"
#include "nitro/members.h"

namespace certsync::nitro {
namespace {

using nlohmann::json;

// "May 17 07:21:16 2021 GMT", the day padded with a blank.
std::optional<TimePoint> parse_time(const std::string& text) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  std::istringstream in(text);
  std::string month;
  std::string day;
  std::string time;
  std::string year;
  in >> month >> day >> time >> year;
  const auto position = kMonths.find(month);
  if (in.fail() || month.size() != 3 || position == std::string_view::npos || position % 3 != 0) return std::nullopt;
  std::string number = std::to_string(position / 3 + 1);
  if (number.size() == 1) number.insert(0, "0");
  if (day.size() == 1) day.insert(0, "0");
  return from_rfc3339(year + "-" + number + "-" + day + "T" + time + "Z");
}

// "www.example.com, shop.example.com": the separator is not documented.
std::vector<std::string> split_names(const std::string& text) {
  std::vector<std::string> names(1);
  for (char c : text) {
    if (std::string_view(" ,;\t").find(c) != std::string_view::npos) {
      if (!names.back().empty()) names.emplace_back();
    } else {
      names.back().push_back(c);
    }
  }
  if (names.back().empty()) names.pop_back();
  return names;
}

// A partition's folder is as implied in it as /nsconfig/ssl is in the default one.
std::string bare_name(const std::string& path, std::string_view folder) {
  if (path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/') {
    auto rest = path.substr(path.find_first_not_of('/', folder.size()));
    if (rest.find('/') == std::string::npos) return rest;
  }
  return model::bare_file_name(path);
}

model::InstalledCertKey certkey_of(const json& object, std::string_view folder) {
  model::InstalledCertKey certkey;
  certkey.name = text_of(object, "certkey");
  certkey.cert_file = bare_name(text_of(object, "cert"), folder);
  certkey.key_file = bare_name(text_of(object, "key"), folder);
  certkey.fips_key = text_of(object, "fipskey");
  certkey.serial = model::comparable_serial(text_of(object, "serial"));
  certkey.issuer = trim(text_of(object, "issuer"));
  certkey.subject = trim(text_of(object, "subject"));
  certkey.dns_names = split_names(text_of(object, "sandns"));
  certkey.signature_algorithm = text_of(object, "signaturealg");
  certkey.public_key = text_of(object, "publickey");
  certkey.key_bits = static_cast<int>(number_of(object, "publickeysize").value_or(0));
  certkey.not_before = parse_time(text_of(object, "clientcertnotbefore"));
  certkey.not_after = parse_time(text_of(object, "clientcertnotafter"));
  certkey.expired = text_of(object, "status") == "Expired";
  certkey.link = text_of(object, "linkcertkeyname");
  if (object.contains("expirymonitor")) certkey.expiry_monitor = true_of(object, "expirymonitor");
  if (const auto days = number_of(object, "notificationperiod"))
    certkey.notification_period_days = static_cast<int>(*days);
  return certkey;
}

SecretBytes dump(json& object) {
  // Bytes that are no UTF-8 cannot stand in JSON; replaced, they are a wrong name or password, and no exception.
  SecretBytes bytes(object.dump(-1, ' ', false, json::error_handler_t::replace));
  return bytes;
}

json monitor(bool on, int days) {
  json members = {{"expirymonitor", on ? "ENABLED" : "DISABLED"}};
  if (on) members["notificationperiod"] = days;
  return members;
}

Write post(const char* resource, const std::string& query, json members) {
  json body = {{resource, std::move(members)}};
  return {http::Method::Post, resource + query, dump(body)};
}

Write put(const char* resource, json members) {
  json body = {{resource, std::move(members)}};
  return {http::Method::Put, std::string(resource) + "?warning=yes", dump(body)};
}

Write upload(const std::string& file, const SecretBytes& content, std::string_view folder) {
  // By hand, so that the only copies of a key are ones that wipe themselves.
  std::string base64 = to_base64(content.reveal());
  std::string body = R"({"systemfile":{"filename":")" + file + R"(","filelocation":")" + std::string(folder) +
                     R"(","fileencoding":"BASE64","filecontent":")";
  body.reserve(body.size() + base64.size() + 8);
  body += base64;
  body += "\"}}";
  wipe(base64);
  return {http::Method::Post, "systemfile?warning=yes", SecretBytes(std::move(body))};
}

// A file or a key in the FIPS card: NetScaler takes one of the two.
void name_key(json& members, const std::string& file, const std::string& fips_key) {
  if (!file.empty()) members["key"] = file;
  if (!fips_key.empty()) members["fipskey"] = fips_key;
}

// `passphrase`: of an encrypted key; empty for a plain one.
Write load(const std::string& query, json members, const SecretBytes& passphrase) {
  if (passphrase.empty()) return post("sslcertkey", query, std::move(members));
  members["password"] = true;
  members["passplain"] = std::string(passphrase.reveal());
  json body = {{"sslcertkey", std::move(members)}};
  Write write{http::Method::Post, "sslcertkey" + query, dump(body)};
  wipe(body["sslcertkey"]["passplain"].get_ref<std::string&>());
  return write;
}

Write bind(const plan::Bind& action) {
  const auto words = binding_words(action.target.kind);
  json members = {{words.owner, action.target.name}, {"certkeyname", action.certkey}};
  if (action.role == model::Role::Sni) members["snicert"] = true;
  return put(words.resource, std::move(members));
}

Write unbind(const plan::Unbind& action) {
  // Without its own flags a binding is "not there" (1542); booleans are lower case or refused (1097).
  std::string resource = std::string(binding_words(action.target.kind).resource) + "/" +
                         encode_name(action.target.name) + "?args=certkeyname:" + encode(action.certkey);
  if (action.role == model::Role::Sni) resource += ",snicert:true";
  return {http::Method::Delete, resource + "&warning=yes", {}};
}

/// It goes back as it came, into a header: a control character could end that.
bool fits_cookie(char c) {
  return c > 0x20 && c < 0x7f && c != ';' && c != ',';
}

bool is_unreserved(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' || c == '~';
}

}  // namespace

std::string encode(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    if (is_unreserved(c)) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

std::string encode_name(std::string_view name) {
  return encode(encode(name));
}

SecretBytes login_body(const std::string& username, const SecretBytes& password) {
  json members = {{"username", username}, {"password", std::string(password.reveal())}};
  json body = {{"login", std::move(members)}};
  auto bytes = dump(body);
  wipe(body["login"]["password"].get_ref<std::string&>());
  return bytes;
}

std::string session_token(const http::Response& response) {
  constexpr std::string_view kName = "NITRO_AUTH_TOKEN=";
  for (const auto& [name, value] : response.headers) {
    if (to_lower(name) != "set-cookie") continue;
    const auto start = value.find(kName);
    if (start == std::string::npos) continue;
    const auto rest = trim(std::string_view(value).substr(start + kName.size()));
    std::string token(rest.begin(), std::find_if_not(rest.begin(), rest.end(), fits_cookie));
    if (!token.empty()) return token;
  }
  const json document = json::parse(response.body, nullptr, false);
  if (!document.is_object()) return "";
  return encode(text_of(document, "sessionid"));
}

SecretBytes switch_body(const std::string& partition) {
  json body = {{"nspartition", {{"partitionname", partition}}}};
  return dump(body);
}

std::string ssl_folder(const std::string& partition) {
  return partition.empty() ? std::string(model::kSslFolder) : "/var/partitions/" + partition + "/netscaler/ssl";
}

Write to_write(const plan::Action& action, const SecretBytes& content, std::string_view folder) {
  return std::visit(
      Overloaded{
          [&](const plan::UploadCertificate& a) { return upload(a.file, content, folder); },
          [&](const plan::UploadKey& a) { return upload(a.file, content, folder); },
          [&](const plan::DeleteFile& a) {
            return Write{
                http::Method::Delete, "systemfile/" + encode_name(a.file) + "?args=filelocation:" + encode(folder), {}};
          },
          [](const plan::SyncFiles&) {
            json body = {{"hafiles", {{"mode", json::array({"ssl"})}}}};
            return Write{http::Method::Post, "hafiles?action=sync&warning=yes", dump(body)};
          },
          [&](const plan::AddCertKey& a) {
            json members = {{"certkey", a.certkey}, {"cert", a.cert_file}};
            name_key(members, a.key_file, a.fips_key);
            const bool intermediate = a.key_file.empty() && a.fips_key.empty();
            if (!intermediate) members.update(monitor(a.expiry_monitor, a.notification_period_days));
            return load("?warning=yes", std::move(members), content);
          },
          [&](const plan::UpdateCertKey& a) {
            json members = {{"certkey", a.certkey}, {"cert", a.cert_file}};
            name_key(members, a.key_file, a.fips_key);
            if (!a.domain_check) members["nodomaincheck"] = true;
            return load("?action=update&warning=yes", std::move(members), content);
          },
          [](const plan::SetMonitor& a) {
            json members = monitor(a.expiry_monitor, a.notification_period_days);
            members["certkey"] = a.certkey;
            return put("sslcertkey", std::move(members));
          },
          [](const plan::Link& a) {
            return post("sslcertkey", "?action=link&warning=yes",
                        {{"certkey", a.certkey}, {"linkcertkeyname", a.issuer}});
          },
          [](const plan::Unlink& a) {
            return post("sslcertkey", "?action=unlink&warning=yes", {{"certkey", a.certkey}});
          },
          [](const plan::Bind& a) { return bind(a); },
          [](const plan::Unbind& a) { return unbind(a); },
          [](const plan::EnableSni& a) {
            if (!a.profile.empty()) return put("sslprofile", {{"name", a.profile}, {"snienable", "ENABLED"}});
            return put("sslvserver", {{"vservername", a.virtual_server}, {"snienable", "ENABLED"}});
          },
          [](const plan::DeleteCertKey& a) {
            return Write{http::Method::Delete, "sslcertkey/" + encode_name(a.certkey) + "?warning=yes", {}};
          },
      },
      action);
}

Result<std::map<std::string, model::InstalledCertKey>> read_certkeys(const std::string& body, std::string_view folder) {
  auto list = elements(body, "sslcertkey");
  if (!list) return tl::unexpected(list.error());
  std::map<std::string, model::InstalledCertKey> certkeys;
  for (const auto& element : *list) {
    auto certkey = certkey_of(element, folder);
    if (!certkey.name.empty()) certkeys.emplace(certkey.name, std::move(certkey));
  }
  return certkeys;
}

BindingWords binding_words(model::TargetKind kind) {
  switch (kind) {
    case model::TargetKind::VirtualServer:
      break;
    case model::TargetKind::Service:
      return {"sslservice_sslcertkey_binding", "servicename", "sslservice"};
    case model::TargetKind::ServiceGroup:
      return {"sslservicegroup_sslcertkey_binding", "servicegroupname", "sslservicegroup"};
  }
  return {"sslvserver_sslcertkey_binding", "vservername", "sslvserver"};
}

Result<std::set<model::InstalledBinding>> read_bindings(const std::string& body, model::TargetKind kind) {
  const auto words = binding_words(kind);
  auto list = elements(body, words.resource);
  if (!list) return tl::unexpected(list.error());
  std::set<model::InstalledBinding> bindings;
  for (const auto& element : *list) {
    bindings.insert({{kind, text_of(element, words.owner)},
                     text_of(element, "certkeyname"),
                     true_of(element, "snicert"),
                     true_of(element, "ca")});
  }
  return bindings;
}

Result<std::set<model::Target>> read_services(const std::string& body, model::TargetKind kind) {
  const auto words = binding_words(kind);
  auto list = elements(body, words.collection);
  if (!list) return tl::unexpected(list.error());
  std::set<model::Target> services;
  for (const auto& element : *list)
    services.insert({kind, text_of(element, words.owner)});
  return services;
}

Result<std::map<std::string, bool>> read_profiles(const std::string& body) {
  auto list = elements(body, "sslprofile");
  if (!list) return tl::unexpected(list.error());
  std::map<std::string, bool> sni;
  for (const auto& element : *list)
    sni[text_of(element, "name")] = true_of(element, "snienable");
  return sni;
}

Result<std::map<std::string, model::SslVirtualServer>> read_virtual_servers(const std::string& body) {
  auto list = elements(body, "sslvserver");
  if (!list) return tl::unexpected(list.error());
  std::map<std::string, model::SslVirtualServer> servers;
  for (const auto& element : *list) {
    const auto name = text_of(element, "vservername");
    servers[name] = {name, true_of(element, "snienable"), text_of(element, "sslprofile")};
  }
  return servers;
}

Result<std::map<std::string, std::int64_t>> read_files(const std::string& body) {
  auto list = elements(body, "systemfile");
  if (!list) return tl::unexpected(list.error());
  std::map<std::string, std::int64_t> files;
  for (const auto& element : *list) {
    const auto name = text_of(element, "filename");
    if (model::parse_file_name(name)) files[name] = number_of(element, "filesize").value_or(-1);
  }
  return files;
}

Result<void> read_addresses(const std::string& body, const std::string& kind,
                            std::map<std::string, std::string>& addresses) {
  auto list = elements(body, kind.c_str());
  if (!list) return tl::unexpected(list.error());
  for (const auto& element : *list) {
    const auto name = text_of(element, "name");
    const auto host = text_of(element, "ipv46");
    const auto port = number_of(element, "port").value_or(0);
    // 65535 is how "any port" is shown.
    if (name.empty() || host.empty() || host == "0.0.0.0" || host == "::" || port <= 0 || port >= 65535) continue;
    addresses[name] = (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
  }
  return {};
}

Result<std::vector<HaNode>> read_nodes(const std::string& body) {
  auto list = elements(body, "hanode");
  if (!list) return tl::unexpected(list.error());
  std::vector<HaNode> nodes;
  for (const auto& element : *list)
    nodes.push_back({text_of(element, "id"), text_of(element, "ipaddress"), text_of(element, "state")});
  return nodes;
}

Result<bool> read_config_changed(const std::string& body) {
  auto list = elements(body, "nsconfig");
  if (!list) return tl::unexpected(list.error());
  return !list->empty() && true_of(list->front(), "configchanged");
}

Result<std::string> read_version(const std::string& body) {
  auto list = elements(body, "nsversion");
  if (!list) return tl::unexpected(list.error());
  if (list->empty()) return std::string();
  // "NetScaler NS13.0: Build 79.1002.nc, Date: …" says "13.0-79.1002" to people.
  const std::string text = text_of(list->front(), "version");
  const auto start = text.find("NS");
  const auto colon = text.find(": Build ", start);
  if (start == std::string::npos || colon == std::string::npos) return text.substr(0, 63);
  const auto version = text.find("NS", start + 1) < colon ? text.find("NS", start + 1) + 2 : start + 2;
  const auto build = colon + std::string_view(": Build ").size();
  const auto end = text.find_first_of(", ", build);
  std::string number = text.substr(build, end - build);
  if (number.ends_with(".nc")) number.resize(number.size() - 3);
  return text.substr(version, colon - version) + "-" + number;
}

Result<std::string> read_file_content(const std::string& body) {
  auto list = elements(body, "systemfile");
  if (!list) return tl::unexpected(list.error());
  auto content = list->empty() ? std::nullopt : from_base64(text_of(list->front(), "filecontent"));
  if (!content || content->empty())
    return fail(ErrorKind::Gone, Reason::NitroError, "systemfile: no content in the answer");
  return *content;
}

bool is_used_by_vpn_global(const std::string& body, const std::string& certkey) {
  auto list = elements(body, "vpnglobal_sslcertkey_binding");
  return list && std::any_of(list->begin(), list->end(),
                             [&](const json& element) { return text_of(element, "certkeyname") == certkey; });
}

std::string read_where_used(const std::string& body) {
  auto list = elements(body, "sslcertkey_binding");
  if (!list) return "";
  std::string text;
  for (const auto& element : *list) {
    for (const auto& [member, value] : element.items()) {
      if (!value.is_array() || !member.starts_with("sslcertkey_")) continue;
      for (const auto& entry : value) {
        std::string name = text_of(entry, "servername");
        if (name.empty()) name = text_of(entry, "servicename");
        if (name.empty()) name = text_of(entry, "name");
        const auto kind = member.substr(11, member.rfind("_binding") - 11);
        text += (text.empty() ? "" : ", ") + kind + (name.empty() ? "" : " " + name);
      }
    }
  }
  return text;
}

}  // namespace certsync::nitro
