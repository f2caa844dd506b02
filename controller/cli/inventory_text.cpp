#include "cli/inventory_text.h"

#include <functional>

#include <nlohmann/json.hpp>

#include "base/time_text.h"

namespace certsync::cli {
namespace {

using nlohmann::ordered_json;

constexpr long kSoonDays = 14;
constexpr long kNear = 28;

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : between) + word;
  return text;
}

std::string or_dash(std::string text) {
  return text.empty() ? "-" : text;
}

std::string day(const std::optional<TimePoint>& time) {
  return time ? to_rfc3339(*time).substr(0, 10) : "-";
}

Colour urgency(const std::optional<long>& days) {
  if (!days) return Colour::None;
  if (*days < kSoonDays) return Colour::Red;
  return *days < kNear ? Colour::Yellow : Colour::Green;
}

Colour colour_of(Served served) {
  if (served == Served::No) return Colour::Red;
  return served == Served::Yes ? Colour::Green : Colour::None;
}

std::vector<std::string> bindings(const CertKeyRow& row) {
  std::vector<std::string> words;
  for (const auto& one : row.bound)
    words.push_back(to_text(one.target) + ":" + one.role);
  return words;
}

std::string owner_word(const CertKeyRow& row) {
  switch (row.maker) {
    case Maker::NetScaler:
      return "built-in";
    case Maker::Ours:
      return "ours";
    case Maker::OtherInstallation:
      return "other " + row.owner;
    case Maker::SomeInstallation:
      return "operator " + row.owner;
    case Maker::Person:
      break;
  }
  return "-";
}

std::string key_word(const CertKeyRow& row) {
  return or_dash(row.key_type + (row.key_bits > 0 ? " " + std::to_string(row.key_bits) : ""));
}

struct Shown {
  Column column;
  std::function<Cell(const ApplianceRow&, const CertKeyRow&)> cell;
};

std::vector<Shown> shown(Output output) {
  using A = const ApplianceRow&;
  using R = const CertKeyRow&;
  std::vector<Shown> columns = {
      {{"APPLIANCE", 6}, [](A appliance, R) { return Cell(appliance.name); }},
      {{"CERTKEY", 8}, [](A, R row) { return Cell(row.name); }},
      {{"NAME", 8}, [](A, R row) { return Cell(or_dash(row.common_name)); }},
      {{"EXPIRES"}, [](A, R row) { return Cell(day(row.not_after), urgency(row.days_left)); }},
      {{"DAYS"},
       [](A, R row) { return Cell(row.days_left ? std::to_string(*row.days_left) : "-", urgency(row.days_left)); }},
      {{"BOUND", 6}, [](A, R row) { return Cell(or_dash(joined(bindings(row), ","))); }},
      {{"SERVED"},
       [](A, R row) { return Cell(std::string(to_text(row.served_at_all())), colour_of(row.served_at_all())); }},
      {{"OWNER", 5}, [](A, R row) { return Cell(owner_word(row)); }},
  };
  if (output == Output::Table) return columns;
  const std::vector<Shown> more = {
      {{"NAMES", 12}, [](A, R row) { return Cell(or_dash(joined(row.dns_names, ","))); }},
      {{"ISSUER", 12}, [](A, R row) { return Cell(or_dash(row.issuer)); }},
      {{"SERIAL", 8}, [](A, R row) { return Cell(or_dash(row.serial)); }},
      {{"KEY"}, [](A, R row) { return Cell(key_word(row)); }},
      {{"SIGNATURE", 8}, [](A, R row) { return Cell(or_dash(row.signature)); }},
      {{"CHAIN", 10}, [](A, R row) { return Cell(row.chain_complete ? "complete" : row.chain_missing); }},
      {{"SAME AS", 10}, [](A, R row) { return Cell(or_dash(joined(row.same_as, ","))); }},
  };
  columns.insert(columns.end(), more.begin(), more.end());
  return columns;
}

std::string table(const Inventory& inventory, Output output, const Terminal& terminal) {
  const auto columns = shown(output);
  std::vector<Column> titles;
  titles.reserve(columns.size());
  for (const auto& one : columns)
    titles.push_back(one.column);
  std::vector<std::vector<Cell>> rows;
  std::string trouble;
  for (const auto& appliance : inventory.appliances) {
    if (!appliance.reachable) {
      trouble += appliance.name + ": " + appliance.reason + ": " + appliance.message + "\n";
      auto& row = rows.emplace_back(columns.size(), Cell("-"));
      row[0] = Cell(appliance.name);
      row[1] = Cell(appliance.reason, Colour::Red);
    }
    for (const auto& certkey : appliance.certkeys) {
      auto& row = rows.emplace_back();
      for (const auto& one : columns)
        row.push_back(one.cell(appliance, certkey));
    }
  }
  return to_table(titles, rows, terminal) + (trouble.empty() ? "" : "\n" + trouble);
}

