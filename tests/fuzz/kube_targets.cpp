#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "fuzz/holds.h"
#include "fuzz/targets.h"
#include "kube/api.h"
#include "kube/exec_plugin.h"
#include "kube/header_text.h"
#include "kube/kubeconfig.h"
#include "kube/lease.h"
#include "kube/protobuf_frames.h"
#include "kube/watch_frames.h"

namespace fuzz {
namespace {

using namespace certsync;
using namespace certsync::kube;
using nlohmann::json;

using Lines = std::vector<std::string>;

Lines split(std::string_view bytes, std::size_t piece) {
  Lines lines;
  LineSplitter splitter;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const bool more = splitter.feed(bytes.substr(at, piece), [&](std::string_view line) {
      lines.emplace_back(line);
      return true;
    });
    must_hold(more && !splitter.too_long(), "a short stream is too long");
  }
  return lines;
}

int depth_of(const json& value) {
  int deepest = 0;
  for (const auto& inner : value)
    if (inner.is_structured()) deepest = std::max(deepest, depth_of(inner));
  return deepest + 1;
}

void must_be_filtered(const json& object, Keep keep) {
  must_hold(object.is_object() && depth_of(object) <= 100, "no object, or too deep a one");
  for (const auto* dropped : {"data", "stringData", "spec", "status"})
    must_hold(keep == Keep::Everything || !object.contains(dropped), std::string(dropped) + " was kept");
  resource_version_of(object);
  ends_initial_events(object);
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return;
  must_hold(!metadata->contains("managedFields"), "managedFields was kept");
  const auto annotations = metadata->find("annotations");
  if (annotations == metadata->end() || !annotations->is_object()) return;
  must_hold(!annotations->contains("kubectl.kubernetes.io/last-applied-configuration"), "an applied object was kept");
}

// The first byte: in which pieces the stream arrives.
void watch(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::size_t piece = static_cast<unsigned char>(bytes.front()) % 40 + 1;
  bytes.remove_prefix(1);
  const auto lines = split(bytes, piece);
  must_hold(lines == split(bytes, bytes.size() + 1), "lines depend on how they arrive");
  for (const auto& line : lines) {
    must_hold(!line.empty() && line.find('\n') == std::string::npos, "no line");
    for (const auto keep : {Keep::Everything, Keep::Metadata}) {
      const auto event = decode_watch_event(line, keep);
      if (event && event->first != WatchType::Error) must_be_filtered(event->second, keep);
    }
  }
}

std::vector<std::string> frames_of(std::string_view bytes, std::size_t piece) {
  FrameSplitter splitter;
  std::vector<std::string> frames;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    const bool more = splitter.feed(bytes.substr(0, piece), [&](std::string_view frame) {
      frames.emplace_back(frame);
      return true;
    });
    if (!more) break;
  }
  return frames;
}

// The same of the stream in protobuf.
void watch_frames(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::size_t piece = static_cast<unsigned char>(bytes.front()) % 40 + 1;
  bytes.remove_prefix(1);
  const auto frames = frames_of(bytes, piece);
  must_hold(frames == frames_of(bytes, bytes.size() + 1), "frames depend on how they arrive");
  for (const auto& frame : frames) {
    const auto event = decode_watch_frame(frame);
    if (!event) continue;
    must_hold(event->meta.annotations.empty(), "an annotation was kept");
    must_hold(event->type == WatchType::Error || event->status.empty(), "a status without an error");
  }
}

void list(std::string_view text) {
  for (const auto keep : {Keep::Everything, Keep::Metadata}) {
    decode_list(text, keep, [&](const json& item) { must_be_filtered(item, keep); });
    if (const auto object = decode_object(text, keep)) must_be_filtered(*object, keep);
  }
}

std::string kubeconfig_with_secrets() {
  return "users:\n- name: me\n  user: {token: \"" + std::string(kPlanted) + "\"}\n" +
         "contexts:\n- name: c\n  context: {cluster: c, user: me}\n" +
         "clusters:\n- name: c\n  cluster: {server: \"https://192.0.2.1\"}\n";
}

