#include "manifests/directory_source.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "base/locked.h"
#include "manifests/file_status.h"
#include "support/manual_clock.h"
#include "support/recording_sink.h"
#include "support/temp_folder.h"

namespace certsync::manifests {
namespace {

using namespace std::chrono_literals;

std::string appliance_yaml() {
  return "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerAppliance\nmetadata: {name: edge}\n"
         "spec: {endpoints: ['https://192.0.2.1'], credentialsSecretRef: {name: nitro}}\n";
}

std::string sync_yaml(const std::string& name, const std::string& more = "") {
  return "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerCertSync\nmetadata: {name: " + name +
         "}\nspec: {secretRef: {name: tls}, appliances: [{name: edge}]" + more + "}\n";
}

std::string files_yaml(const std::string& folder) {
  return "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerCertSync\nmetadata: {name: www}\n"
         "spec: {appliances: [{name: edge}], source: {files: {certificate: " +
         folder + "/fullchain.pem, privateKey: " + folder + "/privkey.pem}}}\n";
}

std::string secret_yaml(const std::string& value) {
  return "apiVersion: v1\nkind: Secret\nmetadata: {name: tls}\ntype: kubernetes.io/tls\nstringData: {tls.key: " +
         value + "}\n";
}

class SourceTest : public testing::Test {
 protected:
  SourceTest() { std::filesystem::create_directories(folder_ / "m"); }

  DirectorySource& source() {
    if (!source_) make_source();
    return *source_;
  }
  void make_source() {
    DirectoryOptions options;
    options.directory = folder_ / "m";
    options.files_root = files_root_;
    options.status_directory = folder_ / "status";
    source_.emplace(options, clock_, log_, sink_, [this](std::size_t count) { error_count_ = count; });
  }
  /// What one scan pushes.
  std::string scan(bool may_delete = true) {
    source().scan(may_delete);
    return sink_.take();
  }
  std::string log() {
    return lines_.with([](std::string& text) { return std::exchange(text, ""); });
  }

