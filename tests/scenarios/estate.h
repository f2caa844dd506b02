// Many certificates at once: n syncs named s0…, one virtual server each or none.
#pragma once

#include <string>
#include <vector>

#include "scenarios/world.h"

namespace scenarios {

struct Leaf {
  std::string certificate_pem;
  std::string key_pem;
};

/// `count` different certificates below one intermediate; the same key serves all, since making keys is what costs.
class Estate {
 public:
  explicit Estate(int count);
  const std::string& intermediate() const { return intermediate_.certificate_pem(); }
  /// A new certificate for number `index`.
  Leaf issue(int index) const;
  /// One manifest file with all Secrets, freshly issued.
  std::string secrets() const;
  /// One manifest file with all syncs; `virtual_servers` of them bind to vs0, vs1, ….
  std::string syncs(const std::string& appliance, int virtual_servers) const;

 private:
  int count_;
  support::Authority root_;
  support::Authority intermediate_;
  std::string key_;
};

}  // namespace scenarios
