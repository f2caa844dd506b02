// Counts what goes through operator new; what C libraries take is not seen.
#include <atomic>
#include <cstdlib>
#include <new>

#include "bench/measure.h"

namespace {
std::atomic<std::uint64_t> counted{0};
}  // namespace

std::uint64_t bench::allocations() {
  return counted.load(std::memory_order_relaxed);
}

// NOLINTBEGIN: these are malloc and free under their C++ names.
void* operator new(std::size_t size) {
  counted.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
// NOLINTEND