  support::TempFolder folder_;
  support::ManualClock clock_;
  support::RecordingSink sink_;
  Locked<std::string> lines_;
  Logger log_{LogLevel::Info, LogFormat::Text, [this](std::string_view line) {
                lines_.with([&](std::string& text) { text += std::string(line) + "\n"; });
              }};
  std::optional<std::filesystem::path> files_root_;
  std::atomic<std::size_t> error_count_{0};
  std::optional<DirectorySource> source_;
};

using DirectorySourceTest = SourceTest;

TEST_F(DirectorySourceTest, PushesAppliancesThenSecretsThenSyncs) {
  folder_.write("m/a.yaml", sync_yaml("www") + "---\n" + secret_yaml("k"));
  folder_.write("m/sub/z.yaml", appliance_yaml());

  EXPECT_EQ(scan(),
            "put appliance edge gen=1\nput secret default/tls kubernetes.io/tls\nput sync default/www gen=1\n"
            "synced complete\n");
  EXPECT_EQ(scan(), "");
}

TEST_F(DirectorySourceTest, PushesOnlyWhatChanged) {
  folder_.write("m/a.yaml", sync_yaml("one"));
  folder_.write("m/b.yaml", sync_yaml("two"));
  folder_.write("m/s.yaml", secret_yaml("k"));
  scan();

  folder_.write("m/b.yaml", sync_yaml("two", ", dryRun: true"));
  folder_.write("m/s.yaml", "# moved\n---\n" + secret_yaml("k"));
  EXPECT_EQ(scan(), "put sync default/two gen=2\n");
  folder_.write("m/s.yaml", secret_yaml("other"));
  EXPECT_EQ(scan(), "put secret default/tls kubernetes.io/tls\n");
}

TEST_F(DirectorySourceTest, ABrokenFileKeepsItsObjects) {
  folder_.write("m/a.yaml", sync_yaml("one"));
  folder_.write("m/b.yaml", sync_yaml("two"));
  scan();
  log();

  folder_.write("m/b.yaml", "kind: [\n");
  EXPECT_EQ(scan(), "synced incomplete\n");
  EXPECT_EQ(error_count_, 1U);
  ASSERT_EQ(source().errors().size(), 1U);
  EXPECT_EQ(source().errors()[0].file, folder_ / "m/b.yaml");
  EXPECT_EQ(source().errors()[0].document, 1);
  const auto first = log();
  EXPECT_NE(first.find("manifest cannot be used"), std::string::npos);
  clock_.advance(1h);
  EXPECT_EQ(scan(), "");
  EXPECT_EQ(log(), "");

  folder_.write("m/b.yaml", sync_yaml("two"));
  EXPECT_EQ(scan(), "synced complete\n");
  EXPECT_EQ(error_count_, 0U);
  EXPECT_NE(log().find("mended"), std::string::npos);
}

TEST_F(DirectorySourceTest, AnObjectWithProblemsIsSaidToBeInvalid) {
  folder_.write("m/a.yaml", sync_yaml("www", ", dryRun: true"));
  scan();

  folder_.write("m/a.yaml", sync_yaml("www", ", dryRnu: true"));

  EXPECT_EQ(scan(), "put sync default/www gen=1 problems: spec.dryRnu: unknown field\n");
  EXPECT_TRUE(sink_.sync({"default", "www"}).spec.dry_run);
  EXPECT_EQ(error_count_, 1U);
}

TEST_F(DirectorySourceTest, AnObjectThatNeverWasValidLeavesThePictureIncomplete) {
  folder_.write("m/a.yaml", sync_yaml("www", ", dryRnu: true"));

  EXPECT_EQ(scan(), "put sync default/www gen=1 problems: spec.dryRnu: unknown field\nsynced incomplete\n");
}

TEST_F(DirectorySourceTest, TwoOfOneNameChangeNothing) {
  folder_.write("m/a.yaml", sync_yaml("www"));
  scan();

  folder_.write("m/b.yaml", sync_yaml("www", ", dryRun: true"));
  EXPECT_EQ(scan(), "synced incomplete\n");
  folder_.remove("m/a.yaml");
  EXPECT_EQ(scan(), "put sync default/www gen=2\nsynced complete\n");
}

TEST_F(DirectorySourceTest, RemovedManifestsGoAfterTheDelay) {
  folder_.write("m/keep.yaml", appliance_yaml());
  folder_.write("m/a.yaml", sync_yaml("www") + "---\n" + secret_yaml("k"));
  scan();

  folder_.remove("m/a.yaml");
  EXPECT_EQ(scan(), "");
  clock_.advance(29s);
  EXPECT_EQ(scan(), "");
  clock_.advance(1s);
  EXPECT_EQ(scan(false), "");
  EXPECT_EQ(scan(true), "remove sync default/www\nremove secret default/tls\n");
  EXPECT_EQ(scan(true), "");
}

TEST_F(DirectorySourceTest, ComingBackInTimeCancels) {
  folder_.write("m/keep.yaml", appliance_yaml());
  folder_.write("m/a.yaml", sync_yaml("www"));
  scan();

  folder_.remove("m/a.yaml");
  scan();
  clock_.advance(29s);
  folder_.write("m/b.yaml", sync_yaml("www"));
  EXPECT_EQ(scan(), "");
  clock_.advance(1h);
  EXPECT_EQ(scan(), "");
}

TEST_F(DirectorySourceTest, ABrokenManifestStopsDeletions) {
  folder_.write("m/a.yaml", sync_yaml("www"));
  folder_.write("m/b.yaml", appliance_yaml());
  scan();

  folder_.remove("m/a.yaml");
  folder_.write("m/b.yaml", "a: [");
  EXPECT_EQ(scan(), "synced incomplete\n");
  clock_.advance(1h);
  EXPECT_EQ(scan(), "");
  folder_.write("m/b.yaml", appliance_yaml());
  EXPECT_EQ(scan(), "synced complete\n");
  clock_.advance(30s);
  EXPECT_EQ(scan(), "remove sync default/www\n");
}

TEST_F(DirectorySourceTest, AnEmptyOrVanishedDirectoryDeletesNothing) {
  folder_.write("m/a.yaml", sync_yaml("www"));
  scan();
  log();

  folder_.remove("m/a.yaml");
  EXPECT_EQ(scan(), "synced incomplete\n");
  EXPECT_NE(log().find("no manifests here"), std::string::npos);
  clock_.advance(1h);
  EXPECT_EQ(scan(), "");
  folder_.remove("m");
  EXPECT_EQ(scan(), "");
  EXPECT_NE(log().find("cannot be read"), std::string::npos);
  clock_.advance(1h);
  EXPECT_EQ(scan(), "");
  EXPECT_EQ(log(), "");
}

TEST_F(DirectorySourceTest, DeletionPolicyDeleteWaitsForTheCleanUp) {
  folder_.write("m/keep.yaml", appliance_yaml());
  folder_.write("m/a.yaml", sync_yaml("www", ", deletionPolicy: Delete"));
  scan();

  folder_.remove("m/a.yaml");
  scan();
  clock_.advance(30s);
  EXPECT_EQ(scan(), "put sync default/www gen=1 deleting\n");
  const auto since = clock_.now();
  EXPECT_EQ(sink_.sync({"default", "www"}).meta.deleted_at, since);
  clock_.advance(1h);
  EXPECT_EQ(scan(), "");
  folder_.write("m/keep.yaml", appliance_yaml() + "# again\n");
  EXPECT_EQ(scan(), "");
  EXPECT_EQ(sink_.sync({"default", "www"}).meta.deleted_at, since);
  source().finish_deletion({"default", "www"});
  EXPECT_EQ(sink_.take(), "remove sync default/www\n");
  source().finish_deletion({"default", "www"});
  EXPECT_EQ(scan(), "");
}

TEST_F(DirectorySourceTest, ASyncThatComesBackDuringItsCleanUpIsNotRemoved) {
  folder_.write("m/keep.yaml", appliance_yaml());
  folder_.write("m/a.yaml", sync_yaml("www", ", deletionPolicy: Delete"));
  scan();
  folder_.remove("m/a.yaml");
  scan();
  clock_.advance(30s);
  scan();

  folder_.write("m/a.yaml", sync_yaml("www", ", deletionPolicy: Delete"));
  EXPECT_EQ(scan(), "put sync default/www gen=1\n");
  source().finish_deletion({"default", "www"});
  EXPECT_EQ(sink_.take(), "");
}

TEST_F(DirectorySourceTest, StatusAndGenerationComeFromTheRunBefore) {
  folder_.write("m/a.yaml", sync_yaml("same"));
  folder_.write("m/b.yaml", sync_yaml("changed"));
  scan();
  {
    const auto files = FileStatus::open(folder_ / "status");
    for (const char* name : {"same", "changed"}) {
      auto sync = sink_.sync({"default", name});
      sync.meta.generation = 7;
      sync.status.targets = "1/1";
      ASSERT_TRUE((*files)->write(sync));
    }
  }

  folder_.write("m/b.yaml", sync_yaml("changed", ", dryRun: true"));
  make_source();

  EXPECT_EQ(scan(), "put sync default/changed gen=8\nput sync default/same gen=7\nsynced complete\n");
  EXPECT_EQ(sink_.sync({"default", "same"}).status.targets, "1/1");
}

TEST_F(DirectorySourceTest, TheLastValidSpecOutlivesARestart) {
  folder_.write("m/a.yaml", sync_yaml("www", ", dryRun: true"));
  scan();
  ASSERT_TRUE((*FileStatus::open(folder_ / "status"))->write(sink_.sync({"default", "www"})));

  folder_.write("m/a.yaml", sync_yaml("www", ", oops: true"));
  make_source();

  EXPECT_EQ(scan(), "put sync default/www gen=1 problems: spec.oops: unknown field\nsynced complete\n");
  EXPECT_TRUE(sink_.sync({"default", "www"}).spec.dry_run);
}

TEST_F(DirectorySourceTest, WhatWentWhileWeWereDownIsDeletedAfterTheDelay) {
  folder_.write("m/keep.yaml", appliance_yaml());
  folder_.write("m/a.yaml", sync_yaml("drop", ", deletionPolicy: Delete") + "---\n" + sync_yaml("retain"));
  scan();
  {
    const auto files = FileStatus::open(folder_ / "status");
    ASSERT_TRUE((*files)->write(sink_.sync({"default", "drop"})));
    ASSERT_TRUE((*files)->write(sink_.sync({"default", "retain"})));
  }

  folder_.remove("m/a.yaml");
  make_source();

  EXPECT_EQ(scan(), "put appliance edge gen=1\nsynced complete\n");
  clock_.advance(30s);
  EXPECT_EQ(scan(), "put sync default/drop gen=1 deleting\nremove sync default/retain\n");
  source().finish_deletion({"default", "drop"});
  EXPECT_EQ(sink_.take(), "remove sync default/drop\n");
}

TEST_F(DirectorySourceTest, SecretsAreReadWhenAskedFor) {
  folder_.write("m/a.yaml", secret_yaml("one"));
  scan();
  const auto pushed = sink_.secret({"default", "tls"});

  const auto first = source().read_secret({"default", "tls"});
  ASSERT_TRUE(first);
  EXPECT_EQ(first->data.at("tls.key").reveal(), "one");
  EXPECT_EQ(first->meta.meta.resource_version, pushed.meta.resource_version);
  folder_.write("m/a.yaml", secret_yaml("two"));
  EXPECT_EQ(source().read_secret({"default", "tls"})->data.at("tls.key").reveal(), "two");
  EXPECT_EQ(source().read_secret({"default", "other"}).error().reason, Reason::SecretNotFound);
  folder_.write("m/a.yaml", "a: [");
  EXPECT_EQ(source().read_secret({"default", "tls"}).error().reason, Reason::SecretInvalid);
  folder_.remove("m/a.yaml");
  EXPECT_EQ(source().read_secret({"default", "tls"}).error().reason, Reason::SecretNotFound);
}

TEST_F(DirectorySourceTest, ASecretThatIsThereTwiceIsNotReadAnew) {
  folder_.write("m/a.yaml", secret_yaml("one"));
  scan();
  folder_.write("m/b.yaml", secret_yaml("two"));
  scan();

  EXPECT_EQ(source().read_secret({"default", "tls"})->data.at("tls.key").reveal(), "one");
  folder_.write("m/a.yaml", secret_yaml("three"));
  EXPECT_EQ(source().read_secret({"default", "tls"}).error().reason, Reason::SecretInvalid);
}

TEST_F(DirectorySourceTest, ACertbotFolderIsASecret) {
  folder_.write("le/archive/www/fullchain1.pem", "chain one");
  folder_.write("le/archive/www/privkey1.pem", "key one");
  folder_.link("le/live/www/fullchain.pem", "../../archive/www/fullchain1.pem");
  folder_.link("le/live/www/privkey.pem", "../../archive/www/privkey1.pem");
  folder_.write("m/a.yaml", files_yaml("../le/live/www"));
  files_root_ = folder_ / "le";

  EXPECT_EQ(scan(), "put secret files:default/www kubernetes.io/tls\nput sync default/www gen=1\nsynced complete\n");
  const auto secret = source().read_secret(ports::file_secret_ref({"default", "www"}));
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->data.at("tls.crt").reveal(), "chain one");
  EXPECT_EQ(secret->data.at("tls.key").reveal(), "key one");
  EXPECT_EQ(scan(), "");

