// Under a sanitizer everything takes ten times as long: campaigns take larger strides there, and are whole without one.
#pragma once

namespace support {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// Every one, or every `stride`-th under a sanitizer.
inline constexpr int every(int stride) {
  return kSanitized ? stride : 1;
}

}  // namespace support
