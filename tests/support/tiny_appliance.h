// An appliance small enough to be read in one go, for tests of plans: it does each step of a plan to an ApplianceState
// and refuses what NetScaler refuses. It speaks no NITRO; tests/sim does.
#pragma once

#include <map>
#include <string>

#include "model/appliance_state.h"
#include "model/certificate.h"
#include "plan/step.h"

namespace support {

/// Bytes of a key file: all keys of these tests are alike.
inline constexpr std::size_t kKeyBytes = 1704;

/// Not thread-safe.
class TinyAppliance {
 public:
  /// Empty when done, else why the appliance refuses.
  std::string apply(const certsync::plan::Step& step);

  /// As a person would: a certkey from files of its own.
  void install(const std::string& certkey, const certsync::model::CertificatePtr& certificate,
               const std::string& cert_file, const std::string& key_file);
  void add_file(const std::string& file, const certsync::model::CertificatePtr& certificate, std::size_t bytes);

  certsync::model::ApplianceState state;
  /// Encrypted keys get names of their own, as a performer gives them: "sealed1" for the first. Empty for other files.
  std::string sealed_name(const std::string& file) const;
  /// The common name of what each certkey holds.
  std::string common_name(const std::string& certkey) const;

 private:
  struct Doer;

  bool loaded_elsewhere(const std::string& certkey, const certsync::model::Certificate& certificate) const;
  void load(const std::string& certkey, const std::string& cert_file, const std::string& key_file,
            const std::string& fips_key = "");

  std::string seal(const std::string& plain_name);

  std::map<std::string, certsync::model::CertificatePtr> contents_;
  /// The name that a plain key would have → that of the last encrypted one.
  std::map<std::string, std::string> sealed_;
  int times_sealed_ = 0;
  std::map<std::string, certsync::model::CertificatePtr> held_;
};

}  // namespace support
