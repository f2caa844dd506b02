#include "app/private_memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>

#include <malloc.h>
#include <openssl/crypto.h>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace {

void wipe_and_free(void* memory) noexcept {
  if (memory == nullptr) return;
  ::explicit_bzero(memory, ::malloc_usable_size(memory));
  std::free(memory);
}

void* allocate_for_openssl(std::size_t count, const char*, int) {
  return std::malloc(count);
}

void free_for_openssl(void* memory, const char*, int) {
  wipe_and_free(memory);
}

// realloc() would leave the old place as it was.
void* reallocate_for_openssl(void* memory, std::size_t count, const char*, int) {
  void* moved = std::malloc(count);
  if (moved == nullptr) return nullptr;
  if (memory != nullptr) std::memcpy(moved, memory, std::min(count, ::malloc_usable_size(memory)));
  wipe_and_free(memory);
  return moved;
}

}  // namespace

// The replaceable deallocation functions of C++ ([new.delete]); what they are given comes from malloc.
void operator delete(void* memory) noexcept {
  wipe_and_free(memory);
}
void operator delete[](void* memory) noexcept {
  wipe_and_free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  wipe_and_free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  wipe_and_free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  wipe_and_free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  wipe_and_free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  wipe_and_free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  wipe_and_free(memory);
}

#endif

namespace certsync::app {
namespace {

void wipe_for_openssl() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // Refused once OpenSSL has allocated something; then only the others' memory is wiped.
  CRYPTO_set_mem_functions(allocate_for_openssl, reallocate_for_openssl, free_for_openssl);
#endif
}

}  // namespace

void keep_memory_private() {
  wipe_for_openssl();
  // Where there is no /proc there is nothing to be said about it.
  std::ofstream("/proc/self/coredump_filter") << "0x0\n";
}

}  // namespace certsync::app
