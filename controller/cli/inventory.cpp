#include "cli/inventory.h"

#include <algorithm>
#include <map>
#include <set>

#include "model/certificate.h"
#include "model/naming.h"
#include "plan/grants.h"

namespace certsync::cli {
namespace {

constexpr std::size_t kLongestChain = 16;

std::string common_name_of(const std::string& subject) {
  for (const char* key : {"CN=", "cn="}) {
    const auto start = subject.rfind(key);
    if (start == std::string::npos) continue;
    const auto end = subject.find_first_of(",/", start);
    return subject.substr(start + 3, end == std::string::npos ? end : end - start - 3);
  }
  return "";
}

std::string key_word(const std::string& public_key) {
  if (public_key.find("rsa") != std::string::npos) return "RSA";
  if (public_key.find("ec") != std::string::npos) return "ECDSA";
  return public_key;
}

bool same_name(const std::string& left, const std::string& right) {
  return model::comparable_name(left) == model::comparable_name(right);
}

bool has_issued(const model::ApplianceState& state, const model::InstalledCertKey& certkey) {
  return std::any_of(state.certkeys.begin(), state.certkeys.end(), [&](const auto& entry) {
    return entry.second.name != certkey.name && same_name(entry.second.issuer, certkey.subject);
  });
}

// Follows the links, and says where they end too soon.
void describe_chain(const model::ApplianceState& state, const model::InstalledCertKey& certkey, CertKeyRow& row) {
  const model::InstalledCertKey* last = &certkey;
  while (!last->link.empty() && row.links.size() < kLongestChain) {
    row.links.push_back(last->link);
    const auto next = state.certkeys.find(last->link);
    if (next == state.certkeys.end()) break;
    last = &next->second;
  }
  if (same_name(last->subject, last->issuer)) {
    row.chain_complete = true;
    return;
  }
  const auto issuer = std::find_if(state.certkeys.begin(), state.certkeys.end(), [&](const auto& entry) {
    return entry.second.name != last->name && same_name(entry.second.subject, last->issuer);
  });
  if (issuer != state.certkeys.end()) {
    row.chain_missing = "not linked to " + issuer->first;
  } else if (row.links.empty() && !has_issued(state, certkey)) {
    row.chain_missing = "no certificate of " + last->issuer;
  } else {
    // Its issuer is the root, as a rule, which is not sent.
    row.chain_complete = true;
  }
}

Served served_by(const ports::ProbeResult& result, const model::InstalledCertKey& certkey) {
  if (!result.reached) return Served::Unreachable;
  const bool same = result.leaf != nullptr && model::same_issue(*result.leaf, certkey.serial, certkey.issuer);
  return same ? Served::Yes : Served::No;
}

CertKeyRow row_of(const Look& look, const model::InstalledCertKey& certkey, const std::optional<model::Owner>& owner,
                  TimePoint now) {
  CertKeyRow row;
  row.name = certkey.name;
  row.subject = certkey.subject;
  row.common_name = common_name_of(certkey.subject);
  row.issuer = certkey.issuer;
  row.serial = certkey.serial;
  row.dns_names = certkey.dns_names;
  row.dns_names_from = row.dns_names.empty() ? "" : "appliance";
  row.not_before = certkey.not_before;
  row.not_after = certkey.not_after;
  if (certkey.not_after)
    row.days_left = static_cast<long>(std::chrono::floor<std::chrono::days>(*certkey.not_after - now).count());
  row.key_type = key_word(certkey.public_key);
  row.key_bits = certkey.key_bits;
  row.signature = certkey.signature_algorithm;
  describe_chain(look.state, certkey, row);
  if (certkey.name.starts_with("ns-")) row.maker = Maker::NetScaler;
  if (const auto mark = model::parse_file_name(certkey.cert_file)) {
    row.owner = mark->owner;
    row.maker = !owner                         ? Maker::SomeInstallation
                : owner->includes(mark->owner) ? Maker::Ours
                                               : Maker::OtherInstallation;
  }
  if (const auto names = look.names_from_files.find(certkey.name);
      row.dns_names.empty() && names != look.names_from_files.end()) {
    row.dns_names = names->second;
    row.dns_names_from = row.dns_names.empty() ? "" : "file";
  }
  return row;
}

void add_endpoints(const Look& look, std::map<std::string, CertKeyRow*>& rows) {
  for (const auto& seen : look.endpoints) {
    const auto row = rows.find(seen.certkey);
    const auto certkey = look.state.certkeys.find(seen.certkey);
    if (row == rows.end() || certkey == look.state.certkeys.end()) continue;
    const Served served = served_by(seen.result, certkey->second);
    row->second->served.push_back({seen.virtual_server, seen.endpoint, served, seen.result.failure});
    if (served == Served::Yes && row->second->dns_names.empty() && !seen.result.leaf->dns_names.empty()) {
      row->second->dns_names = seen.result.leaf->dns_names;
      row->second->dns_names_from = "endpoint";
    }
  }
}

ApplianceRow appliance_of(const Look& look, const std::optional<model::Owner>& owner, TimePoint now) {
  ApplianceRow appliance;
  appliance.name = look.appliance;
  appliance.address = look.address;
  appliance.reachable = !look.error;
  if (look.error) {
    appliance.reason = to_text(look.error->reason);
    appliance.message = look.error->message;
    return appliance;
  }
  appliance.endpoint = look.state.ha.endpoint;
  appliance.version = look.state.version;
  appliance.ha_state = look.state.ha.state;
  for (const auto& [name, certkey] : look.state.certkeys)
    appliance.certkeys.push_back(row_of(look, certkey, owner, now));
  std::map<std::string, CertKeyRow*> rows;
  for (auto& row : appliance.certkeys)
    rows[row.name] = &row;
  for (const auto& binding : look.state.bindings) {
    const auto row = rows.find(binding.certkey);
    if (row != rows.end())
      row->second->bound.push_back({binding.target, binding.ca ? "ca" : binding.sni ? "sni" : "default"});
  }
  add_endpoints(look, rows);
  return appliance;
}

// The same serial of the same issuer is the same certificate.
void find_twins(Inventory& inventory) {
  std::map<std::pair<std::string, std::string>, std::vector<std::pair<std::string, CertKeyRow*>>> issues;
  for (auto& appliance : inventory.appliances) {
    for (auto& row : appliance.certkeys) {
      if (row.serial.empty()) continue;
      issues[{row.serial, model::comparable_name(row.issuer)}].emplace_back(appliance.name + "/" + row.name, &row);
    }
  }
  for (const auto& [issue, rows] : issues) {
    for (const auto& [name, row] : rows) {
      for (const auto& [other, twin] : rows) {
        if (row != twin) row->same_as.push_back(other);
      }
    }
  }
}

bool passes(const CertKeyRow& row, const Filter& filter, TimePoint now) {
  if (row.maker == Maker::NetScaler && !filter.built_in) return false;
  if (filter.unbound && !row.bound.empty()) return false;
  if (filter.managed && row.managed() != *filter.managed) return false;
  if (!filter.name.empty() && !plan::glob_matches(filter.name, row.name)) return false;
  return !filter.expiring_within || (row.not_after && *row.not_after - now <= *filter.expiring_within);
}

}  // namespace

std::string_view to_text(Served served) {
  switch (served) {
    case Served::Yes:
      return "yes";
    case Served::No:
      return "no";
    case Served::Unreachable:
      return "unreachable";
    case Served::NotLooked:
      break;
  }
  return "-";
}

Served CertKeyRow::served_at_all() const {
  // The worst of them, since that is what somebody sees.
  Served all = Served::NotLooked;
  for (const auto& one : served) {
    if (one.served == Served::No) return Served::No;
    if (all == Served::NotLooked || one.served == Served::Unreachable) all = one.served;
  }
  return all;
}

bool Inventory::complete() const {
  return std::all_of(appliances.begin(), appliances.end(), [](const auto& one) { return one.reachable; });
}

std::size_t Inventory::certkeys() const {
  std::size_t count = 0;
  for (const auto& appliance : appliances)
    count += appliance.certkeys.size();
  return count;
}

Inventory take_inventory(const std::vector<Look>& looks, const std::optional<model::Owner>& owner, TimePoint now) {
  Inventory inventory;
  for (const auto& look : looks)
    inventory.appliances.push_back(appliance_of(look, owner, now));
  find_twins(inventory);
  return inventory;
}

Inventory filtered(Inventory inventory, const Filter& filter, TimePoint now) {
  for (auto& appliance : inventory.appliances)
    std::erase_if(appliance.certkeys, [&](const CertKeyRow& row) { return !passes(row, filter, now); });
  return inventory;
}

void sort(Inventory& inventory, Sort by) {
  for (auto& appliance : inventory.appliances) {
    std::stable_sort(appliance.certkeys.begin(), appliance.certkeys.end(), [&](const auto& left, const auto& right) {
      if (by == Sort::Name) return left.name < right.name;
      return left.not_after.value_or(TimePoint::max()) < right.not_after.value_or(TimePoint::max());
    });
  }
}

}  // namespace certsync::cli
