// Secrets must not stay in memory that somebody else gets. The memory functions of this program are replaced by ones
// that look into every block before it is freed.
#include "base/secret.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>

#include <gtest/gtest.h>

namespace {

// The needle is put together at run time, so that no other copy of it lies around.
constexpr std::size_t kNeedleBytes = 24;
char needle[kNeedleBytes];
std::atomic<bool> watching{false};
std::atomic<int> leaked_blocks{0};

constexpr std::size_t kHeader = alignof(std::max_align_t);

void* take(std::size_t bytes) {
  auto* block = static_cast<char*>(std::malloc(bytes + kHeader));
  if (block == nullptr) std::abort();
  std::memcpy(block, &bytes, sizeof bytes);
  return block + kHeader;
}

void give(void* memory) {
  if (memory == nullptr) return;
  char* bytes = static_cast<char*>(memory);
  char* block = bytes - kHeader;
  std::size_t size = 0;
  std::memcpy(&size, block, sizeof size);
  if (watching && std::search(bytes, bytes + size, needle, needle + kNeedleBytes) != bytes + size) ++leaked_blocks;
  std::free(block);
}

}  // namespace

void* operator new(std::size_t bytes) {
  return take(bytes);
}
void operator delete(void* memory) noexcept {
  give(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  give(memory);
}

namespace certsync {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);
static_assert(!std::is_convertible_v<SecretBytes, std::string>);
static_assert(!std::is_convertible_v<std::string, SecretBytes>);

std::string make_secret() {
  std::string secret;
  secret.reserve(64);
  for (std::size_t i = 0; i < kNeedleBytes; ++i)
    secret.push_back(static_cast<char>('A' + (i * 7) % 26));
  return secret;
}

class Secret : public testing::Test {
 protected:
  void SetUp() override {
    std::string secret = make_secret();
    std::copy(secret.begin(), secret.end(), needle);
    wipe(secret);
    leaked_blocks = 0;
    watching = true;
  }
  void TearDown() override { watching = false; }
};

TEST_F(Secret, WatchSeesAPlainStringThatIsFreed) {
  { const std::string forgotten = make_secret(); }

  EXPECT_EQ(leaked_blocks, 1);
}

TEST_F(Secret, IsWipedWhenItGoes) {
  { const SecretBytes secret(make_secret()); }

  EXPECT_EQ(leaked_blocks, 0);
}

TEST_F(Secret, TakesTheBytesAndWipesWhereTheyCameFrom) {
  std::string source = make_secret();
  const auto place = reinterpret_cast<std::uintptr_t>(source.data());

  const SecretBytes secret(std::move(source));

  EXPECT_EQ(secret.size(), kNeedleBytes);
  EXPECT_EQ(secret.reveal(), std::string_view(needle, kNeedleBytes));
  EXPECT_TRUE(source.empty());  // NOLINT(bugprone-use-after-move): promised to be empty
  // The buffer is still the string's: make it readable again and look.
  source.resize(kNeedleBytes, '.');
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(source.data()), place);
  EXPECT_NE(source, std::string(needle, kNeedleBytes));
}

TEST_F(Secret, MovedFromIsEmptyAndWiped) {
  {
    SecretBytes from(make_secret());
    SecretBytes to(std::move(from));
    EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): promised to be empty
    EXPECT_EQ(to.size(), kNeedleBytes);

    SecretBytes assigned(make_secret());
    assigned = std::move(to);
    EXPECT_TRUE(to.empty());  // NOLINT(bugprone-use-after-move): promised to be empty
    EXPECT_EQ(assigned.reveal(), std::string_view(needle, kNeedleBytes));
  }

  EXPECT_EQ(leaked_blocks, 0);
}

TEST_F(Secret, MovedOntoItselfKeepsItsBytes) {
  SecretBytes secret(make_secret());
  SecretBytes& alias = secret;

  secret = std::move(alias);

  EXPECT_EQ(secret.size(), kNeedleBytes);
}

TEST_F(Secret, CloneIsASecretToo) {
  {
    const SecretBytes secret(make_secret());
    const SecretBytes clone = secret.clone();
    EXPECT_TRUE(clone.equals(secret));
    EXPECT_NE(clone.reveal().data(), secret.reveal().data());
  }

  EXPECT_EQ(leaked_blocks, 0);
}

TEST_F(Secret, ShortOneIsWipedInPlace) {
  // Short strings lie inside the object: look at the object's own bytes after it is gone.
  alignas(SecretBytes) unsigned char storage[sizeof(SecretBytes)] = {};
  auto* secret = new (storage) SecretBytes(std::string(needle, 10));
  const auto holds_secret = [&] {
    return std::search(storage, storage + sizeof storage, needle, needle + 10, [](unsigned char a, char b) {
             return a == static_cast<unsigned char>(b);
           }) != storage + sizeof storage;
  };
  ASSERT_TRUE(holds_secret());

  secret->~SecretBytes();

  EXPECT_FALSE(holds_secret());
}

TEST_F(Secret, WipingReachesBehindAShortenedString) {
  {
    std::string bytes = make_secret();
    bytes.resize(1);
    wipe(bytes);
    EXPECT_TRUE(bytes.empty());
  }

  EXPECT_EQ(leaked_blocks, 0);
}

TEST_F(Secret, EqualsComparesAllBytes) {
  const auto of = [](const char* text) { return SecretBytes(std::string(text)); };

  EXPECT_TRUE(of("abc").equals(of("abc")));
  EXPECT_FALSE(of("abc").equals(of("abd")));
  EXPECT_FALSE(of("abc").equals(of("ab")));
  EXPECT_TRUE(SecretBytes().equals(of("")));
}

}  // namespace
}  // namespace certsync
