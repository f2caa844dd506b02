// Intermediates: certkeys cs-ca-<hash> that all leaves share, linked leaf → … → last. One that is loaded already under
// a person's name is used if it is the same certificate, and never changed: NetScaler loads a certificate, told by
// issuer and serial, only once (CTX206045).
#include <algorithm>

#include "plan/planner.h"

namespace certsync::plan {
namespace {

using model::Certificate;
using model::CertificatePtr;
using model::InstalledCertKey;

enum class Match { None, Same, LooksSame, Different };

bool looks_same(const Certificate& wanted, const InstalledCertKey& installed) {
  return model::comparable_name(wanted.subject) == model::comparable_name(installed.subject) &&
         installed.not_before == wanted.not_before && installed.not_after == wanted.not_after &&
         installed.key_bits == wanted.key_bits && installed.signature_algorithm == wanted.signature_algorithm;
}

Match match(const Planner& planner, const Certificate& wanted, const InstalledCertKey& installed) {
  const std::string our_name = model::intermediate_name(wanted.sha256);
  const bool same_issue =
      installed.serial == wanted.serial && model::same_issue(wanted, installed.serial, installed.issuer);
  if (installed.name == our_name) return same_issue ? Match::Same : Match::Different;
  if (!same_issue) return Match::None;
  if (installed.name.starts_with(model::kIntermediatePrefix)) return Match::Different;
  const auto digest = planner.seen.foreign_digests.find(installed.name);
  if (digest != planner.seen.foreign_digests.end() && !digest->second.empty()) {
    return digest->second == wanted.sha256 ? Match::Same : Match::Different;
  }
  return looks_same(wanted, installed) ? Match::LooksSame : Match::Different;
}

bool ours_to_change(const Planner& planner, const std::string& name) {
  const auto installed = planner.seen.certkeys.find(name);
  if (installed == planner.seen.certkeys.end()) return true;
  const auto mark = our_mark(planner, installed->second);
  return mark && mark->shared() && name.starts_with(model::kIntermediatePrefix);
}

// An installed one keeps its file, which may carry a former owner's mark.
std::string file_of(const Planner& planner, const Certificate& intermediate, const InstalledCertKey* installed) {
  const auto mark = installed == nullptr ? std::nullopt : our_mark(planner, *installed);
  if (mark && mark->shared() && mark->content == model::content_mark(intermediate.sha256)) return installed->cert_file;
  return model::file_name({planner.wanted.owner.mark, std::string(model::kSharedResource),
                           model::content_mark(intermediate.sha256), model::FileKind::Certificate});
}

void plan_intermediate(Planner& planner, const std::string& name, const CertificatePtr& intermediate) {
  const auto installed = planner.seen.certkeys.find(name);
  if (installed != planner.seen.certkeys.end() && !ours_to_change(planner, name)) return;
  if (!planner.wanted_intermediates.insert(name).second) return;
  const bool there = installed != planner.seen.certkeys.end();
  const std::string file = file_of(planner, *intermediate, there ? &installed->second : nullptr);
  planner.upload(file, pem_bytes(*intermediate), {UploadCertificate{file, intermediate}, name, {}, {}});
  planner.outlook.use(file);
  if (there) return;
  planner.intermediates.push_back({AddCertKey{name, file, "", true, 30}, name, {}, {}});
  planner.outlook.certkeys.insert(name);
}

// Installed certkeys that may be this intermediate: those with its serial, and the one with the name we would give it.
std::vector<const InstalledCertKey*> candidates(const Planner& planner, const Certificate& intermediate) {
  std::vector<const InstalledCertKey*> found;
  if (const auto alike = planner.by_serial.find(intermediate.serial); alike != planner.by_serial.end())
    found = alike->second;
  const auto named = planner.seen.certkeys.find(model::intermediate_name(intermediate.sha256));
  if (named != planner.seen.certkeys.end()) found.push_back(&named->second);
  return found;
}

// The certkey to use for `intermediate`, planned if it is new; empty with a problem said when it cannot be had.
std::string place(Planner& planner, const WantedCertKey& leaf, const CertificatePtr& intermediate) {
  for (const auto* candidate : candidates(planner, *intermediate)) {
    const auto& installed = *candidate;
    const std::string& name = installed.name;
    switch (match(planner, *intermediate, installed)) {
      case Match::None:
        continue;
      case Match::Different:
        planner.problem(leaf, ErrorKind::Conflict, Reason::IntermediateConflict,
                        "certkey " + name + " has the issuer and serial of the intermediate '" + intermediate->subject +
                            "' and is another certificate; find out which of the two is genuine");
        return "";
      case Match::LooksSame:
        planner.notice(leaf, "IntermediateAssumed",
                       "certkey " + name + " is taken for the intermediate '" + intermediate->subject +
                           "' by subject, issuer, serial, dates, key size and signature: its file cannot be read");
        [[fallthrough]];
      case Match::Same:
        plan_intermediate(planner, name, intermediate);
        return name;
    }
  }
  std::string name = model::intermediate_name(intermediate->sha256);
  plan_intermediate(planner, name, intermediate);
  return name;
}

// Links certkey `name` to `issuer`, if it is ours to link. The first leaf's wish stands: cross-signed twins can give
// one intermediate two issuers, and it can have one link only.
void plan_upward(Planner& planner, const WantedCertKey& leaf, const std::string& name, const std::string& issuer) {
  const auto linked = planner.outlook.links.find(name);
  if (linked != planner.outlook.links.end() && linked->second == issuer) return;
  if (!ours_to_change(planner, name)) {
    planner.notice(leaf, "ChainIncomplete",
                   "certkey " + name + " is not ours, so it is not linked to " + issuer + "; link it by hand", true);
    return;
  }
  if (linked != planner.outlook.links.end()) {
    if (planner.wanted_links.count({name, linked->second}) != 0) {
      planner.notice(leaf, "ChainShared",
                     "certkey " + name + " stays linked to " + linked->second + ", as another certificate needs it",
                     true);
      return;
    }
    planner.intermediates.push_back({Unlink{name}, name, {}, {}});
  }
  planner.intermediates.push_back({Link{name, issuer}, name, {}, {}});
  planner.outlook.links[name] = issuer;
}

}  // namespace

std::optional<std::string> plan_chain(Planner& planner, const WantedCertKey& certkey) {
  if (certkey.sync->spec.chain == model::ChainPolicy::Omit) return std::string();
  std::vector<std::string> names;
  for (const auto& intermediate : certkey.chain->intermediates) {
    std::string name = place(planner, certkey, intermediate);
    if (name.empty()) break;
    names.push_back(std::move(name));
  }
  for (std::size_t i = 0; i + 1 < names.size(); ++i)
    plan_upward(planner, certkey, names[i], names[i + 1]);
  if (!names.empty()) return names.front();
  return certkey.chain->intermediates.empty() ? std::optional<std::string>("") : std::nullopt;
}

std::vector<std::string> foreign_candidates(const Wanted& wanted, const model::ApplianceState& seen) {
  std::map<std::string, std::vector<const Certificate*>> by_serial;
  for (const auto& certkey : wanted.certkeys) {
    for (const auto& intermediate : certkey.chain->intermediates)
      by_serial[intermediate->serial].push_back(intermediate.get());
  }
  std::vector<std::string> names;
  for (const auto& [name, installed] : seen.certkeys) {
    const auto found = by_serial.find(installed.serial);
    if (found == by_serial.end() || name.starts_with(model::kIntermediatePrefix)) continue;
    const bool same =
        std::any_of(found->second.begin(), found->second.end(), [&installed = installed](const Certificate* one) {
          return model::same_issue(*one, installed.serial, installed.issuer);
        });
    if (same) names.push_back(name);
  }
  return names;
}

}  // namespace certsync::plan
