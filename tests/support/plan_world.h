// Pictures for tests of plans: resources in a few words, a tiny appliance, and plans as text a reader can follow.
//
//   PlanWorld world;
//   world.server("vs_www");
//   world.sync("www").holds("A1 < I1").binds({"vs_www"});
//   world.plan()    "upload file <ca:I1.pem>\nupload file <www:A1.pem>\n..."
//
// Certificates go by short names: A1 and A2 are two issues for a.example.com, I1 and I2 are two authorities, and I1'
// is the cross-signed twin of I1. No X.509 is made: plans look at the attributes only.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plan/diff.h"
#include "support/tiny_appliance.h"

namespace support {

class PlanWorld;

/// One resource, in a few words. A name without a namespace is in "web"; the Secret and the certkey are named like the
/// resource unless said otherwise.
class SyncWords {
 public:
  SyncWords(PlanWorld& world, std::string name);

  /// "A2 < I1 < I2": the Secret holds leaf A2 and two intermediates.
  SyncWords& holds(const std::string& chain, const std::string& secret = "");
  SyncWords& lacks(certsync::Reason reason, const std::string& secret = "");
  /// All its bindings: "vs_www", "vs_www:sni", "vs_www:sni!" with enableSNI.
  SyncWords& binds(const std::vector<std::string>& bindings);
  SyncWords& created_on_day(int day);
  SyncWords& deleted(certsync::model::DeletionPolicy policy);
  /// The Secret exists and its labels are not the selected ones any more.
  SyncWords& unselects(const std::string& secret);
  SyncWords& forgets_what_it_bound();
  certsync::model::CertSync& object();
  std::string text() const { return name_; }

 private:
  PlanWorld& world_;
  std::string name_;
};

/// Not thread-safe.
class PlanWorld {
 public:
  PlanWorld();

  SyncWords sync(const std::string& name);
  /// The resource is gone from the cluster, without a trace.
  void vanish(const std::string& name);
  /// The resource is there and does not name this appliance any more.
  void moves_away(const std::string& name);

  /// A certificate of that short name, made at first use; may be changed until it is deployed.
  certsync::model::Certificate& cert(const std::string& name);
  void server(const std::string& name, bool sni = false);
  /// A certkey that a person made from files of their own.
  void person(const std::string& certkey, const std::string& certificate);
  void bind(const std::string& server, const std::string& certkey, bool sni = false);
  /// Leaves a file of that resource ("" = shared) and content on the appliance, as a crash would.
  std::string leave_file(const std::string& resource, const std::string& certificate, const std::string& kind,
                         std::int64_t bytes = 0, const std::string& owner = "own");

  certsync::plan::Plan diff() const;
  /// Steps, then "-- cleanup", then "-- retire", each with its steps, with readable names.
  std::string plan() const;
  /// "www: CertKeyNotOwned", one a line.
  std::string problems() const;
  std::string messages() const;
  /// "www: ChainRepaired", one a line.
  std::string notices() const;
  /// Does the plans until nothing is left to do. Empty, or what went wrong.
  std::string settle(int passes = 1);
  std::string readable(const std::string& text) const;
  /// The other way round: "<www:A1.pem>" as the appliance knows it.
  std::string file(const std::string& resource, const std::string& certificate, const std::string& kind,
                   const std::string& owner = "own") const;
  std::string ca(const std::string& certificate);

  certsync::model::ApplianceState& seen() { return appliance.state; }

  TinyAppliance appliance;
  certsync::plan::DesiredInput input;

 private:
  friend class SyncWords;
  struct Entry {
    std::shared_ptr<certsync::model::CertSync> object;
    certsync::plan::SyncInput input;
  };

  certsync::model::CertificatePtr certificate(const std::string& name);
  certsync::plan::ChainPtr chain(const std::string& text);
  certsync::plan::Wanted wanted() const;
  std::string label(const certsync::model::ObjectRef& ref) const;
  std::string word(const std::string& token) const;
  void remember_binding(const certsync::plan::Step& step);

  std::map<std::string, Entry> entries_;
  std::map<std::string, std::shared_ptr<certsync::model::Certificate>> certificates_;
};

}  // namespace support
