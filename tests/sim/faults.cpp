#include "sim/faults.h"

#include <algorithm>
#include <array>
#include <regex>
#include <utility>

#include "base/encoding.h"
#include "sim/json.h"
#include "sim/reply.h"

namespace sim {
namespace {

constexpr std::array<std::pair<const char*, FaultKind>, 16> kKinds = {{{"delay", FaultKind::Delay},
                                                                       {"status", FaultKind::Status},
                                                                       {"errorcode", FaultKind::Errorcode},
                                                                       {"reset_before", FaultKind::ResetBefore},
                                                                       {"reset_after", FaultKind::ResetAfter},
                                                                       {"hang", FaultKind::Hang},
                                                                       {"hang_after", FaultKind::HangAfter},
                                                                       {"half_body", FaultKind::HalfBody},
                                                                       {"html", FaultKind::Html},
                                                                       {"bad_json", FaultKind::BadJson},
                                                                       {"redirect", FaultKind::Redirect},
                                                                       {"huge_body", FaultKind::HugeBody},
                                                                       {"drip", FaultKind::Drip},
                                                                       {"drop_session", FaultKind::DropSession},
                                                                       {"other_admin", FaultKind::OtherAdmin},
                                                                       {"fail_over", FaultKind::FailOver}}};

bool text_matches(const std::string& pattern, const std::string& text) {
  if (pattern.empty()) return true;
  if (pattern.size() > 2 && pattern.front() == '/' && pattern.back() == '/' &&
      pattern.find('/', 1) == pattern.size() - 1) {
    return std::regex_search(text, std::regex(pattern.substr(1, pattern.size() - 2)));
  }
  return text.find(pattern) != std::string::npos;
}

bool matches(const FaultRule& rule, const Request& request) {
  if (!rule.method.empty() && rule.method != request.method) return false;
  if (rule.mutating && !is_mutating(request)) return false;
  return text_matches(rule.target, request.target) &&
         (rule.body.empty() || request.body.find(rule.body) != std::string::npos);
}

Response plain(int status, std::string type, std::string body) {
  return {status, reason_phrase(status), {{"Content-Type", std::move(type)}}, std::move(body)};
}

Response html_page(int status) {
  return plain(status, "text/html; charset=iso-8859-1",
               "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>" + std::to_string(status) +
                   " " + reason_phrase(status) + "</title>\n</head><body>\n<h1>" + reason_phrase(status) +
                   "</h1>\n</body></html>\n");
}

void take_outcome(Outcome outcome, Exchange& exchange) {
  exchange.response = std::move(outcome.response);
  exchange.errorcode = outcome.errorcode;
  exchange.applied = outcome.applied;
}

/// The answer that replaces the honest one.
void lie(const FaultRule& rule, Exchange& exchange) {
  switch (rule.kind) {
    case FaultKind::Status:
      exchange.response = rule.text.empty() ? html_page(rule.status == 0 ? 503 : rule.status)
                                            : plain(rule.status == 0 ? 503 : rule.status, "text/plain", rule.text);
      exchange.errorcode = 0;
      break;
    case FaultKind::Errorcode: {
      Reply reply = failure(rule.errorcode);
      if (rule.status != 0) reply.status = rule.status;
      if (!rule.text.empty()) reply.message = rule.text;
      exchange.response = to_response(reply, false);
      exchange.errorcode = rule.errorcode;
      break;
    }
    case FaultKind::Html:
      exchange.response = html_page(rule.status == 0 ? 200 : rule.status);
      break;
    case FaultKind::BadJson:
      exchange.response = plain(rule.status == 0 ? 200 : rule.status, "application/json; charset=utf-8",
                                R"({ "errorcode": 0, "message": "Do)");
      break;
    case FaultKind::Redirect:
      exchange.response = html_page(rule.status == 0 ? 302 : rule.status);
      exchange.response.headers.push_back({"Location", rule.url});
      break;
    default:
      break;
  }
}

void intervene(FaultKind kind, Appliance& appliance) {
  if (kind == FaultKind::FailOver) appliance.ha().fail_over();
  if (kind == FaultKind::OtherAdmin) appliance.in("default").leave_unsaved_work();
}

void strike(const FaultRule& rule, const Request& request, Appliance& appliance, Exchange& exchange) {
  exchange.fault = fault_name(rule.kind);
  switch (rule.kind) {
    case FaultKind::ResetBefore:
      exchange.delivery = Delivery::ResetBefore;
      return;
    case FaultKind::Hang:
      exchange.delivery = Delivery::Hang;
      return;
    case FaultKind::HugeBody:
      exchange.delivery = Delivery::Huge;
      exchange.megabytes = rule.megabytes;
      exchange.response = plain(200, "application/json; charset=utf-8", "");
      return;
    case FaultKind::Status:
    case FaultKind::Errorcode:
    case FaultKind::Html:
    case FaultKind::BadJson:
    case FaultKind::Redirect:
      if (rule.apply_first) take_outcome(appliance.answer(request), exchange);
      lie(rule, exchange);
      return;
    case FaultKind::DropSession:
      appliance.kill_sessions();
      break;
    case FaultKind::FailOver:
    case FaultKind::OtherAdmin:
      if (!rule.apply_first) intervene(rule.kind, appliance);
      break;
    default:
      break;
  }
  take_outcome(appliance.answer(request), exchange);
  if (rule.apply_first) intervene(rule.kind, appliance);
  if (rule.kind == FaultKind::ResetAfter) exchange.delivery = Delivery::ResetAfter;
  if (rule.kind == FaultKind::HangAfter) exchange.delivery = Delivery::Hang;
  if (rule.kind == FaultKind::HalfBody) exchange.delivery = Delivery::HalfBody;
  if (rule.kind == FaultKind::Drip) {
    exchange.delivery = Delivery::Drip;
    exchange.delay = rule.delay;
  }
}

bool take_member(const std::string& name, const Json& value, FaultRule& rule) {
  const auto* number = std::get_if<std::int64_t>(&value.value);
  const int count = number == nullptr ? 0 : static_cast<int>(*number);
  if (name == "method") return rule.method = value.text(), value.is_string();
  if (name == "target") return rule.target = value.text(), value.is_string();
  if (name == "body") return rule.body = value.text(), value.is_string();
  if (name == "text") return rule.text = value.text(), value.is_string();
  if (name == "url") return rule.url = value.text(), value.is_string();
  if (name == "mutating") return rule.mutating = value.text() == "true", value.is_bool();
  if (name == "apply_first") return rule.apply_first = value.text() == "true", value.is_bool();
  if (number == nullptr) return false;
  if (name == "at") return rule.at = count, true;
  if (name == "times") return rule.times = count, true;
  if (name == "delay_ms") return rule.delay = std::chrono::milliseconds(count), count >= 0;
  if (name == "status") return rule.status = count, true;
  if (name == "errorcode") return rule.errorcode = count, true;
  if (name == "megabytes") return rule.megabytes = static_cast<std::size_t>(std::max(count, 0)), count >= 0;
  return false;
}

}  // namespace

std::optional<FaultKind> fault_kind(const std::string& name) {
  for (const auto& [text, kind] : kKinds) {
    if (name == text) return kind;
  }
  return std::nullopt;
}

std::string fault_name(FaultKind kind) {
  for (const auto& [text, candidate] : kKinds) {
    if (candidate == kind) return text;
  }
  return {};
}

std::optional<FaultRule> parse_fault(const std::string& text) {
  const auto json = parse_json(text);
  if (!json || !json->is_object()) return std::nullopt;
  const Json* name = json->find("kind");
  const auto kind = name == nullptr ? std::nullopt : fault_kind(name->text());
  if (!kind) return std::nullopt;
  FaultRule rule;
  rule.kind = *kind;
  for (const auto& [member, value] : json->object()) {
    if (member != "kind" && !take_member(member, value, rule)) return std::nullopt;
  }
  try {
    text_matches(rule.target, "");
  } catch (const std::regex_error&) {
    return std::nullopt;
  }
  return rule;
}

void Faults::add(FaultRule rule) {
  std::lock_guard lock(mutex_);
  rules_.push_back({std::move(rule), 0, 0});
}

void Faults::clear() {
  std::lock_guard lock(mutex_);
  rules_.clear();
}

int Faults::struck() const {
  std::lock_guard lock(mutex_);
  return struck_;
}

std::vector<FaultRule> Faults::pick(const Request& request) {
  std::lock_guard lock(mutex_);
  std::vector<FaultRule> chosen;
  bool decided = false;
  for (auto& armed : rules_) {
    if (!matches(armed.rule, request)) continue;
    ++armed.seen;
    const bool due = armed.seen >= armed.rule.at;
    const bool left = armed.rule.times < 0 || armed.fired < armed.rule.times;
    const bool is_delay = armed.rule.kind == FaultKind::Delay;
    // Delays add up; of the others the first one decides.
    if (!due || !left || (decided && !is_delay)) continue;
    decided = decided || !is_delay;
    ++armed.fired;
    ++struck_;
    chosen.push_back(armed.rule);
  }
  return chosen;
}

Exchange Faults::apply(const Request& request, Appliance& appliance) {
  Exchange exchange;
  exchange.mutating = is_mutating(request);
  std::chrono::milliseconds delay{0};
  bool answered = false;
  for (const auto& rule : pick(request)) {
    if (rule.kind == FaultKind::Delay) {
      delay += rule.delay;
    } else {
      strike(rule, request, appliance, exchange);
      answered = true;
    }
  }
  if (!answered) {
    take_outcome(appliance.answer(request), exchange);
    if (delay.count() > 0) exchange.fault = "delay";
  }
  if (exchange.delivery != Delivery::Drip) exchange.delay = delay;
  return exchange;
}

Exchange serve(const Request& request, Appliance& appliance, Faults& faults, RequestLog& log) {
  const auto start = std::chrono::steady_clock::now();
  Exchange exchange = faults.apply(request, appliance);
  LogEntry entry;
  entry.time = appliance.clock().now();
  entry.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
  entry.method = request.method;
  entry.target = request.target;
  entry.body = without_secrets(request.body);
  entry.status = exchange.response.status;
  entry.errorcode = exchange.errorcode;
  entry.mutating = exchange.mutating;
  entry.applied = exchange.applied;
  entry.fault = exchange.fault;
  if (const auto* cookie = request.header("Cookie"); cookie != nullptr) {
    entry.session = certsync::sha256_hex(*cookie).substr(0, 6);
  }
  const bool answered = exchange.delivery != Delivery::ResetBefore && exchange.delivery != Delivery::ResetAfter &&
                        exchange.delivery != Delivery::Hang;
  if (!answered) entry.status = 0;
  log.add(std::move(entry));
  return exchange;
}

}  // namespace sim
