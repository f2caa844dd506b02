#include "sim/auth.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"

namespace sim {
namespace {

constexpr int kDefaultTimeoutSeconds = 1800;
constexpr int kMinTimeoutSeconds = 10;
constexpr int kMaxTimeoutSeconds = 100000000;

std::optional<std::string> cookie_value(const std::string& header) {
  std::size_t begin = 0;
  while (begin < header.size()) {
    const auto end = std::min(header.find(';', begin), header.size());
    const std::string_view pair = certsync::trim(std::string_view(header).substr(begin, end - begin));
    const auto equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    if (equals != std::string_view::npos && (name == "NITRO_AUTH_TOKEN" || name == "sessionid")) {
      return percent_decode(pair.substr(equals + 1), false);
    }
    begin = end + 1;
  }
  return std::nullopt;
}

/// The cookie, or the request header "Set-Cookie" that netscaler/adc-nitro-go sends, or a form's own member.
std::optional<std::string> session_id(const Request& request, const Call& call) {
  for (const char* name : {"Cookie", "Set-Cookie"}) {
    if (const auto* header = request.header(name)) {
      if (auto id = cookie_value(*header)) return id;
    }
  }
  if (!call.session_in_body.empty()) return call.session_in_body;
  return std::nullopt;
}

struct Credentials {
  std::string user;
  std::string password;
};

std::optional<Credentials> header_credentials(const Request& request) {
  const auto* user = request.header("X-NITRO-USER");
  const auto* password = request.header("X-NITRO-PASS");
  if (user != nullptr && password != nullptr) return Credentials{*user, *password};
  const auto* basic = request.header("Authorization");
  if (basic == nullptr || !certsync::to_lower(*basic).starts_with("basic ")) return std::nullopt;
  const auto decoded = certsync::from_base64(std::string_view(*basic).substr(6));
  if (!decoded) return std::nullopt;
  const auto colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

User* find_user(State& state, const std::string& name) {
  const auto found = state.users.find(name);
  return found == state.users.end() ? nullptr : &found->second;
}

}  // namespace

std::optional<Reply> authenticate(State& state, const Request& request, const Call& call, User*& user) {
  state.session = nullptr;
  if (const auto id = session_id(request, call)) {
    Session* session = state.sessions.use(*id, state.now());
    if (session == nullptr) return failure(state.sessions.was_known(*id) ? 444 : 1027);
    user = find_user(state, session->user);
    if (user == nullptr) return failure(444);
    state.session = session;
    return std::nullopt;
  }
  const auto credentials = header_credentials(request);
  if (!credentials) return failure(1027);
  if (!state.options.header_auth) return failure(1244);
  user = find_user(state, credentials->user);
  if (user == nullptr || user->password != credentials->password) return failure(354);
  // Header authentication opens and closes a session of its own for every call.
  if (state.sessions.live(credentials->user, state.now()) >= user->max_sessions) return failure(445);
  return std::nullopt;
}

Reply handle_login(State& state, const Call& call) {
  if (call.method != "POST") return failure(1240);
  const auto name = call.attribute("username");
  const auto password = call.attribute("password");
  if (!name || name->empty()) return failure(1095, "userName");
  if (!password || password->empty()) return failure(1095, "password");
  int timeout = kDefaultTimeoutSeconds;
  if (const auto text = call.attribute("timeout")) {
    const auto parsed = std::from_chars(text->data(), text->data() + text->size(), timeout);
    const bool in_range = timeout == 0 || (timeout >= kMinTimeoutSeconds && timeout <= kMaxTimeoutSeconds);
    if (parsed.ec != std::errc{} || !in_range) return failure(1219);
  }
  const User* user = find_user(state, *name);
  if (user == nullptr || user->password != *password) return failure(354);
  if (state.sessions.live(*name, state.now()) >= user->max_sessions) return failure(445);
  const Session& session = state.sessions.open(*name, std::chrono::seconds(timeout), state.now());
  Reply reply;
  reply.status = 201;
  reply.session_id = session.id;
  // The leading ## comes percent-encoded.
  reply.headers.push_back({"Set-Cookie", "NITRO_AUTH_TOKEN=%23%23" + session.id.substr(2) + ";path=/nitro/v1"});
  return reply;
}

Reply handle_logout(State& state, const Request& request, const Call& call) {
  if (call.method != "POST") return failure(1240);
  const auto id = session_id(request, call);
  if (!id) return failure(1027);
  if (!state.sessions.close(*id)) return failure(state.sessions.was_known(*id) ? 444 : 1027);
  state.session = nullptr;
  // Documented as 200, seen as 201 (ryancbutler/ns-letsencrypt logs).
  Reply reply;
  reply.status = 201;
  return reply;
}

}  // namespace sim
