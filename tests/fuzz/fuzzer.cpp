// libFuzzer's entry. The row is named by CERTSYNC_FUZZ_TARGET, so that libFuzzer may start this program again by
// itself; CERTSYNC_FUZZ_MADE is a folder for what the row makes to begin with.
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "fuzz/targets.h"

namespace {

const fuzz::Target* target = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* name = std::getenv("CERTSYNC_FUZZ_TARGET");
  target = name == nullptr ? nullptr : fuzz::find_target(name);
  if (target == nullptr) {
    std::fputs("CERTSYNC_FUZZ_TARGET must be one of:\n", stderr);
    for (const auto& one : fuzz::targets())
      std::fprintf(stderr, "  %.*s\n", static_cast<int>(one.name.size()), one.name.data());
    std::exit(3);
  }
  const char* folder = std::getenv("CERTSYNC_FUZZ_MADE");
  if (folder == nullptr || target->made == nullptr) return 0;
  int number = 0;
  for (const auto& input : target->made())
    std::ofstream(std::string(folder) + "/made-" + std::to_string(++number), std::ios::binary) << input;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  target->run(data, size);
  return 0;
}