  folder_.write("le/archive/www/privkey2.pem", "key two");
  folder_.link("le/live/www/privkey.pem", "../../archive/www/privkey2.pem");
  EXPECT_EQ(scan(), "put secret files:default/www kubernetes.io/tls\n");
  folder_.remove("le/live");
  EXPECT_EQ(scan(), "remove secret files:default/www\n");
  EXPECT_EQ(source().read_secret(ports::file_secret_ref({"default", "www"})).error().reason, Reason::SecretNotFound);
}

TEST_F(DirectorySourceTest, AKeystoreIsOneFile) {
  folder_.write("le/www.p12", "a keystore");
  folder_.write("m/a.yaml",
                "apiVersion: netscaler.certsync.io/v1alpha1\nkind: NetScalerCertSync\nmetadata: {name: www}\n"
                "spec: {appliances: [{name: edge}], source: {format: PKCS12, files: {certificate: ../le/www.p12}}}\n");

  EXPECT_EQ(scan(), "put secret files:default/www kubernetes.io/tls\nput sync default/www gen=1\nsynced complete\n");
  const auto secret = source().read_secret(ports::file_secret_ref({"default", "www"}));
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->data.size(), 1U);
  EXPECT_EQ(secret->data.at("tls.crt").reveal(), "a keystore");

