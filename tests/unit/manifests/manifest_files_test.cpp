#include "manifests/manifest_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "support/temp_folder.h"

namespace certsync::manifests {
namespace {

namespace fs = std::filesystem;

std::string names(const support::TempFolder& folder, const std::vector<fs::path>& paths) {
  std::string text;
  for (const auto& path : paths)
    text += path.lexically_relative(folder.path()).string() + " ";
  return text;
}

TEST(ManifestFiles, TakesManifestsAtAnyDepthAndNothingHidden) {
  const support::TempFolder folder;
  for (const char* name :
       {"b.yaml", "a.yml", "sub/deep/c.json", "notes.txt", "x.yaml~", ".hidden.yaml", ".git/d.yaml", "..2026/e.yaml"}) {
    folder.write(name, "a: 1");
  }

  const auto listing = list_manifests(folder.path(), "");

  EXPECT_TRUE(listing.readable);
  EXPECT_EQ(names(folder, listing.files), "a.yml b.yaml sub/deep/c.json ");
}

TEST(ManifestFiles, FollowsASecretVolume) {
  const support::TempFolder folder;
  folder.write("..2026_01/www.yaml", "a: 1");
  folder.link("..data", "..2026_01");
  folder.link("www.yaml", "..data/www.yaml");

  const auto listing = list_manifests(folder.path(), "");

  EXPECT_EQ(names(folder, listing.files), "www.yaml ");
  EXPECT_TRUE(listing.folders.contains(folder.path()));
  EXPECT_TRUE(listing.folders.contains(folder / "..2026_01"));
}

TEST(ManifestFiles, ALoopOfLinksEnds) {
  const support::TempFolder folder;
  folder.write("a/x.yaml", "a: 1");
  folder.link("a/up", "..");
  folder.link("self.yaml", "self.yaml");

  const auto listing = list_manifests(folder.path(), "");

  EXPECT_EQ(names(folder, listing.files), "a/x.yaml self.yaml ");
  EXPECT_FALSE(read_whole_file(folder / "self.yaml", 100));
}

TEST(ManifestFiles, TheStatusDirectoryIsLeftOut) {
  const support::TempFolder folder;
  folder.write("a.yaml", "a: 1");
  folder.write("status/b.yaml", "a: 1");

  EXPECT_EQ(names(folder, list_manifests(folder.path(), folder / "status").files), "a.yaml ");
}

TEST(ManifestFiles, AMissingDirectoryIsNotReadable) {
  const support::TempFolder folder;

  const auto listing = list_manifests(folder / "gone", "");

  EXPECT_FALSE(listing.readable);
  EXPECT_EQ(listing.errors.size(), 1U);
}

TEST(ManifestFiles, CertbotFoldersAreFollowedToTheArchive) {
  const support::TempFolder folder;
  folder.write("archive/www/privkey1.pem", "k");
  folder.link("live/www/privkey.pem", "../../archive/www/privkey1.pem");

  std::set<fs::path> folders;
  collect_folders(folder / "live/www/privkey.pem", folders);

  EXPECT_EQ(folders, (std::set<fs::path>{folder / "live/www", folder / "archive/www"}));
}

TEST(ManifestFiles, BelowMeansAfterFollowingLinks) {
  const support::TempFolder folder;
  folder.write("root/a", "");
  folder.write("outside", "");
  folder.link("root/link", "../outside");

  EXPECT_TRUE(is_below(folder / "root/a", folder / "root"));
  EXPECT_TRUE(is_below(folder / "root/not-yet", folder / "root"));
  EXPECT_FALSE(is_below(folder / "root/link", folder / "root"));
  EXPECT_FALSE(is_below(folder / "root/../outside", folder / "root"));
  EXPECT_FALSE(is_below(folder / "root-too", folder / "root"));
}

}  // namespace
}  // namespace certsync::manifests
