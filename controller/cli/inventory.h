// What is on the appliances, one row a certkey: from looks to rows, filtered and sorted. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/look.h"

#include "base/clock.h"
#include "model/owner.h"

namespace certsync::cli {

enum class Served { Yes, No, Unreachable, NotLooked };
std::string_view to_text(Served served);

/// Who made a certkey. Some installation: nobody said which one is ours.
enum class Maker { Person, NetScaler, Ours, OtherInstallation, SomeInstallation };

struct BoundAt {
  model::Target target;
  /// "default", "sni" or "ca"
  std::string role;
};

struct ServedAt {
  std::string virtual_server;
  std::string endpoint;
  Served served = Served::NotLooked;
  /// Why it is unreachable.
  std::string message;
};

struct CertKeyRow {
  std::string name;
  std::string subject;
  std::string common_name;
  std::string issuer;
  std::string serial;
  std::vector<std::string> dns_names;
  /// "appliance", "file" or "endpoint"; empty where nobody tells them.
  std::string dns_names_from;
  std::optional<TimePoint> not_before;
  std::optional<TimePoint> not_after;
  /// Whole days, rounded down; negative when it has ended.
  std::optional<long> days_left;
  std::string key_type;
  int key_bits = 0;
  std::string signature;
  /// Certkeys that it is linked to, nearest first.
  std::vector<std::string> links;
  /// It ends at a certificate that signed itself, or at one that nothing on the appliance has signed and that is no
  /// leaf.
  bool chain_complete = false;
  /// What is missing, in words; empty when complete.
  std::string chain_missing;
  std::vector<BoundAt> bound;
  std::vector<ServedAt> served;
  /// The mark of the installation that made it; empty = a person.
  std::string owner;
  Maker maker = Maker::Person;
  /// "appliance/certkey" with the same certificate.
  std::vector<std::string> same_as;

  bool managed() const { return maker == Maker::Ours || maker == Maker::SomeInstallation; }
  /// Of all endpoints together.
  Served served_at_all() const;
};

struct ApplianceRow {
  std::string name;
  std::string address;
  bool reachable = false;
  std::string reason;
  std::string message;
  std::string endpoint;
  std::string version;
  std::string ha_state;
  std::vector<CertKeyRow> certkeys;
};

struct Inventory {
  std::vector<ApplianceRow> appliances;

  bool complete() const;
  std::size_t certkeys() const;
};

struct Filter {
  std::optional<std::chrono::milliseconds> expiring_within = {};
  bool unbound = false;
  std::optional<bool> managed = {};
  /// A glob; empty = all.
  std::string name = {};
  /// Certkeys that NetScaler brings (ns-…) are shown too.
  bool built_in = false;
};

enum class Sort { Name, Expiry };

/// `owner`: this installation, where it is known.
Inventory take_inventory(const std::vector<Look>& looks, const std::optional<model::Owner>& owner, TimePoint now);
Inventory filtered(Inventory inventory, const Filter& filter, TimePoint now);
/// Within each appliance.
void sort(Inventory& inventory, Sort by);

}  // namespace certsync::cli