  folder_.write("le/www.p12", "another");
  EXPECT_EQ(scan(), "put secret files:default/www kubernetes.io/tls\n");
}

TEST_F(DirectorySourceTest, FilesOutsideTheirRootAreRefused) {
  folder_.write("le/fullchain.pem", "c");
  folder_.write("outside", "k");
  folder_.link("le/privkey.pem", "../outside");
  folder_.write("m/a.yaml", files_yaml("../le"));
  files_root_ = folder_ / "le";

  EXPECT_EQ(scan(), "put sync default/www gen=1 problems: spec.source.files.privateKey: must lie below " +
                        (folder_ / "le").string() + "\nsynced incomplete\n");
}

TEST_F(DirectorySourceTest, AKeyIsInNoLogAndNoError) {
  folder_.write("m/a.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: tls}\ndata: {tls.key: plantedkey!}\n");
  folder_.write("m/b.yaml", secret_yaml("plantedkey") + "  bad: [plantedkey\n");
  folder_.write("m/c.yaml", "stringData:\n  tls.key: |\n    plantedkey\n  plantedkey\n");

  scan();

  EXPECT_EQ(source().errors().size(), 3U);
  for (const auto& error : source().errors())
    EXPECT_EQ(error.message.find("planted"), std::string::npos);
  EXPECT_EQ(log().find("planted"), std::string::npos);
}

