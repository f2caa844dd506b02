#include "cli/plan_text.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/overloaded.h"
#include "base/time_text.h"
#include "model/naming.h"
#include "model/place.h"
#include "nitro/wire.h"

namespace certsync::cli {
namespace {

using nlohmann::ordered_json;

std::string until(const std::optional<TimePoint>& time) {
  return time ? ", until " + to_rfc3339(*time).substr(0, 10) : "";
}

const plan::WantedCertKey* wanted(const plan::Step& step, const engine::PlanView& view) {
  const auto& certkeys = view.plan.certkeys;
  const auto found =
      std::find_if(certkeys.begin(), certkeys.end(), [&](const auto& certkey) { return certkey.name == step.group; });
  return found == certkeys.end() ? nullptr : &*found;
}

std::string of_update(const std::string& name, const plan::Step& step, const engine::PlanView& view) {
  const auto installed = view.seen.certkeys.find(name);
  if (installed == view.seen.certkeys.end()) return "";
  std::string text = "holds serial " + installed->second.serial + until(installed->second.not_after);
  if (const auto* certkey = wanted(step, view); certkey != nullptr && certkey->chain != nullptr) {
    const auto& leaf = *certkey->chain->leaf;
    text += "; the Secret has serial " + leaf.serial + until(leaf.not_after);
  }
  return text;
}

/// Of an upload: that of the add or update which needs it.
std::string of_group(const plan::Step& step, const engine::PlanView& view) {
  for (const auto& other : view.plan.steps) {
    if (other.group != step.group || &other == &step) continue;
    const bool needs = std::holds_alternative<plan::AddCertKey>(other.action) ||
                       std::holds_alternative<plan::UpdateCertKey>(other.action);
    if (needs) return "for certkey " + other.group + ", which " + reason_of(other, view);
  }
  return "for certkey " + step.group;
}

struct ShownStep {
  const plan::Step* step;
  const engine::Waits* waits;
};

/// In the order in which they would be done, the save among them as nothing.
std::vector<std::optional<ShownStep>> in_order(const engine::PlanView& view) {
  std::vector<std::optional<ShownStep>> shown;
  bool saves = false;
  const auto add = [&](const std::vector<plan::Step>& steps) {
    for (const auto& step : steps) {
      const auto waits = view.waits.find(step.group);
      const bool held = waits != view.waits.end();
      shown.emplace_back(ShownStep{&step, held ? &waits->second : nullptr});
      saves = saves || (!held && plan::changes_configuration(step.action));
    }
  };
  add(view.plan.steps);
  add(view.plan.cleanup);
  if (saves && view.appliance.spec.save_config != model::SaveConfig::Never) shown.emplace_back(std::nullopt);
  add(view.plan.retire);
  return shown;
}

std::string who(const plan::Step& step) {
  return step.sync.name.empty() ? "" : to_text(step.sync);
}

std::string cut_words(const plan::Step& step, const engine::PlanView& view) {
  std::string text;
  for (const auto& server : step.disturbs) {
    const auto address = view.seen.addresses.find(server);
    text += (text.empty() ? "" : ", ") + server +
            (address == view.seen.addresses.end() ? "" : " (" + address->second + ")");
  }
  return text;
}

std::string words_of(const plan::Problem& problem) {
  return "cannot be done for " + to_text(problem.sync) + ": " + std::string(to_text(problem.error.reason)) + ": " +
         problem.error.message + "\n";
}

std::string words_of(const AppliancePlan& one) {
  std::string text = one.name + "\n";
  if (!one.view) return text + "  cannot be looked at: " + one.reason + ": " + one.message + "\n";
  const auto& view = *one.view;
  for (const auto& entry : in_order(view)) {
    if (!entry) {
      text += "  save configuration\n";
      continue;
    }
    const auto& step = *entry->step;
    const auto [verb, object] = plan::words(step.action);
    text += "  " + std::string(verb) + " " + object + "\n";
    if (const auto why = reason_of(step, view); !why.empty()) text += "      why: " + why + "\n";
    if (!who(step).empty()) text += "      for: " + who(step) + "\n";
    if (!step.disturbs.empty()) text += "      cuts connections of: " + cut_words(step, view) + "\n";
    if (entry->waits != nullptr)
      text += "      waits: " + std::string(to_text(entry->waits->error.reason)) + ": " + entry->waits->error.message +
              "\n";
  }
  for (const auto& problem : view.plan.problems)
    text += "  " + words_of(problem);
  if (view.plan.empty() && view.plan.problems.empty()) text += "  nothing to do\n";
  return text;
}

// --- requests -------------------------------------------------------------------------------------------------------

std::string request_of(const plan::Step& step, const engine::PlanView& view) {
  const auto write =
      nitro::to_write(step.action, SecretBytes(), nitro::ssl_folder(model::partition_of(view.appliance.spec)));
  std::string body(write.body.reveal());
  // What a file holds is nobody's business on a screen.
  const std::string empty = "\"filecontent\":\"\"";
  if (const auto at = body.find(empty); at != std::string::npos)
    body.replace(at, empty.size(), "\"filecontent\":\"<base64>\"");
  return std::string(http::to_text(write.method)) + " /nitro/v1/config/" + write.resource +
         (body.empty() ? "" : " " + body);
}

std::string requests_of(const AppliancePlan& one) {
  std::string text = "# " + one.name + "\n";
  if (!one.view) return text + "# cannot be looked at: " + one.reason + ": " + one.message + "\n";
  for (const auto& entry : in_order(*one.view)) {
    if (!entry) {
      text += "POST /nitro/v1/config/nsconfig?action=save {\"nsconfig\":{}}\n";
      continue;
    }
    if (entry->waits != nullptr) text += "# waits, " + std::string(to_text(entry->waits->error.reason)) + ": ";
    text += request_of(*entry->step, *one.view) + "\n";
  }
  return text;
}

// --- JSON -----------------------------------------------------------------------------------------------------------

ordered_json to_json(const ShownStep& shown, const engine::PlanView& view) {
  const auto& step = *shown.step;
  const auto [verb, object] = plan::words(step.action);
  ordered_json disturbs = ordered_json::array();
  for (const auto& server : step.disturbs) {
    const auto address = view.seen.addresses.find(server);
    disturbs.push_back(
        {{"virtualServer", server}, {"endpoint", address == view.seen.addresses.end() ? "" : address->second}});
  }
  ordered_json result = {{"verb", verb},
                         {"object", object},
                         {"certKey", step.group},
                         {"sync", who(step)},
                         {"why", reason_of(step, view)},
                         {"disturbs", std::move(disturbs)}};
  if (shown.waits != nullptr) {
    result["waits"] = {{"reason", to_text(shown.waits->error.reason)}, {"message", shown.waits->error.message}};
    if (shown.waits->until) result["waits"]["until"] = to_rfc3339(*shown.waits->until);
  }
  return result;
}

ordered_json to_json(const std::vector<plan::Problem>& problems) {
  ordered_json list = ordered_json::array();
  for (const auto& problem : problems)
    list.push_back({{"sync", to_text(problem.sync)},
                    {"certKey", problem.certkey},
                    {"reason", to_text(problem.error.reason)},
                    {"message", problem.error.message}});
  return list;
}

ordered_json to_json(const AppliancePlan& one) {
  ordered_json steps = ordered_json::array();
  ordered_json problems = ordered_json::array();
  if (one.view) {
    for (const auto& entry : in_order(*one.view))
      steps.push_back(entry ? to_json(*entry, *one.view)
                            : ordered_json{{"verb", "save"},
                                           {"object", "configuration"},
                                           {"certKey", ""},
                                           {"sync", ""},
                                           {"why", ""},
                                           {"disturbs", ordered_json::array()}});
    problems = to_json(one.view->plan.problems);
  }
  return {{"name", one.name},       {"reachable", one.view.has_value()}, {"reason", one.reason},
          {"message", one.message}, {"steps", std::move(steps)},         {"problems", std::move(problems)}};
}

}  // namespace

std::string reason_of(const plan::Step& step, const engine::PlanView& view) {
  return std::visit(
      Overloaded{
          [&](const plan::UploadCertificate&) { return of_group(step, view); },
          [&](const plan::UploadKey&) { return of_group(step, view); },
          [](const plan::DeleteFile&) { return std::string("no certkey uses it any more"); },
          [](const plan::SyncFiles&) { return std::string("the other node of the pair needs the files first"); },
          [](const plan::AddCertKey& a) {
            return std::string(a.certkey.starts_with(model::kIntermediatePrefix) ? "a chain needs it"
                                                                                 : "is not on the appliance");
          },
          [&](const plan::UpdateCertKey& a) { return of_update(a.certkey, step, view); },
          [](const plan::SetMonitor&) { return std::string("the resource wants it so"); },
          [](const plan::Link&) { return std::string("its issuer"); },
          [](const plan::Unlink&) { return std::string("its issuer is another one"); },
          [](const plan::Bind& a) {
            return a.replaces.empty() ? std::string("is not bound there") : "in place of " + a.replaces;
          },
          [](const plan::Unbind&) { return std::string("the resource does not want it there any more"); },
          [](const plan::EnableSni&) { return std::string("SNI is off there, and enableSNI is true"); },
          [](const plan::DeleteCertKey&) { return std::string("nobody wants it any more"); },
      },
      step.action);
}

std::string to_text(const EstatePlan& estate, PlanOutput output) {
  if (output == PlanOutput::Json) {
    ordered_json appliances = ordered_json::array();
    for (const auto& one : estate.appliances)
      appliances.push_back(to_json(one));
    const ordered_json document = {{"appliances", std::move(appliances)}, {"problems", to_json(estate.problems)}};
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  }
  const bool words = output == PlanOutput::Words;
  std::string text;
  for (const auto& one : estate.appliances)
    text += (text.empty() ? "" : "\n") + (words ? words_of(one) : requests_of(one));
  if (!text.empty() && !estate.problems.empty()) text += "\n";
  for (const auto& problem : estate.problems)
    text += (words ? "" : "# ") + words_of(problem);
  return text;
}

int exit_code(const EstatePlan& estate) {
  if (!estate.problems.empty()) return 1;
  bool changes = false;
  for (const auto& one : estate.appliances) {
    if (!one.view || !one.view->plan.problems.empty()) return 1;
    changes = changes || !one.view->plan.empty();
  }
  return changes ? 2 : 0;
}

}  // namespace certsync::cli
