// A scenario as data: tests/scenarios/stories/*.yaml. Each story is a list of deeds and expectations, told in order.
//
//   boxes:  {edge: [vs_www, "vs_shop:sni"]}          appliances and their SSL virtual servers; more forms:
//           "vs:sni", "vs:vpn", "vs:profile=front", "p1/vs" in an admin partition, "service/api", "group/pool"
//   pairs:  {edge: [vs_www]}                         the same as an HA pair, with nodes edge-a and edge-b
//   options: {default_profile: true, profiles: [front], secondary_writes: refused | warned | silent,
//             failed_on_secondary: warning | error, busy_after_failover: 5s, tells_vpn_global: false}
//   pki:    {R: {root: true}, I: {issuer: R}, a: {issuer: I, cn: www.example.com, days: 30}}
//   story:
//   - write:   {www.yaml: "…"}      a manifest; <<chain a I>> and <<key a>> become PEM; more forms in story_pki.h
//   - spec:    {edge: "…"}          further lines of the appliance's spec, in place of those before
//   - appliance: {edge-p1: {at: [edge], spec: "…"}}     one more NetScalerAppliance, at these boxes
//   - owner:   {id: fresh, former: [own]}              from the next start on
//   - fail_over: edge     - sync_files: edge     - sync_config: edge      of a pair
//   - down: edge          - up: edge                   the management address
//   - stubborn: edge/vs_www   - dark: edge/vs_www   - honest: edge/vs_www     what its endpoint shows from now on
//   - pass:                         scan and pass until nothing is left to do; the writes that the appliance saw:
//       expect: |
//         upload www:a.pem
//         …
//   - by_hand: {edge: ["bind vs_www old", …]}        what a person does at the appliance
//   - nitro:   {edge: "POST sslcertkey?action=unlink {…}"}
//   - fault:   {edge: {kind: reset_after, mutating: true, at: 2}}
//   - expect_no_end: {}             passes as well, and something is still open in the end
//   - advance: 31s      - restart: kill | stop      - reboot: edge      - remove: www.yaml
//   - expect:  {www: {Ready: "True Synced", says: "…"}}       conditions of a sync (or of an appliance: "@edge")
//   - serves:  {edge/vs_www: "a I", "edge/vs_shop www.example.com": "a I"}   "nothing" = no certificate
//   - state:   |   certkeys and files of the box as a picture
//   - events:  ["ChainRepaired"]    said since the last look; "-Reason" = not said
//
// File names are shown as <sync>:<certificate>.pem, shared ones as ca:<certificate>.pem, encrypted keys, which have
// another name each time, as <sync>:encrypted.key.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "scenarios/world.h"

#include "support/campaign.h"

namespace scenarios {

/// Empty = the story happened as told; otherwise what differs, with the number of the deed.
std::string tell(const std::filesystem::path& file);
/// The same story, with an operator whose account may do just this on each appliance.
std::string tell_with_rights(const std::filesystem::path& file, World::Rights rights);

/// A story that was told again and again, harmed at another place each time.
struct Tellings {
  int plans = 0;
  /// Plans that ended otherwise than the unharmed story.
  int differences = 0;
  /// In what; empty = nothing differs.
  std::string wrong = {};
};

/// With each trouble at requests in turn, on each of the story's boxes.
Tellings tell_with_troubles(const std::filesystem::path& file, const support::Campaign& campaign);
/// With the operator killed at each write in turn, started again and left to settle.
Tellings tell_with_crashes(const std::filesystem::path& file);

std::vector<std::filesystem::path> story_files();
/// Those that can be told with crashes; the others say `no_crashes` and why.
std::vector<std::filesystem::path> crash_story_files();

}  // namespace scenarios
