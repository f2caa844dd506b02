// Specs and Secrets in, the wanted state of ONE appliance out. Pure: what the objects say, before anybody has looked
// at the appliance.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/appliance.h"
#include "model/cert_sync.h"
#include "model/certificate.h"
#include "model/owner.h"
#include "plan/grants.h"

namespace certsync::plan {

using ChainPtr = std::shared_ptr<const model::CertificateChain>;

/// One Secret that a sync refers to, and what reading it gave.
struct SecretInput {
  model::ObjectRef ref;
  Result<ChainPtr> chain;
};

struct SyncInput {
  std::shared_ptr<const model::CertSync> sync;
  std::vector<SecretInput> secrets;
  /// With a selector: TLS Secrets of the namespace that exist and are not selected (any more).
  std::vector<model::ObjectRef> unselected;
  /// "target:role" that this process bound for it on this appliance, beside what status.boundTo lists.
  std::set<std::string> bound_here;
};

struct DesiredInput {
  std::string appliance;
  /// The marks that our files carry.
  model::Owner owner;
  /// Who may do what there.
  Access access;
  std::vector<SyncInput> syncs;
  /// Resources whose mark is on this appliance and that exist without naming it (any more).
  std::vector<std::shared_ptr<const model::CertSync>> elsewhere;
  /// False: something exists that could not be read, so nothing may be concluded from absence.
  bool complete = true;
  TimePoint now{};
  /// spec.encryptKeys of the appliance.
  bool encrypt_keys = false;
};

/// One certkey that one resource wants.
struct WantedCertKey {
  std::shared_ptr<const model::CertSync> sync;
  model::ObjectRef secret;
  std::string name;
  /// The name that the spec asks for; `name` differs where a certkey was taken over, or has versions.
  std::string asked;
  std::string cert_file;
  /// Empty with a FIPS key.
  std::string key_file;
  ChainPtr chain;
  /// "target:role" that the resource bound before: may be unbound when its spec no longer names them.
  std::set<std::string> bound_before;
  /// The private key goes there encrypted; key_file is then only where its name is made from.
  bool encrypted_key = false;
  /// Left as it is in this plan: suspended, waiting, or in trouble. It keeps its name, its slots and what it uses.
  bool held = false;
  /// Held, but only for its time to come: where that disturbs nobody, it is bound as it is.
  bool adds = false;

  const model::ObjectRef& ref() const { return sync->meta.ref; }
  /// For people and the status: the Secret's, or with files as the source the resource's own.
  const std::string& secret_name() const { return sync->spec.source.files ? ref().name : secret.name; }
  const std::string& fips_key() const { return sync->spec.source.fips_key; }
};

/// What a resource is waiting for or stalled on, with the certkey it concerns where there is one.
struct Problem {
  model::ObjectRef sync;
  std::string certkey;
  Error error;
};

/// Things worth an Event that are no problem: ChainRepaired, OlderCertificate, ...
struct Notice {
  model::ObjectRef sync;
  std::string reason;
  std::string note;
  bool warning = false;
};

/// A resource that wants its objects gone from this appliance.
struct Removal {
  model::ObjectRef sync;
  std::string resource_mark;
  /// Only these certkeys; empty = all that carry the mark.
  std::set<std::string> certkeys;
  /// "target:role" it may unbind.
  std::set<std::string> bindings;
  /// Only those that have expired, by our clock and the appliance's, and are not the last default certificate of a
  /// virtual server.
  bool only_expired = false;
  /// They are of a Secret that the resource no longer names: they go when what took their place is there.
  bool replaced = false;
};

struct Wanted {
  std::string appliance;
  model::Owner owner;
  Access access;
  std::vector<WantedCertKey> certkeys;
  std::vector<Removal> removals;
  /// Resource marks that live resources hold on this appliance, whether or not they want anything right now.
  std::set<std::string> living;
  bool complete = true;
  TimePoint now{};
  std::vector<Problem> problems;
  std::vector<Notice> notices;
  /// When a waiting certificate becomes valid, at the latest.
  std::optional<TimePoint> look_again;
};

Wanted desired(const DesiredInput& input);

/// "vs_www:sni", "service/api:default"
std::string binding_key(const model::Target& target, model::Role role);

/// May this certificate be deployed at `now`? SecretInvalid when expired, NotYetValid, TemporaryCertificate.
Result<void> assess(const model::CertificateChain& chain, TimePoint now);

}  // namespace certsync::plan
