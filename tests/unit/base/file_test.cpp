#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temp_folder.h"

namespace certsync {
namespace {

TEST(File, ReadsRegularFilesOfBoundedSizeOnly) {
  const support::TempFolder folder;
  folder.write("a", "12345");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);

  EXPECT_EQ(read_whole_file(folder / "a", 5).value_or("?"), "12345");
  EXPECT_EQ(read_whole_file(folder / "a", 4).error().reason, Reason::SecretInvalid);
  EXPECT_EQ(read_whole_file(folder / "pipe", 5).error().reason, Reason::SecretInvalid);
  EXPECT_EQ(read_whole_file(folder.path(), 5).error().reason, Reason::SecretInvalid);
  EXPECT_EQ(read_whole_file(folder / "b", 5).error().reason, Reason::SecretNotFound);
}

}  // namespace
}  // namespace certsync
