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
#include "model/naming.h"
#include "plan/step.h"

namespace certsync::nitro {

SecretBytes login_body(const std::string& username, const SecretBytes& password);
SecretBytes switch_body(const std::string& partition);
/// The session's token as the cookie wants it; empty if the answer has none. Some builds send it in the body, some
/// only as a cookie, after one that deletes another.
std::string session_token(const http::Response& response);

/// Percent-encoding of one path segment or argument value.
std::string encode(std::string_view text);
/// A name in a path: NITRO decodes it twice, so what is special is encoded twice.
std::string encode_name(std::string_view name);

/// How NITRO calls the bindings of one kind of target, the member that names the target, and the targets themselves.
struct BindingWords {
  const char* resource;
  const char* owner;
  const char* collection;
};
BindingWords binding_words(model::TargetKind kind);

/// Where a partition keeps its certificates; empty = the default partition.
std::string ssl_folder(const std::string& partition);

/// A request for one action: method, resource with query, body.
struct Write {
  http::Method method = http::Method::Post;
  std::string resource;
  SecretBytes body;
};
/// `content`: the bytes of an upload, the passphrase of an encrypted key for an add or update. `folder`: where the
/// partition keeps its certificates.
Write to_write(const plan::Action& action, const SecretBytes& content, std::string_view folder = model::kSslFolder);

/// Errors Retry/NitroError when the body is not what was asked for.
Result<std::map<std::string, model::InstalledCertKey>> read_certkeys(const std::string& body,
                                                                     std::string_view folder = model::kSslFolder);
Result<std::set<model::InstalledBinding>> read_bindings(const std::string& body,
                                                        model::TargetKind kind = model::TargetKind::VirtualServer);
/// Of kind Service or ServiceGroup.
Result<std::set<model::Target>> read_services(const std::string& body, model::TargetKind kind);
/// Name → whether SNI is on.
Result<std::map<std::string, bool>> read_profiles(const std::string& body);
Result<std::map<std::string, model::SslVirtualServer>> read_virtual_servers(const std::string& body);
/// Files that carry anybody's owner mark.
Result<std::map<std::string, std::int64_t>> read_files(const std::string& body);
/// Adds name → "host:port" of virtual servers of one kind that have an address of their own.
Result<void> read_addresses(const std::string& body, const std::string& kind,
                            std::map<std::string, std::string>& addresses);
/// The nodes of an HA pair; a standalone appliance is one node. "0" is the one that answers.
struct HaNode {
  std::string id;
  std::string address;
  std::string state;
};
Result<std::vector<HaNode>> read_nodes(const std::string& body);
Result<bool> read_config_changed(const std::string& body);
Result<std::string> read_version(const std::string& body);
/// Content of a one-file answer.
Result<std::string> read_file_content(const std::string& body);
/// "virtual server vs_www, vpn global"
std::string read_where_used(const std::string& body);
bool is_used_by_vpn_global(const std::string& body, const std::string& certkey);

}  // namespace certsync::nitro