void kubeconfig(std::string_view bytes) {
  const std::string text(bytes);
  const auto own = kubeconfig_with_secrets();
  for (const auto& texts :
       {std::vector<std::pair<std::string, std::string>>{{"/etc/a", text}},
        {{"/etc/a", text}, {"/etc/b", own}},
        {{"/etc/a", "users:\n- {name: x, user: {token: \"" + std::string(kPlanted) + "\"}}\n" + text}}}) {
    for (const auto* context : {"", "c"}) {
      const auto access = read_kubeconfigs(texts, context);
      if (!access) {
        must_be_sound(access.error());
        const bool told = access.error().message.find(kPlanted) != std::string::npos;
        must_hold(!told || text.find(kPlanted) != std::string::npos, "an error tells a token");
        continue;
      }
      must_hold(access->server.starts_with("https://") || access->server.starts_with("http://"), "no server");
      must_hold(fits_header(access->token.reveal()) && fits_header(access->as_user) && fits_header(access->as_uid),
                "a token or name of several lines");
      for (const auto& group : access->as_groups)
        must_hold(fits_header(group), "a group of several lines");
      for (const auto& [key, value] : access->as_extra)
        must_hold(fits_header(value), "an extra of several lines");
    }
  }
}

// The first line is a Retry-After header, the rest the body of a failure.
void failure(std::string_view bytes) {
  const auto words = parts(bytes, 2);
  const TimePoint now(std::chrono::hours(24 * 365 * 55));
  if (const auto wait = parse_retry_after(words[0], now))
    must_hold(wait->count() >= 0 && *wait <= std::chrono::minutes(1), "a wait out of bounds");
  for (const int code : {200, 409, 429, 500}) {
    const auto error = decode_status(code, words[1]);
    must_hold(error.message.size() <= 1024, "a long message");
    must_hold(code == 200 || error.code == code, "another code");
    if (error.retry_after) must_hold(*error.retry_after <= std::chrono::minutes(1), "a wait out of bounds");
    must_hold(!to_text(error).empty() || code == 200, "an error without a text");
  }
}

void lease(std::string_view text) {
  const auto record = decode_lease(text);
  if (!record) return;
  must_hold(record->duration.count() >= 0 && record->duration <= std::chrono::hours(1), "a duration out of bounds");
  const auto again = decode_lease(encode_lease({"ns", "name"}, *record));
  must_hold(again.has_value(), "our own Lease is none");
  must_hold(again->holder == record->holder && again->transitions == record->transitions &&
                again->acquire_time == record->acquire_time && again->renew_time == record->renew_time &&
                again->resource_version == record->resource_version,
            "another Lease after writing and reading");
}

/// A credential plugin that wrote these bytes.
class Wrote final : public ProcessRunner {
 public:
  explicit Wrote(std::string_view output) : output_(output) {}
  ProcessResult run(const ProcessRequest&, std::stop_token) override {
    ProcessResult result;
    result.output = SecretBytes(std::string(output_));
    return result;
  }

 private:
  std::string_view output_;
};

void exec_credential(std::string_view output) {
  ClusterAccess access;
  access.server = "https://192.0.2.1";
  access.exec = ExecPlugin{};
  access.exec->command = "plugin";
  access.exec->api_version = "client.authentication.k8s.io/v1";
  Wrote runner(output);
  const auto credential = run_exec_plugin(runner, access, "", {});
  if (!credential) {
    must_be_sound(credential.error());
    must_hold(credential.error().message.find(kPlanted) == std::string::npos, "an error tells what the plugin wrote");
    return;
  }
  must_hold(!credential->token.empty() || credential->identity != nullptr, "a credential of nothing");
  must_hold(fits_header(credential->token.reveal()), "a token of several lines");
}

}  // namespace

std::vector<Target> kube_targets() {
  return {{"watch", run<watch>},
          {"watch_frames", run<watch_frames>},
          {"list", run<list>},
          {"kubeconfig", run<kubeconfig>},
          {"api_failure", run<failure>},
          {"lease", run<lease>},
          {"exec_credential", run<exec_credential>}};
}

}  // namespace fuzz
