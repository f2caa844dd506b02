#include "manifests/manifest_set.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace certsync::manifests {
namespace {

constexpr char kSync[] = "netscaler.certsync.io/v1alpha1, kind: NetScalerCertSync";

std::string sync_text(const std::string& name, const std::string& more = "") {
  return "{apiVersion: " + std::string(kSync) + ", metadata: {name: " + name +
         "}, spec: {secretRef: {name: tls}, appliances: [{name: edge}]" + more + "}}\n";
}

std::string secret_yaml(const std::string& name, const std::string& value) {
  return "{apiVersion: v1, kind: Secret, metadata: {name: " + name + "}, stringData: {password: " + value + "}}\n";
}

using Texts = std::map<std::string, std::string>;

ManifestSet read(const Texts& texts, const ManifestSet& before = {}, const PathRule& allowed = nullptr) {
  std::vector<ManifestFile> files;
  for (const auto& [path, text] : texts) {
    const bool unreadable = text == "unreadable";
    files.emplace_back(path, unreadable ? "" : text, unreadable ? "Permission denied" : "");
  }
  return read_manifests(files, before, allowed);
}

std::string joined(const std::vector<std::string>& problems) {
  std::string text;
  for (const auto& problem : problems)
    text += " !" + problem;
  return text;
}

/// One line an object (name, generation, what is notable, problems), then one an error.
std::string shown(const ManifestSet& set) {
  std::string out;
  for (const auto& [ref, entry] : set.appliances) {
    out += "appliance " + ref.name + " " + std::to_string(entry.object.meta.generation) +
           (entry.valid ? "" : " invalid") + joined(entry.object.problems) + "\n";
  }
  for (const auto& [ref, entry] : set.secrets) {
    out += "secret " + model::to_text(ref) + (entry.held ? " held" : "") + "\n";
  }
  for (const auto& [ref, entry] : set.syncs) {
    out += "sync " + model::to_text(ref) + " " + std::to_string(entry.object.meta.generation) +
           (entry.held ? " held" : "") + (entry.valid ? "" : " invalid") +
           (entry.object.spec.dry_run ? " dryRun" : "") + joined(entry.object.problems) + "\n";
  }
  for (const auto& error : set.errors) {
    out += "error " + error.file + ":" + std::to_string(error.document) + " " + error.message + "\n";
  }
  return out + (set.broken ? "broken\n" : "");
}

TEST(ManifestSet, ReadsTheThreeKindsAndSkipsTheRest) {
  const auto set = read({{"/m/all.yaml",
                          "apiVersion: netscaler.certsync.io/v1alpha1\n"
                          "kind: NetScalerAppliance\n"
                          "metadata: {name: edge}\n"
                          "spec: {endpoints: ['https://192.0.2.1'], credentialsSecretRef: {name: nitro}}\n"
                          "---\n" +
                              secret_yaml("nitro", "x") + "---\n" + sync_text("www") +
                              "---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: x}}\n"}});

  EXPECT_EQ(shown(set), "appliance edge 1\nsecret default/nitro\nsync default/www 1\n");
  EXPECT_EQ(set.skipped, 1U);
  EXPECT_EQ(set.syncs.begin()->second.object.meta.uid, "netscalercertsync/default/www");
}

TEST(ManifestSet, AListIsUnfolded) {
  EXPECT_EQ(shown(read({{"/m/a.json", "{apiVersion: v1, kind: List, items: [" + secret_yaml("a", "x") + "," +
                                          sync_text("www") + "]}"}})),
            "secret default/a\nsync default/www 1\n");
}

TEST(ManifestSet, OurGroupIsKnownWhole) {
  EXPECT_EQ(shown(read({{"/m/a.yaml",
                         "{apiVersion: netscaler.certsync.io/v2, kind: NetScalerCertSync}\n---\n"
                         "{apiVersion: netscaler.certsync.io/v1alpha1, kind: NetScalerThing}\n"}})),
            "error /m/a.yaml:1 netscaler.certsync.io/v2 NetScalerCertSync is not known: this release has "
            "NetScalerCertSync and NetScalerAppliance of netscaler.certsync.io/v1alpha1\n"
            "error /m/a.yaml:2 netscaler.certsync.io/v1alpha1 NetScalerThing is not known: this release has "
            "NetScalerCertSync and NetScalerAppliance of netscaler.certsync.io/v1alpha1\nbroken\n");
}

TEST(ManifestSet, ABrokenDocumentHidesNoOther) {
  EXPECT_EQ(shown(read({{"/m/a.yaml", sync_text("one") + "---\na: [\n---\n" + sync_text("two")},
                        {"/m/b.yaml", "unreadable"},
                        {"/m/c.yaml", "hello"}})),
            "sync default/one 1\nsync default/two 1\n"
            "error /m/a.yaml:2 line 4: end of sequence flow not found\n"
            "error /m/b.yaml:0 Permission denied\n"
            "error /m/c.yaml:1 must be an object with apiVersion, kind and metadata\nbroken\n");
}

TEST(ManifestSet, GenerationCountsSpecs) {
  const auto first = read({{"/m/a.yaml", sync_text("www")}});
  const auto same = read({{"/m/b.yaml", sync_text("www")}}, first);
  const auto second = read({{"/m/a.yaml", sync_text("www", ", dryRun: true")}}, same);

  EXPECT_EQ(shown(same), "sync default/www 1\n");
  EXPECT_EQ(shown(second), "sync default/www 2 dryRun\n");
}

TEST(ManifestSet, AnObjectWithProblemsKeepsItsLastValidSpec) {
  const auto good = read({{"/m/a.yaml", sync_text("www", ", dryRun: true")}});
  const auto bad = read({{"/m/a.yaml", sync_text("www", ", foo: 1")}}, good);
  const auto still_bad = read({{"/m/a.yaml", sync_text("www", ", foo: 1")}}, bad);
  const auto mended = read({{"/m/a.yaml", sync_text("www")}}, still_bad);

  const std::string expected =
      "sync default/www 1 dryRun !spec.foo: unknown field\n"
      "error /m/a.yaml:1 NetScalerCertSync default/www: spec.foo: unknown field\n";
  EXPECT_EQ(shown(bad), expected);
  EXPECT_EQ(shown(still_bad), expected);
  EXPECT_EQ(shown(mended), "sync default/www 2\n");
}

TEST(ManifestSet, AnObjectThatNeverWasValidIsThereWithADefaultSpec) {
  const auto bad = read({{"/m/a.yaml", sync_text("www", ", dryRun: true, foo: 1")}});

  EXPECT_EQ(shown(bad),
            "sync default/www 1 invalid !spec.foo: unknown field\n"
            "error /m/a.yaml:1 NetScalerCertSync default/www: spec.foo: unknown field\n");
}

TEST(ManifestSet, ANameThatMustNotChangeDoesNot) {
  const auto good = read({{"/m/a.yaml", sync_text("www", ", certKey: {name: a}")}});

  EXPECT_EQ(shown(read({{"/m/a.yaml", sync_text("www", ", certKey: {name: b}")}}, good)),
            "sync default/www 1 !spec.certKey.name: cannot change; make a new NetScalerCertSync\n"
            "error /m/a.yaml:1 NetScalerCertSync default/www: spec.certKey.name: cannot change; make a new "
            "NetScalerCertSync\n");
}

TEST(ManifestSet, TwoOfOneNameAreNeitherApplied) {
  const auto fresh = read({{"/m/a.yaml", sync_text("www")}, {"/m/b.yaml", sync_text("www", ", dryRun: true")}});
  const auto before = read({{"/m/a.yaml", sync_text("www")}});
  const auto later = read(
      {{"/m/a.yaml", sync_text("www", ", suspend: true")}, {"/m/b.yaml", sync_text("www", ", dryRun: true")}}, before);

  const std::string error =
      "error /m/b.yaml:1 NetScalerCertSync default/www is also in /m/a.yaml (document 1); neither is applied until one "
      "of them goes\nbroken\n";
  EXPECT_EQ(shown(fresh), error);
  EXPECT_EQ(shown(later), "sync default/www 1 held\n" + error);
  EXPECT_FALSE(later.syncs.begin()->second.object.spec.suspend);
}

TEST(ManifestSet, WhatABrokenFileHeldStaysInForce) {
  const auto before =
      read({{"/m/a.yaml", sync_text("one") + "---\n" + secret_yaml("s", "x")}, {"/m/sub/b.yaml", sync_text("two")}});

  EXPECT_EQ(shown(read({{"/m/a.yaml", "a: ["}}, before)),
            "secret default/s held\nsync default/one 1 held\n"
            "error /m/a.yaml:1 line 1: end of sequence flow not found\nbroken\n");
  EXPECT_EQ(shown(read({{"/m/sub", "unreadable"}}, before)),
            "sync default/two 1 held\nerror /m/sub:0 Permission denied\nbroken\n");
}

TEST(ManifestSet, SecretVersionFollowsTheContent) {
  const auto version = [](const std::string& text) {
    return read({{"/m/a.yaml", text}}).secrets.begin()->second.object.meta.resource_version;
  };

  EXPECT_EQ(version(secret_yaml("s", "one")), version("# moved\n---\n" + secret_yaml("s", "one")));
  EXPECT_NE(version(secret_yaml("s", "one")), version(secret_yaml("s", "two")));
}

TEST(ManifestSet, NoSecretValueIsInAnError) {
  const auto set = read({{"/m/a.yaml", "{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {tls.key: hush!}}"},
                         {"/m/b.yaml", "{apiVersion: v1, kind: Secret, metadata: {name: t}, data: {tls.key: hush!}"}});

  EXPECT_EQ(shown(set),
            "error /m/a.yaml:1 Secret s: data.tls.key: is not base64\n"
            "error /m/b.yaml:1 line 1: a key must be text; or is a bracket not closed?\nbroken\n");
}

TEST(ManifestSet, FilesAreRelativeToTheManifest) {
  const std::string text = "{apiVersion: " + std::string(kSync) +
                           ", metadata: {name: www}, spec: {appliances: [{name: edge}], source: {files: "
                           "{certificate: ../le/cert.pem, privateKey: /abs/key.pem}}}}\n";
  const auto set = read({{"/m/sub/a.yaml", text}});
  const auto refused = read({{"/m/sub/a.yaml", text}}, {}, [](const std::filesystem::path& path) {
    return path.string().starts_with("/m/") ? "" : std::string("must lie below /m");
  });

  const auto& files = *set.syncs.begin()->second.object.spec.source.files;
  EXPECT_EQ(files.certificate, "/m/le/cert.pem");
  EXPECT_EQ(files.private_key, "/abs/key.pem");
  EXPECT_EQ(joined(refused.syncs.begin()->second.object.problems), " !spec.source.files.privateKey: must lie below /m");
}

TEST(ManifestSet, FindsOneSecretInItsManifest) {
  const auto text = secret_yaml("a", "x") + "---\n{apiVersion: v1, kind: List, items: [" + secret_yaml("b", "y") + "]}";

  const auto found = find_secret(text, {"default", "b"});

  ASSERT_TRUE(found);
  EXPECT_EQ(found->data.at("password").reveal(), "y");
  EXPECT_EQ(find_secret(text, {"other", "b"}).error().reason, Reason::SecretNotFound);
  EXPECT_EQ(find_secret("a: [", {"default", "b"}).error().reason, Reason::SecretInvalid);
}

}  // namespace
}  // namespace certsync::manifests
