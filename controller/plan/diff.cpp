#include "plan/diff.h"

#include <algorithm>

#include "base/time_text.h"
#include "plan/planner.h"

namespace certsync::plan {
namespace {

using model::InstalledCertKey;

Outlook outlook_of(const model::ApplianceState& seen) {
  Outlook outlook;
  for (const auto& [name, certkey] : seen.certkeys) {
    outlook.certkeys.insert(name);
    if (!certkey.link.empty()) outlook.links[name] = certkey.link;
    outlook.use(certkey.cert_file);
    outlook.use(certkey.key_file);
  }
  outlook.bindings = seen.bindings;
  return outlook;
}

std::vector<std::string> bound_to(const Planner& planner, const std::string& certkey) {
  std::set<std::string> names;
  for (const auto& binding : planner.outlook.bindings) {
    if (binding.certkey == certkey && !binding.ca) names.insert(to_text(binding.target));
  }
  return {names.begin(), names.end()};
}

void plan_monitor(Planner& planner, const WantedCertKey& wanted, const InstalledCertKey& installed) {
  const auto& spec = wanted.sync->spec.certkey;
  // Builds that do not report the setting are left alone: writing it on every pass would never converge.
  if (!installed.expiry_monitor) return;
  const bool same = *installed.expiry_monitor == spec.expiry_monitor &&
                    (!spec.expiry_monitor || !installed.notification_period_days ||
                     *installed.notification_period_days == spec.notification_period_days);
  if (same) return;
  planner.changes.push_back(
      {SetMonitor{wanted.name, spec.expiry_monitor, spec.notification_period_days}, wanted.name, wanted.ref(), {}});
}

// An encrypted key goes with the add or update that brings its passphrase. One that lies there already is of no use:
// who uploaded it died with the passphrase.
void plan_key(Planner& planner, const WantedCertKey& wanted, bool loaded) {
  if (wanted.key_file.empty()) return;
  Step step{UploadKey{wanted.key_file, wanted.secret, wanted.chain->leaf, wanted.encrypted_key},
            wanted.name,
            wanted.ref(),
            {}};
  if (!wanted.encrypted_key) {
    planner.upload(wanted.key_file, wanted.chain->key_file_bytes, std::move(step));
  } else if (loaded) {
    planner.uploads.push_back(std::move(step));
  }
}

/// `loaded`: an add or update of these files follows.
void plan_upload(Planner& planner, const WantedCertKey& wanted, bool loaded) {
  const auto& leaf = wanted.chain->leaf;
  planner.upload(wanted.cert_file, pem_bytes(*leaf),
                 {UploadCertificate{wanted.cert_file, leaf}, wanted.name, wanted.ref(), {}});
  plan_key(planner, wanted, loaded);
}

void use_files(Planner& planner, const WantedCertKey& wanted, const InstalledCertKey* before) {
  if (before != nullptr) {
    planner.outlook.release(before->cert_file);
    planner.outlook.release(before->key_file);
  }
  planner.outlook.use(wanted.cert_file);
  // An encrypted key will have a name that no file has yet.
  if (!wanted.encrypted_key) planner.outlook.use(wanted.key_file);
  planner.outlook.certkeys.insert(wanted.name);
}

void unlink(Planner& planner, const WantedCertKey& wanted) {
  planner.changes.push_back({Unlink{wanted.name}, wanted.name, wanted.ref(), {}});
  planner.outlook.links.erase(wanted.name);
}

void link(Planner& planner, const WantedCertKey& wanted, const std::string& issuer) {
  planner.changes.push_back({Link{wanted.name, issuer}, wanted.name, wanted.ref(), {}});
  planner.outlook.links[wanted.name] = issuer;
}

void plan_new(Planner& planner, const WantedCertKey& wanted) {
  const auto& spec = wanted.sync->spec.certkey;
  const std::string issuer = plan_chain(planner, wanted).value_or("");
  plan_upload(planner, wanted, true);
  planner.changes.push_back({AddCertKey{wanted.name, wanted.cert_file, wanted.key_file, spec.expiry_monitor,
                                        spec.notification_period_days, wanted.fips_key(), wanted.encrypted_key},
                             wanted.name,
                             wanted.ref(),
                             {}});
  use_files(planner, wanted, nullptr);
  if (!issuer.empty()) link(planner, wanted, issuer);
}

void note_older(Planner& planner, const WantedCertKey& wanted, const InstalledCertKey& installed) {
  const auto& leaf = *wanted.chain->leaf;
  if (!installed.not_after || leaf.not_after >= *installed.not_after) return;
  planner.notice(wanted, "OlderCertificate",
                 wanted.name + ": the Secret's certificate ends on " + to_rfc3339(leaf.not_after) +
                     ", before the installed one on " + to_rfc3339(*installed.not_after),
                 true);
}

// The Secret is the truth, so this is no error; but whoever used the old names will miss them.
void note_lost_names(Planner& planner, const WantedCertKey& wanted, const InstalledCertKey& installed) {
  const auto& kept = wanted.chain->leaf->dns_names;
  std::string lost;
  for (const auto& name : installed.dns_names) {
    if (std::find(kept.begin(), kept.end(), name) == kept.end()) lost += (lost.empty() ? "" : ", ") + name;
  }
  if (!lost.empty())
    planner.notice(wanted, "DomainsRemoved", wanted.name + ": the new certificate no longer names " + lost, true);
}

// An encrypted key of this resource, which has another name each time. That it belongs to the certificate beside it the
// appliance saw to when it took both. One whose file is gone would be missed at the next reboot, and cannot be sent
// again as it was.
bool has_encrypted_key(const Planner& planner, const InstalledCertKey& installed, const WantedCertKey& wanted) {
  const auto mark = model::parse_file_name(installed.key_file);
  return mark && planner.wanted.owner.includes(mark->owner) && mark->resource == model::resource_mark(wanted.ref()) &&
         mark->kind == model::FileKind::Key && mark->content != model::content_mark(wanted.chain->leaf->sha256) &&
         planner.seen.files.count(installed.key_file) != 0;
}

bool has_key(const Planner& planner, const InstalledCertKey& installed, const WantedCertKey& wanted) {
  if (wanted.encrypted_key) return has_encrypted_key(planner, installed, wanted);
  // Builds that do not show which FIPS key a certkey has are believed: to update it each time would never converge.
  const bool same_fips_key = installed.fips_key.empty() || installed.fips_key == wanted.fips_key();
  return installed.key_file == wanted.key_file && same_fips_key;
}

// False: the certkey must stay as it is, for a reason that has been said.
bool plan_existing(Planner& planner, const WantedCertKey& wanted, const InstalledCertKey& installed) {
  const bool same_files = installed.cert_file == wanted.cert_file && has_key(planner, installed, wanted);
  const bool same_content = installed.serial == wanted.chain->leaf->serial;
  const bool update = !same_files || !same_content;
  if (update && !update_keeps_bindings(planner, wanted)) return false;

  const auto chain = plan_chain(planner, wanted);
  const std::string issuer = chain.value_or("");
  // Without a chain of ours, a link that a person made stays; one of ours goes.
  const bool ours = installed.link.starts_with(model::kIntermediatePrefix);
  // A link that does not fit the new issuer is broken by the update anyway (1587).
  const bool other_issuer =
      update && model::comparable_name(installed.issuer) != model::comparable_name(wanted.chain->leaf->issuer);
  const bool stale = !installed.link.empty() && installed.link != issuer;
  const bool relink = chain && stale && (!issuer.empty() || ours || other_issuer);
  // Also when nothing is updated: a file that somebody removed would be missed at the next reboot.
  plan_upload(planner, wanted, update);
  if (relink) unlink(planner, wanted);
  if (update) {
    note_older(planner, wanted, installed);
    note_lost_names(planner, wanted, installed);
    planner.changes.push_back({UpdateCertKey{wanted.name, wanted.cert_file, wanted.key_file,
                                             wanted.sync->spec.domain_check, wanted.fips_key(), wanted.encrypted_key},
                               wanted.name, wanted.ref(), bound_to(planner, wanted.name)});
    use_files(planner, wanted, &installed);
  }
  if (!issuer.empty() && installed.link != issuer) link(planner, wanted, issuer);
  plan_monitor(planner, wanted, installed);
  return true;
}

void note_links(Planner& planner, const WantedCertKey& certkey) {
  if (certkey.sync->spec.chain == model::ChainPolicy::Omit) return;
  const auto& chain = certkey.chain->intermediates;
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    planner.wanted_links.emplace(model::intermediate_name(chain[i]->sha256),
                                 model::intermediate_name(chain[i + 1]->sha256));
  }
}

// What a held certkey has, or will need, is not cleared away.
void keep(Planner& planner, const WantedCertKey& certkey) {
  planner.troubled_marks.insert(model::resource_mark(certkey.ref()));
  for (const auto& intermediate : certkey.chain->intermediates)
    planner.wanted_intermediates.insert(model::intermediate_name(intermediate->sha256));
}

void append(std::vector<Step>& to, std::vector<Step>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

bool loads_files(const Step& step) {
  return std::holds_alternative<AddCertKey>(step.action) || std::holds_alternative<UpdateCertKey>(step.action);
}

}  // namespace

void Planner::problem(const WantedCertKey& certkey, ErrorKind kind, Reason reason, std::string message) {
  plan.problems.push_back({certkey.ref(), certkey.name, {kind, reason, std::move(message)}});
  troubled_marks.insert(model::resource_mark(certkey.ref()));
}

void Planner::notice(const WantedCertKey& certkey, std::string reason, std::string note, bool warning) {
  if (certkey.held) return;
  plan.notices.push_back({certkey.ref(), std::move(reason), std::move(note), warning});
}

void Planner::upload(const std::string& file, std::size_t bytes, Step step) {
  const auto there = seen.files.find(file);
  if (there != seen.files.end()) {
    // One that a certkey uses is left alone whatever its size: its name says what is in it.
    if (bytes == 0 || there->second == static_cast<std::int64_t>(bytes) || outlook.uses(file)) return;
    uploads.push_back({DeleteFile{file}, step.group, step.sync, {}});
  }
  uploads.push_back(std::move(step));
}

std::optional<model::FileMark> our_mark(const Planner& planner, const InstalledCertKey& certkey) {
  auto mark = model::parse_file_name(certkey.cert_file);
  if (!mark || !planner.wanted.owner.includes(mark->owner)) return std::nullopt;
  return mark;
}

Permit permit_of(const Planner& planner, const WantedCertKey& wanted) {
  return {planner.wanted.access, wanted.ref().space};
}

bool is_of_other_installation(const Planner& planner, const InstalledCertKey& certkey) {
  const auto mark = model::parse_file_name(certkey.cert_file);
  return mark && !planner.wanted.owner.includes(mark->owner);
}

bool is_built_in(const InstalledCertKey& certkey) {
  return certkey.name.starts_with("ns-");
}

bool is_version_of(const std::string& certkey, const WantedCertKey& wanted) {
  return model::is_version_name(certkey, wanted.asked, wanted.sync->spec.certkey.max_name_length);
}

model::KeyType key_type(const InstalledCertKey& certkey) {
  if (certkey.public_key.find("rsa") != std::string::npos) return model::KeyType::Rsa;
  if (certkey.public_key.find("ec") != std::string::npos) return model::KeyType::Ecdsa;
  return model::KeyType::Other;
}

std::string common_name(const InstalledCertKey& certkey) {
  const std::string parts = model::comparable_name(certkey.subject);
  const auto start = parts.starts_with("cn=") ? 0 : parts.find("\ncn=");
  if (start == std::string::npos) return "";
  const auto value = parts.find("cn=", start) + 3;
  return parts.substr(value, parts.find('\n', value) - value);
}

Plan diff(const Wanted& wanted, const model::ApplianceState& seen) {
  Planner planner{wanted, seen, {}, {}, {}, {}, outlook_of(seen), {}, {}, {}, {}, {}, {}};
  for (const auto& [name, certkey] : seen.certkeys) {
    planner.by_serial[certkey.serial].push_back(&certkey);
    const auto mark = our_mark(planner, certkey);
    if (mark && !mark->shared()) planner.by_resource[mark->resource].push_back(&certkey);
  }
  planner.plan.problems = wanted.problems;
  planner.plan.notices = wanted.notices;
  for (const auto& problem : wanted.problems)
    planner.troubled_marks.insert(model::resource_mark(problem.sync));

  planner.plan.certkeys = settle_claims(planner);
  for (const auto& certkey : planner.plan.certkeys) {
    planner.by_name[certkey.name] = &certkey;
    note_links(planner, certkey);
  }
  for (const auto& certkey : planner.plan.certkeys) {
    if (certkey.held) {
      keep(planner, certkey);
      plan_additions(planner, certkey);
      continue;
    }
    const auto installed = seen.certkeys.find(certkey.name);
    if (installed == seen.certkeys.end()) {
      plan_new(planner, certkey);
    } else if (!plan_existing(planner, certkey, installed->second)) {
      continue;
    }
    plan_bindings(planner, certkey);
  }
  for (const auto& certkey : planner.plan.certkeys) {
    if (!certkey.held) plan_unbinds(planner, certkey);
  }
  for (const auto& certkey : planner.plan.certkeys) {
    if (!certkey.held) plan_versions(planner, certkey);
  }
  plan_removals(planner);
  plan_cleanup(planner);

  // Files that are there already may be those of a process that died before they reached the other node.
  const bool loads = std::any_of(planner.intermediates.begin(), planner.intermediates.end(), loads_files) ||
                     std::any_of(planner.changes.begin(), planner.changes.end(), loads_files);
  planner.plan.steps = std::move(planner.uploads);
  if (loads && seen.ha.pair) planner.plan.steps.push_back({SyncFiles{}, "", {}, {}});
  append(planner.plan.steps, planner.intermediates);
  append(planner.plan.steps, planner.changes);
  return std::move(planner.plan);
}

}  // namespace certsync::plan
