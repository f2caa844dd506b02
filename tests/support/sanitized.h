// Under a sanitizer everything takes ten times as long: campaigns take larger strides there, and are whole without one.
#pragma once

#include <cstdlib>

namespace support {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// Every one, or every `stride`-th under a sanitizer; every one there, too, where CERTSYNC_STRIDE is set (./dev deep).
inline int every(int stride) {
  // Nothing sets it after main() has begun.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  return kSanitized && std::getenv("CERTSYNC_STRIDE") == nullptr ? stride : 1;
}

}  // namespace support
