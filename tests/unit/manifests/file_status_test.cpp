#include "manifests/file_status.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/time_text.h"
#include "manifests/status_files.h"
#include "support/temp_folder.h"

namespace certsync::manifests {
namespace {

namespace fs = std::filesystem;

model::CertSync sync() {
  model::CertSync sync;
  sync.meta.ref = {"default", "www"};
  sync.meta.generation = 4;
  sync.raw_spec = R"({"appliances":[{"name":"edge"}],"secretRef":{"name":"0123"}})";
  sync.status.observed_generation = 4;
  sync.status.targets = "1/1";
  sync.status.conditions = {
      {"Ready", model::ConditionStatus::True, "Synced", "all: well", 4, *from_rfc3339("2026-01-01T00:00:00Z")}};
  return sync;
}

TEST(FileStatus, WritesTheObjectWithItsStatus) {
  const support::TempFolder folder;
  const auto status = FileStatus::open(folder / "status");

  ASSERT_TRUE(status);
  ASSERT_TRUE((*status)->write(sync()));

  EXPECT_EQ(folder.read("status/netscalercertsync/default/www.yaml"),
            "apiVersion: netscaler.certsync.io/v1alpha1\n"
            "kind: NetScalerCertSync\n"
            "metadata:\n"
            "  name: www\n"
            "  namespace: default\n"
            "  generation: 4\n"
            "spec:\n"
            "  appliances:\n"
            "    - name: edge\n"
            "  secretRef:\n"
            "    name: \"0123\"\n"
            "status:\n"
            "  observedGeneration: 4\n"
            "  conditions:\n"
            "    - type: Ready\n"
            "      status: \"True\"\n"
            "      reason: Synced\n"
            "      message: \"all: well\"\n"
            "      lastTransitionTime: \"2026-01-01T00:00:00Z\"\n"
            "      observedGeneration: 4\n"
            "  targets: \"1/1\"\n");
}

TEST(FileStatus, ComesBackInTheNextRun) {
  const support::TempFolder folder;
  model::Appliance appliance;
  appliance.meta.ref.name = "edge";
  appliance.raw_spec = R"({"credentialsSecretRef":{"name":"n"},"endpoints":["https://192.0.2.1"]})";
  appliance.status.version = "14.1";
  const auto status = FileStatus::open(folder.path());
  ASSERT_TRUE((*status)->write(sync()));
  ASSERT_TRUE((*status)->write(appliance));

  const auto set = read_status_files(folder.path());

  const auto& again = set.syncs.at({"default", "www"});
  EXPECT_TRUE(again.valid);
  EXPECT_EQ(again.object.status, sync().status);
  EXPECT_EQ(again.object.raw_spec, sync().raw_spec);
  EXPECT_EQ(again.object.meta.generation, 4);
  EXPECT_EQ(set.appliances.at({"", "edge"}).object.raw_spec, appliance.raw_spec);
  EXPECT_EQ(read_status(folder.path(), appliance)->version, "14.1");
}

TEST(FileStatus, SameBytesAreNotWrittenAgain) {
  const support::TempFolder folder;
  const auto status = FileStatus::open(folder.path());
  const auto path = folder / "netscalercertsync/default/www.yaml";
  const auto inode = [&] {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
  };
  ASSERT_TRUE((*status)->write(sync()));
  // Held open, so that the number is not given out again.
  fs::create_hard_link(path, folder / "kept");
  const auto before = inode();

  ASSERT_TRUE((*status)->write(sync()));
  EXPECT_EQ(inode(), before);
  auto other = sync();
  other.status.targets = "0/1";
  ASSERT_TRUE((*status)->write(other));
  EXPECT_NE(inode(), before);
}

TEST(FileStatus, GoesWithItsObject) {
  const support::TempFolder folder;
  const auto status = FileStatus::open(folder.path());
  ASSERT_TRUE((*status)->write(sync()));

  (*status)->remove_cert_sync({"default", "www"});
  (*status)->remove_appliance("never-was");

  EXPECT_FALSE(fs::exists(folder / "netscalercertsync/default"));
}

TEST(FileStatus, ASecondProcessIsRefused) {
  const support::TempFolder folder;
  auto first = FileStatus::open(folder.path());
  const auto second = FileStatus::open(folder.path());

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, "status: " + folder.path().string() + ": another process uses this directory");
  first->reset();
  EXPECT_TRUE(FileStatus::open(folder.path()));
}

TEST(FileStatus, NamesThatAreNoFileNamesAreRefused) {
  const support::TempFolder folder;
  const auto status = FileStatus::open(folder / "status");
  auto odd = sync();
  odd.meta.ref.space = "../..";

  EXPECT_FALSE((*status)->write(odd));
}

TEST(FileStatus, ADirectoryThatCannotBeIsAnError) {
  const support::TempFolder folder;
  folder.write("file", "");

  const auto status = FileStatus::open(folder / "file/status");

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::Stalled);
}

}  // namespace
}  // namespace certsync::manifests
