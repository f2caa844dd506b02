// NITRO's JSON ↔ plain data. Pure. Tolerant in what it reads: numbers may be strings, lists may be objects, members may
// be absent (an empty list is), unknown ones are ignored.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "http/transport.h"
#include "model/appliance_state.h"
#include "plan/step.h"

namespace certsync::nitro {

SecretBytes login_body(const std::string& username, const SecretBytes& password);
/// The session's token as the cookie wants it; empty if the answer has none. Some builds send it in the body, some
/// only as a cookie, after one that deletes another.
std::string session_token(const http::Response& response);

/// Percent-encoding of one path segment or argument value.
std::string encode(std::string_view text);
/// A name in a path: NITRO decodes it twice, so what is special is encoded twice.
std::string encode_name(std::string_view name);

/// A request for one action: method, resource with query, body.
struct Write {
  http::Method method = http::Method::Post;
  std::string resource;
  SecretBytes body;
};
/// `content`: the bytes of an upload, the passphrase of an encrypted key for an add or update.
Write to_write(const plan::Action& action, const SecretBytes& content);

/// Errors Retry/NitroError when the body is not what was asked for.
Result<std::map<std::string, model::InstalledCertKey>> read_certkeys(const std::string& body);
Result<std::set<model::InstalledBinding>> read_bindings(const std::string& body);
Result<std::map<std::string, model::SslVirtualServer>> read_virtual_servers(const std::string& body);
/// Files that carry anybody's owner mark.
Result<std::map<std::string, std::int64_t>> read_files(const std::string& body);
/// Adds name → "host:port" of virtual servers of one kind that have an address of their own.
Result<void> read_addresses(const std::string& body, const std::string& kind,
                            std::map<std::string, std::string>& addresses);
Result<bool> read_config_changed(const std::string& body);
Result<std::string> read_version(const std::string& body);
/// Content of a one-file answer.
Result<std::string> read_file_content(const std::string& body);
/// "virtual server vs_www, vpn global"
std::string read_where_used(const std::string& body);

}  // namespace certsync::nitro
