// A ProcessRunner that starts nothing: answers as a test says, and keeps what it was asked.
#pragma once

#include <string>
#include <vector>

#include "kube/process.h"

namespace certsync::kube {

/// What is asked and answered outlives the runner, which Credentials owns.
struct Plugin {
  std::vector<ProcessRequest> asked;
  ProcessResult::End end = ProcessResult::End::Exited;
  int code = 0;
  std::string output;
  std::string complaint;

  /// Of the last request.
  std::string variable(const std::string& name) const {
    for (const auto& [key, value] : asked.back().environment) {
      if (key == name) return value;
    }
    return "";
  }
};

class FakeRunner final : public ProcessRunner {
 public:
  explicit FakeRunner(Plugin& plugin) : plugin_(plugin) {}
  ProcessResult run(const ProcessRequest& request, std::stop_token) override {
    plugin_.asked.push_back(request);
    return {plugin_.end, plugin_.code, SecretBytes(std::string(plugin_.output)), plugin_.complaint};
  }

 private:
  Plugin& plugin_;
};

/// The answer of a plugin with these members of status: "\"token\":\"t\"".
inline std::string exec_credential(const std::string& status, const std::string& version = "v1") {
  return R"({"apiVersion":"client.authentication.k8s.io/)" + version + R"(","kind":"ExecCredential","status":{)" +
         status + "}}";
}

}  // namespace certsync::kube
