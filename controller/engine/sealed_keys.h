// The keys that one pass encrypted: what each is called on the appliance, and its passphrase until the add or update of
// its certkey has sent it. A passphrase is kept nowhere else, so a key whose certkey did not take it is of no use.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/entropy.h"
#include "base/result.h"
#include "base/secret.h"
#include "model/appliance_state.h"
#include "plan/step.h"

namespace certsync::engine {

/// seal() is thread-safe.
class SealedKeys {
 public:
  explicit SealedKeys(Entropy& entropy) : entropy_(entropy) {}

  /// The encrypted form of `key`, and its name in `upload`.
  Result<SecretBytes> seal(plan::UploadKey& upload, const std::string& group, const SecretBytes& key);
  /// The passphrase of the group's key, once, and its name in `key_file`. Error Retry when there is none.
  Result<SecretBytes> open(std::string& key_file, const std::string& group);

  /// Steps that delete what lies on the appliance and no certkey took.
  std::vector<plan::Step> abandoned(const std::vector<plan::Step>& done, const model::ApplianceState& seen) const;

 private:
  struct Key {
    std::string file;
    SecretBytes passphrase;
  };
  Entropy& entropy_;
  std::mutex mutex_;
  std::map<std::string, Key> by_group_;
  std::set<std::string> sealed_;
};

}  // namespace certsync::engine