/// The source in a thread of its own, as the program runs it.
class WatchingTest : public SourceTest {
 protected:
  void start() {
    source();
    watcher_ = std::jthread([this](const std::stop_token& stop) { source().watch(stop); });
    ASSERT_TRUE(sink_.wait_for("synced complete"));
  }

  // Last: it stops before what it uses goes.
  std::jthread watcher_;
};

using DirectorySourceWatch = WatchingTest;

TEST_F(DirectorySourceWatch, SeesAnEditorSave) {
  folder_.write("m/a.yaml", sync_yaml("www"));
  start();

  folder_.replace("m/a.yaml", sync_yaml("www", ", dryRun: true"));

  EXPECT_TRUE(sink_.wait_for("put sync default/www gen=2"));
}

TEST_F(DirectorySourceWatch, SeesAConfigMapSwitch) {
  folder_.write("m/..2026_01/a.yaml", sync_yaml("www"));
  folder_.link("m/..data", "..2026_01");
  folder_.link("m/a.yaml", "..data/a.yaml");
  start();

  folder_.write("m/..2026_02/a.yaml", sync_yaml("www", ", dryRun: true"));
  folder_.link("m/..data", "..2026_02");

  EXPECT_TRUE(sink_.wait_for("put sync default/www gen=2"));
}

TEST_F(DirectorySourceWatch, SeesNewSubdirectories) {
  folder_.write("m/a.yaml", sync_yaml("one"));
  start();

  folder_.write("m/x/y/b.yaml", sync_yaml("two"));
  EXPECT_TRUE(sink_.wait_for("put sync default/two gen=1"));
  folder_.write("m/x/y/c.yaml", sync_yaml("three"));
  EXPECT_TRUE(sink_.wait_for("put sync default/three gen=1"));
}

TEST_F(DirectorySourceWatch, SeesARenewalByCertbot) {
  folder_.write("le/archive/www/fullchain1.pem", "chain one");
  folder_.write("le/archive/www/privkey1.pem", "key one");
  folder_.link("le/live/www/fullchain.pem", "../../archive/www/fullchain1.pem");
  folder_.link("le/live/www/privkey.pem", "../../archive/www/privkey1.pem");
  folder_.write("m/a.yaml", files_yaml("../le/live/www"));
  start();

  folder_.write("le/archive/www/privkey2.pem", "key two");
  folder_.link("le/live/www/privkey.pem", "../../archive/www/privkey2.pem");

  EXPECT_TRUE(sink_.wait_for_count("put secret files:default/www kubernetes.io/tls", 2, 20s));
}

TEST_F(DirectorySourceWatch, SeesADirectoryThatComesBack) {
  folder_.write("m/a.yaml", sync_yaml("www"));
  start();

  folder_.remove("m");
  EXPECT_TRUE(sink_.wait_for("synced incomplete"));
  folder_.write("m/a.yaml", sync_yaml("www", ", dryRun: true"));

  EXPECT_TRUE(sink_.wait_for("put sync default/www gen=2"));
}

TEST_F(DirectorySourceWatch, StopsAtOnce) {
  folder_.write("m/a.yaml", sync_yaml("www"));
  start();

  watcher_.request_stop();
  watcher_.join();
}

}  // namespace
}  // namespace certsync::manifests
