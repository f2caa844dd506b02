#include "fuzz/targets.h"

#include <algorithm>

namespace fuzz {
namespace {

std::vector<Target> all_targets() {
  std::vector<Target> all;
  for (const auto& some : {base_targets(), model_targets(), plan_targets(), pki_targets(), codec_targets(),
                           nitro_targets(), manifest_targets(), kube_targets(), probe_targets(), app_targets()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace

const std::vector<Target>& targets() {
  static const std::vector<Target> kAll = all_targets();
  return kAll;
}

const Target* find_target(std::string_view name) {
  const auto found =
      std::find_if(targets().begin(), targets().end(), [&](const Target& target) { return target.name == name; });
  return found == targets().end() ? nullptr : &*found;
}

}  // namespace fuzz
