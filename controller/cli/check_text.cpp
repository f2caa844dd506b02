#include "cli/check_text.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace certsync::cli {
namespace {

using nlohmann::ordered_json;

Colour colour_of(Verdict verdict) {
  return verdict == Verdict::Failed    ? Colour::Red
         : verdict == Verdict::Warning ? Colour::Yellow
         : verdict == Verdict::Ok      ? Colour::Green
                                       : Colour::None;
}

/// What is shown for one appliance, in the order in which it was looked at.
class Words {
 public:
  explicit Words(const Terminal& terminal) : terminal_(terminal) {}

  void add(const ApplianceReport& report) {
    for (const auto& endpoint : report.endpoints)
      add(report.name + " " + endpoint.endpoint, endpoint.findings);
    add(report.name, report.findings);
    for (const auto& right : report.rights) {
      if (right.allowed == Allowed::No)
        todo_.push_back(report.name + ": it may not " + right.clause.why + " (" + right.message + ")" +
                        (right.clause.optional ? "; works without" : ""));
    }
  }

  std::string text() const {
    std::string text = text_;
    if (todo_.empty()) return text + "Nothing to do.\n";
    text += "To do:\n";
    for (const auto& line : todo_)
      text += "  " + line + "\n";
    return text;
  }

 private:
  void add(const std::string& heading, const std::vector<Finding>& findings) {
    if (findings.empty()) return;
    std::vector<std::vector<Cell>> rows;
    for (const auto& finding : findings) {
      const Colour colour = colour_of(finding.verdict);
      rows.push_back({Cell(std::string(to_text(finding.verdict)), colour), Cell(finding.check), Cell(finding.message)});
      if (!finding.advice.empty()) todo_.push_back(heading.substr(0, heading.find(' ')) + ": " + finding.advice);
    }
    // The table without its heading.
    const auto table = to_table({{"verdict", 0}, {"check", 0}, {"what", 0}}, rows, {0, terminal_.colours});
    text_ += heading + "\n";
    std::size_t start = table.find('\n') + 1;
    while (start < table.size()) {
      const auto end = table.find('\n', start);
      text_ += "  " + table.substr(start, end - start) + "\n";
      start = end + 1;
    }
  }

  Terminal terminal_;
  std::string text_;
  std::vector<std::string> todo_;
};

ordered_json to_json(const std::vector<Finding>& findings) {
  ordered_json list = ordered_json::array();
  for (const auto& finding : findings)
    list.push_back({{"check", finding.check},
                    {"verdict", to_text(finding.verdict)},
                    {"message", finding.message},
                    {"advice", finding.advice}});
  return list;
}

ordered_json to_json(const ApplianceReport& report) {
  ordered_json endpoints = ordered_json::array();
  for (const auto& endpoint : report.endpoints)
    endpoints.push_back({{"endpoint", endpoint.endpoint}, {"findings", to_json(endpoint.findings)}});
  ordered_json rights = ordered_json::array();
  for (const auto& right : report.rights)
    rights.push_back({{"name", right.clause.name},
                      {"pattern", right.clause.pattern},
                      {"why", right.clause.why},
                      {"optional", right.clause.optional},
                      {"allowed", to_text(right.allowed)},
                      {"message", right.message}});
  return {{"name", report.name},
          {"ok", !report.failed()},
          {"endpoints", std::move(endpoints)},
          {"findings", to_json(report.findings)},
          {"rights", std::move(rights)}};
}

}  // namespace

std::string to_text(const std::vector<ApplianceReport>& reports, CheckOutput output, const Terminal& terminal) {
  if (output == CheckOutput::Json) {
    ordered_json list = ordered_json::array();
    for (const auto& report : reports)
      list.push_back(to_json(report));
    return ordered_json{{"appliances", std::move(list)}}.dump(2, ' ', false, ordered_json::error_handler_t::replace) +
           "\n";
  }
  Words words(terminal);
  for (const auto& report : reports)
    words.add(report);
  return words.text();
}

}  // namespace certsync::cli
