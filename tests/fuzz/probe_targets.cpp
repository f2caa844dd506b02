#include "codec/fields.h"
#include "fuzz/holds.h"
#include "fuzz/targets.h"
#include "probe/address.h"

namespace fuzz {
namespace {

using namespace certsync;
using namespace certsync::probe;

void host_port(std::string_view text) {
  const auto endpoint = parse_host_port(text);
  // What the manifest's check lets through must not be refused later.
  const bool allowed = codec::host_and_port(text).empty();
  must_hold(endpoint || !allowed, "codec takes what the probe does not");
  if (!endpoint) return;
  must_hold(!endpoint->host.empty() && endpoint->port != 0, "half an endpoint");
  must_hold(endpoint->host.find('\0') == std::string::npos, "a NUL in a host");
  if (const auto again = parse_host_port("[" + endpoint->host + "]:" + std::to_string(endpoint->port))) {
    must_hold(again->host == endpoint->host && again->port == endpoint->port, "reads differently when printed");
  }
  // One dot at the end is the root's, more are no name.
  if (endpoint->host.ends_with("..")) return;
  const auto spelled = comparable(*endpoint);
  if (const auto again = parse_host_port(spelled))
    must_hold(comparable(*again) == spelled, "not one spelling: " + spelled);
}

}  // namespace

std::vector<Target> probe_targets() {
  return {{"host_port", run<host_port>}};
}

}  // namespace fuzz