// --- JSON -----------------------------------------------------------------------------------------------------------

ordered_json time(const std::optional<TimePoint>& time) {
  return time ? ordered_json(to_rfc3339(*time)) : ordered_json(nullptr);
}

ordered_json to_json(const CertKeyRow& row) {
  ordered_json bound = ordered_json::array();
  for (const auto& one : row.bound)
    bound.push_back({{"target", to_text(one.target)}, {"role", one.role}});
  ordered_json served = ordered_json::array();
  for (const auto& one : row.served) {
    ordered_json entry = {
        {"virtualServer", one.virtual_server}, {"endpoint", one.endpoint}, {"served", to_text(one.served)}};
    if (!one.message.empty()) entry["message"] = one.message;
    served.push_back(std::move(entry));
  }
  ordered_json chain = {{"complete", row.chain_complete}, {"links", row.links}};
  if (!row.chain_missing.empty()) chain["missing"] = row.chain_missing;
  return {{"name", row.name},
          {"subject", row.subject},
          {"issuer", row.issuer},
          {"serial", row.serial},
          {"dnsNames", row.dns_names},
          {"dnsNamesFrom", row.dns_names_from},
          {"notBefore", time(row.not_before)},
          {"notAfter", time(row.not_after)},
          {"daysLeft", row.days_left ? ordered_json(*row.days_left) : ordered_json(nullptr)},
          {"keyType", row.key_type},
          {"keyBits", row.key_bits},
          {"signature", row.signature},
          {"chain", std::move(chain)},
          {"bound", std::move(bound)},
          {"served", std::move(served)},
          {"owner", row.owner},
          {"managed", row.managed()},
          {"builtIn", row.maker == Maker::NetScaler},
          {"sameAs", row.same_as}};
}

std::string json(const Inventory& inventory) {
  ordered_json appliances = ordered_json::array();
  for (const auto& appliance : inventory.appliances) {
    ordered_json certkeys = ordered_json::array();
    for (const auto& row : appliance.certkeys)
      certkeys.push_back(to_json(row));
    appliances.push_back({{"name", appliance.name},
                          {"address", appliance.address},
                          {"reachable", appliance.reachable},
                          {"reason", appliance.reason},
                          {"message", appliance.message},
                          {"endpoint", appliance.endpoint},
                          {"version", appliance.version},
                          {"haState", appliance.ha_state},
                          {"certKeys", std::move(certkeys)}});
  }
  const ordered_json document = {{"appliances", std::move(appliances)}};
  // What an appliance says need not be UTF-8.
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

// --- CSV ------------------------------------------------------------------------------------------------------------

/// RFC 4180. A text that a spreadsheet would take for a formula is not left to begin like one.
std::string csv_text(std::string text) {
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) text.insert(0, "'");
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text)
    out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

std::string line(const std::vector<std::string>& cells) {
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i)
    out += (i == 0 ? "" : ",") + cells[i];
  return out + "\r\n";
}

std::string csv(const Inventory& inventory) {
  std::string out = line({"appliance", "reason", "certkey", "subject", "issuer", "serial", "dns_names", "not_before",
                          "not_after", "days_left", "key_type", "key_bits", "signature", "chain_missing", "bound",
                          "served", "owner", "managed", "same_as"});
  for (const auto& appliance : inventory.appliances) {
    if (!appliance.reachable) {
      std::vector<std::string> cells(19);
      cells[0] = csv_text(appliance.name);
      cells[1] = appliance.reason;
      out += line(cells);
    }
    for (const auto& row : appliance.certkeys) {
      out += line({csv_text(appliance.name), "", csv_text(row.name), csv_text(row.subject), csv_text(row.issuer),
                   row.serial, csv_text(joined(row.dns_names, " ")), row.not_before ? to_rfc3339(*row.not_before) : "",
                   row.not_after ? to_rfc3339(*row.not_after) : "", row.days_left ? std::to_string(*row.days_left) : "",
                   row.key_type, row.key_bits > 0 ? std::to_string(row.key_bits) : "", row.signature,
                   csv_text(row.chain_missing), csv_text(joined(bindings(row), " ")),
                   std::string(to_text(row.served_at_all())), row.owner, row.managed() ? "true" : "false",
                   csv_text(joined(row.same_as, " "))});
    }
  }
  return out;
}

}  // namespace

std::string to_text(const Inventory& inventory, Output output, const Terminal& terminal) {
  switch (output) {
    case Output::Json:
      return json(inventory);
    case Output::Csv:
      return csv(inventory);
    case Output::Table:
    case Output::Wide:
      break;
  }
  return table(inventory, output, terminal);
}

}  // namespace certsync::cli
