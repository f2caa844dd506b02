// What a vserver, or the profile that rules it, says about handshakes.
#pragma once

#include <optional>

#include "sim/json.h"

namespace sim {

struct Call;
struct Reply;

struct SslSettings {
  bool sni = false;
  /// Mutual TLS: clientauth, with clientcert Mandatory.
  bool client_auth = false;
  bool tls12 = true;
  bool tls13 = true;
};

/// The call sets or unsets at least one of them.
bool names_ssl_settings(const Call& call);
/// Takes what the call sets; 1097 for a value that is neither ENABLED nor DISABLED.
std::optional<Reply> set_ssl_settings(const Call& call, SslSettings& settings);
/// Back to the defaults, for those the call names.
void unset_ssl_settings(const Call& call, SslSettings& settings);
/// As members of an entry.
Json::Object show_ssl_settings(const SslSettings& settings);

}  // namespace sim
