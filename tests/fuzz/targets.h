// Everything that reads bytes written by others, one row a reader. A row's function gives the bytes to the reader and
// says what must hold whatever they are. libFuzzer runs the rows (./dev fuzz), and so do plain tests, over corpus/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

struct Target {
  /// The folder below corpus/ as well.
  std::string_view name;
  void (*run)(const std::uint8_t* data, std::size_t size);
  /// More to begin with, made anew in each process: what holds private keys is not kept in files. May be none.
  std::vector<std::string> (*made)() = nullptr;
};

std::vector<Target> base_targets();
std::vector<Target> model_targets();
std::vector<Target> plan_targets();
std::vector<Target> pki_targets();
std::vector<Target> codec_targets();
std::vector<Target> nitro_targets();
std::vector<Target> manifest_targets();
std::vector<Target> kube_targets();
std::vector<Target> probe_targets();
std::vector<Target> app_targets();

/// All of them.
const std::vector<Target>& targets();
/// Null for a name that no row has.
const Target* find_target(std::string_view name);

}  // namespace fuzz
