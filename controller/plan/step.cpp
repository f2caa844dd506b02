#include "plan/step.h"

#include "base/overloaded.h"

namespace certsync::plan {
namespace {

std::string with_fips_key(const std::string& name) {
  return name.empty() ? "" : " with FIPS key " + name;
}

std::string details(const Action& action) {
  return std::visit(Overloaded{
                        [](const UploadKey& a) { return std::string(a.encrypted ? ", encrypted" : ""); },
                        [](const AddCertKey& a) { return " from " + a.cert_file + with_fips_key(a.fips_key); },
                        [](const UpdateCertKey& a) { return " from " + a.cert_file + with_fips_key(a.fips_key); },
                        [](const SetMonitor& a) {
                          return a.expiry_monitor ? " on, " + std::to_string(a.notification_period_days) + " days"
                                                  : std::string(" off");
                        },
                        [](const auto&) { return std::string(); },
                    },
                    action);
}

}  // namespace

Words words(const Action& action) {
  using R = Words;
  return std::visit(Overloaded{
                        [](const UploadCertificate& a) {
                          return R{"upload", "file " + a.file};
                        },
                        [](const UploadKey& a) {
                          return R{"upload", "file " + a.file};
                        },
                        [](const DeleteFile& a) {
                          return R{"delete", "file " + a.file};
                        },
                        [](const SyncFiles&) {
                          return R{"sync", "files to the other node"};
                        },
                        [](const AddCertKey& a) {
                          return R{"add", "certkey " + a.certkey};
                        },
                        [](const UpdateCertKey& a) {
                          return R{"update", "certkey " + a.certkey};
                        },
                        [](const SetMonitor& a) {
                          return R{"set", "expiry monitor of " + a.certkey};
                        },
                        [](const Link& a) {
                          return R{"link", "certkey " + a.certkey + " to " + a.issuer};
                        },
                        [](const Unlink& a) {
                          return R{"unlink", "certkey " + a.certkey};
                        },
                        [](const Bind& a) {
                          return R{"bind", "certkey " + a.certkey + " to " + to_text(a.target) + " as " +
                                               std::string(to_text(a.role))};
                        },
                        [](const Unbind& a) {
                          return R{"unbind", "certkey " + a.certkey + " from " + to_text(a.target) + " as " +
                                                 std::string(to_text(a.role))};
                        },
                        [](const EnableSni& a) {
                          return R{"enable", "SNI on " + a.virtual_server +
                                                 (a.profile.empty() ? "" : " in SSL profile " + a.profile)};
                        },
                        [](const DeleteCertKey& a) {
                          return R{"delete", "certkey " + a.certkey};
                        },
                    },
                    action);
}

std::string to_text(const Step& step) {
  const auto [verb, object] = words(step.action);
  std::string text = std::string(verb) + " " + object + details(step.action);
  if (step.disturbs.empty()) return text;
  text += " (disturbs ";
  for (const auto& virtual_server : step.disturbs)
    text += virtual_server + ", ";
  text.resize(text.size() - 2);
  return text + ")";
}

std::string to_text(const std::vector<Step>& steps) {
  std::string text;
  for (const auto& step : steps)
    text += to_text(step) + "\n";
  return text;
}

bool changes_configuration(const Action& action) {
  return !std::holds_alternative<UploadCertificate>(action) && !std::holds_alternative<UploadKey>(action) &&
         !std::holds_alternative<DeleteFile>(action) && !std::holds_alternative<SyncFiles>(action);
}

}  // namespace certsync::plan
