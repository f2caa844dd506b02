#include "manifests/directory_watch.h"

#include <thread>

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace certsync::manifests {
namespace {

using namespace std::chrono_literals;

class WatchTest : public testing::Test {
 protected:
  support::TempFolder folder_;
  Logger log_{LogLevel::Error, LogFormat::Text, [](std::string_view) {}};
  DirectoryWatch watch_{log_};
  std::stop_source stop_;
};

using DirectoryWatchTest = WatchTest;

TEST_F(DirectoryWatchTest, SeesWhatHappensInAFolder) {
  EXPECT_TRUE(watch_.watch({folder_.path()}));
  folder_.write("a", "1");
  EXPECT_EQ(watch_.wait(20s, stop_.get_token()), WatchResult::Changed);
  folder_.replace("a", "2");
  EXPECT_EQ(watch_.wait(20s, stop_.get_token()), WatchResult::Changed);
  folder_.link("b", "a");
  EXPECT_EQ(watch_.wait(20s, stop_.get_token()), WatchResult::Changed);
  folder_.remove("a");
  EXPECT_EQ(watch_.wait(20s, stop_.get_token()), WatchResult::Changed);
  EXPECT_EQ(watch_.wait(1ms, stop_.get_token()), WatchResult::TimedOut);
}

TEST_F(DirectoryWatchTest, SaysWhenAFolderIsNew) {
  folder_.write("sub/a", "");

  EXPECT_TRUE(watch_.watch({folder_.path()}));
  EXPECT_FALSE(watch_.watch({folder_.path()}));
  EXPECT_TRUE(watch_.watch({folder_.path(), folder_ / "sub"}));
  // Another folder under the same name is another folder.
  std::filesystem::rename(folder_ / "sub", folder_ / "old");
  folder_.write("sub/a", "");
  EXPECT_TRUE(watch_.watch({folder_.path(), folder_ / "sub"}));
}

TEST_F(DirectoryWatchTest, AFolderThatIsNotThereIsAwaitedFromAbove) {
  watch_.watch({folder_ / "not/yet"});

  folder_.write("not/yet/a", "");

  EXPECT_EQ(watch_.wait(20s, stop_.get_token()), WatchResult::Changed);
}

TEST_F(DirectoryWatchTest, FoldersThatAreNoLongerNamedAreForgotten) {
  folder_.write("one/a", "");
  folder_.write("two/a", "");
  watch_.watch({folder_ / "one", folder_ / "two"});
  watch_.watch({folder_ / "one"});
  // Dropping a watch is itself told; that is over now.
  watch_.wait(1ms, stop_.get_token());

  folder_.write("two/b", "");

  EXPECT_EQ(watch_.wait(1ms, stop_.get_token()), WatchResult::TimedOut);
}

TEST_F(DirectoryWatchTest, StopEndsTheWaitAtOnce) {
  watch_.watch({folder_.path()});
  std::jthread stopper([this] { stop_.request_stop(); });

  EXPECT_EQ(watch_.wait(1h, stop_.get_token()), WatchResult::Stopped);
  EXPECT_EQ(watch_.wait(1h, stop_.get_token()), WatchResult::Stopped);
}

}  // namespace
}  // namespace certsync::manifests
