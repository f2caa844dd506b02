#include "chaos/exceptions.h"

#include <algorithm>
#include <initializer_list>
#include <regex>
#include <sstream>

namespace chaos {
namespace {

bool has(const Facts& facts, const std::string& where, const std::string& fact) {
  const auto found = facts.find(where);
  return found != facts.end() && found->second.count(fact) != 0;
}

// The chained one has it, or has it not, as before this transition.
bool stays(const Context& context, const Difference& difference) {
  return has(context.before, difference.where, difference.fact) == difference.more;
}

// The certkey that a fact speaks of.
std::string certkey_of(const std::string& fact) {
  std::istringstream in(fact);
  std::vector<std::string> words;
  for (std::string word; in >> word;)
    words.push_back(word);
  if (words[0] == "certkey" || words[0] == "monitor") return words.at(1);
  if (words[0] == "bind") return words.at(2);
  return words.size() > 3 && words[2] == "bind" ? words[3] : "";
}

bool is_of_rival(const std::string& fact) {
  return certkey_of(fact) == "rival" || fact.find(" rival:") != std::string::npos;
}

// The rival has troubles of its own.
const std::set<std::string>& reasons_of(const Context& context, const Difference& difference) {
  static const std::set<std::string> kNone;
  const auto found = context.reasons.find(is_of_rival(difference.fact) ? "rival" : "www");
  return found == context.reasons.end() ? kNone : found->second;
}

bool is_any_of(const Context& context, const Difference& difference, std::initializer_list<const char*> reasons) {
  const auto& known = reasons_of(context, difference);
  return std::any_of(reasons.begin(), reasons.end(), [&](const char* reason) { return known.count(reason) != 0; });
}

bool flag(const Json& spec, const char* name) {
  return spec.value(name, false);
}

// The boxes and partitions that some appliance speaks of.
bool is_in_use(const Context& context, const std::string& where) {
  if (where == "core") return true;
  const auto partition = context.appliance.value("partition", "");
  for (const auto& endpoint : context.appliance["endpoints"]) {
    const auto box = endpoint.get<std::string>().substr(8);
    if (where == (partition.empty() ? box : box + "/" + partition)) return true;
  }
  return false;
}

bool elsewhere(const Context& context, const Difference& difference) {
  return !is_in_use(context, difference.where) && stays(context, difference);
}

bool frozen(const Context& context, const Difference& difference) {
  const bool still = flag(context.sync, "suspend") || flag(context.sync, "dryRun") ||
                     (flag(context.appliance, "suspend") && difference.where != "core");
  return still && stays(context, difference);
}

// A resource that has left it does not tell; the appliance does.
bool is_out_of_reach(const Context& context, const Difference& difference) {
  const auto& edge = context.reasons.at("edge");
  return difference.where != "core" &&
         (edge.count("ApplianceUnreachable") != 0 || edge.count("CredentialsRejected") != 0);
}

bool refused_there(const Context& context, const Difference& difference) {
  return stays(context, difference) &&
         (is_out_of_reach(context, difference) ||
          is_any_of(context, difference, {"NotPermitted", "ApplianceUnreachable", "CredentialsRejected"}));
}

bool unusable_secret(const Context& context, const Difference& difference) {
  return is_any_of(context, difference, {"SecretNotFound", "SecretInvalid", "SecretIncomplete", "NotYetValid"}) &&
         stays(context, difference);
}

bool waits_when_fresh(const Context& context, const char* sync, std::initializer_list<const char*> reasons) {
  const auto& known = context.fresh_reasons.at(sync);
  return std::any_of(reasons.begin(), reasons.end(), [&](const char* reason) { return known.count(reason) != 0; });
}

// Two that want the same.
bool came_first(const Context& context, const Difference& difference) {
  const auto conflict = [](const Reasons& reasons) {
    return std::any_of(reasons.begin(), reasons.end(), [](const auto& entry) {
      return entry.second.count("CertificateAlreadyInstalled") != 0 || entry.second.count("BindingConflict") != 0;
    });
  };
  return stays(context, difference) && (conflict(context.reasons) || conflict(context.fresh_reasons));
}

bool rival_waits(const Context& context, const Difference& difference) {
  return is_of_rival(difference.fact) && stays(context, difference) &&
         (waits_when_fresh(context, "rival", {"WaitingForWindow", "WindowUnsatisfiable"}) ||
          is_any_of(context, difference, {"WaitingForWindow", "WindowUnsatisfiable"}));
}

bool rollout(const Context& context, const Difference& difference) {
  return difference.more && waits_when_fresh(context, "www", {"WaitingForRollout"});
}

// "vs_shop" of "bind vs_shop www sni" and of "service backend bind www".
std::string target_of(const std::string& fact) {
  const auto start = fact.find(' ') + 1;
  return fact.find("bind ") == std::string::npos ? "" : fact.substr(start, fact.find(' ', start) - start);
}

// A binding by SNI needs a virtual server that has it on.
bool sni_stays_on(const Context& context, const Difference& difference) {
  if (!difference.more) return false;
  if (difference.fact.starts_with("sni ")) return true;
  const auto on = "sni " + target_of(difference.fact);
  return difference.fact.ends_with(" sni") && has(context.chained, difference.where, on) &&
         !has(context.fresh, difference.where, on);
}

bool is_granted(const Json& grant, const std::string& target, const std::string& role) {
  const auto roles = grant.value("roles", Json{"default", "sni"});
  if (std::find(roles.begin(), roles.end(), role) == roles.end()) return false;
  const auto targets = grant.value("targets", Json::array());
  return std::any_of(targets.begin(), targets.end(), [&](const Json& glob) {
    std::string pattern;
    for (const char c : glob.get<std::string>())
      pattern += c == '*' ? std::string(".*") : c == '?' ? std::string(".") : std::string(1, c);
    return std::regex_match(target, std::regex(pattern));
  });
}

// Manifests have no namespaces whose labels a selector could match.
bool is_for_us(const Json& grant) {
  const auto& namespaces = grant.at("namespaces");
  const auto names = namespaces.value("names", Json::array());
  return namespaces.value("from", "") == "All" ||
         (namespaces.value("from", "") == "Names" && std::find(names.begin(), names.end(), "default") != names.end());
}

bool is_not_granted(const Context& context, const std::string& fact) {
  const auto grants = context.appliance.value("grants", Json::array());
  const auto target = target_of(fact);
  const std::string role = fact.ends_with(" sni") ? "sni" : "default";
  return !target.empty() && !grants.empty() && std::none_of(grants.begin(), grants.end(), [&](const Json& one) {
    return is_for_us(one) && is_granted(one, target, role);
  });
}

// Nor is the certkey that is bound there.
bool not_granted(const Context& context, const Difference& difference) {
  if (!difference.more || !stays(context, difference) || difference.where == "core") return false;
  if (is_not_granted(context, difference.fact)) return true;
  const auto& there = context.chained.at(difference.where);
  return std::any_of(there.begin(), there.end(), [&](const auto& fact) {
    return fact.find("bind ") != std::string::npos && certkey_of(fact) == certkey_of(difference.fact) &&
           is_not_granted(context, fact);
  });
}

bool unsaved(const Context& context, const Difference& difference) {
  const auto policy = context.appliance.value("saveConfig", "");
  if (policy != "Never") return false;
  return difference.fact == "saved no" || difference.fact.starts_with("file ");
}

bool knows_certkey(const Facts& facts, const std::string& where, const std::string& certkey) {
  const auto found = facts.find(where);
  return found != facts.end() && std::any_of(found->second.begin(), found->second.end(),
                                             [&](const auto& fact) { return certkey_of(fact) == certkey; });
}

bool is_in_doubt(const Context& context, const Difference& difference) {
  const auto& reasons = reasons_of(context, difference);
  return !reasons.empty() && reasons.count("Synced") == 0;
}

bool troubled_files(const Context& context, const Difference& difference) {
  return is_in_doubt(context, difference) && difference.more && difference.fact.starts_with("file www:");
}

bool former_secret(const Context& context, const Difference& difference) {
  const auto certkey = certkey_of(difference.fact);
  return is_in_doubt(context, difference) && difference.more && !certkey.empty() && stays(context, difference) &&
         !knows_certkey(context.fresh, difference.where, certkey);
}

bool refused_update(const Context& context, const Difference& difference) {
  return is_any_of(context, difference, {"NitroError", "SniWouldBreak", "RolledBack"}) && stays(context, difference);
}

bool once_had(const Context& context, const char* name, const char* value) {
  return std::any_of(context.forms.begin(), context.forms.end(),
                     [&](const Json& form) { return form.value(name, "") == value; });
}

// "www" of its version "www_0123abcd", and of "www-0123abcd", which is a longer name that was cut.
std::string stem_of(const std::string& certkey) {
  static const std::regex kEnd("[_-][0-9a-f]{8}$");
  return std::regex_replace(certkey, kEnd, "");
}

std::string about(const std::string& fact, const std::string& certkey, const std::string& other) {
  const auto at = fact.find(" " + certkey);
  return at == std::string::npos ? fact : fact.substr(0, at + 1) + other + fact.substr(at + 1 + certkey.size());
}

bool is_bound(const Facts& facts, const std::string& where, const std::string& certkey) {
  const auto& all = facts.at(where);
  return std::any_of(all.begin(), all.end(), [&](const auto& fact) {
    return fact.find("bind ") != std::string::npos && certkey_of(fact) == certkey;
  });
}

// The same fact about a certkey of another name, which may stand for that of the difference.
template <class MayStandFor>
bool has_of_another(const Facts& facts, const Difference& difference, const MayStandFor& may_stand_for) {
  const auto certkey = certkey_of(difference.fact);
  const auto& there = facts.at(difference.where);
  return !certkey.empty() && std::any_of(there.begin(), there.end(), [&](const auto& fact) {
    const auto other = certkey_of(fact);
    return other != certkey && may_stand_for(other) && about(fact, other, certkey) == difference.fact;
  });
}

bool version(const Context& context, const Difference& difference) {
  const auto certkey = certkey_of(difference.fact);
  const auto& where = difference.where;
  if (certkey.empty() || !once_had(context, "updatePolicy", "NewCertKey")) return false;
  const auto& facts = difference.more ? context.chained : context.fresh;
  const bool earlier = !is_bound(facts, where, certkey) && has(context.ever, where, difference.fact);
  return earlier || has_of_another(difference.more ? context.fresh : context.chained, difference,
                                   [&](const auto& other) { return stem_of(other) == stem_of(certkey); });
}

bool adopted(const Context& context, const Difference& difference) {
  if (!once_had(context, "adoptionPolicy", "Adopt")) return false;
  const auto certkey = certkey_of(difference.fact);
  return certkey == "legacy" || certkey == "taken" || difference.fact.find(" vs_legacy ") != std::string::npos ||
         difference.fact.starts_with("file legacy.") || difference.fact.starts_with("file taken.");
}

bool retained(const Context& context, const Difference& difference) {
  if (context.deleted) return context.left_behind && stays(context, difference);
  if (difference.more && has(context.left, difference.where, difference.fact)) return true;
  // It is known by its files, and keeps its name.
  const auto was_left = [&](const auto& certkey) { return knows_certkey(context.left, difference.where, certkey); };
  if (difference.more)
    return was_left(certkey_of(difference.fact)) &&
           has_of_another(context.fresh, difference, [](const auto&) { return true; });
  return has_of_another(context.chained, difference, was_left);
}

}  // namespace

const std::vector<Exception>& exceptions() {
  static const std::vector<Exception> kExceptions = {
      {"elsewhere", "appliance.md: what no appliance speaks of any more is not looked at", elsewhere},
      {"frozen", "reference.md: with suspend and dryRun nothing is written", frozen},
      {"refused", "reference.md, Grants: without a grant all is left as it is; what is not reached stays",
       refused_there},
      {"grants", "reference.md, Grants: a binding that is given up is cleared away only as far as it is granted",
       not_granted},
      {"secret", "reasons.md, SecretNotFound and its like: the appliance keeps serving what it has", unusable_secret},
      {"window", "reference.md, Deploy windows: the rival waits for one that the chained one had, or had before",
       rival_waits},
      {"first", "reasons.md, CertificateAlreadyInstalled and BindingConflict: who came first keeps it", came_first},
      {"rollout",
       "reference.md, Roll-outs: a first deployment waits for the appliances before it, a new binding does not",
       rollout},
      {"former", "reference.md, secretRef: what it named before stays until what took its place is whole",
       former_secret},
      {"update", "reasons.md, SniWouldBreak, RolledBack, and what the appliance refuses: the old certificate stays",
       refused_update},
      {"version", "reference.md, updatePolicy: NewCertKey gives later certificates another name, earlier ones stay",
       version},
      {"adopted", "appliance.md, Taking over: what was a person's is ours from then on, what it replaced is unbound",
       adopted},
      {"sni", "nobody of ours ever turns SNI off", sni_stays_on},
      {"unsaved", "appliance.md, Saving: with Never old files stay", unsaved},
      {"troubled", "appliance.md, A pass: files that a resource in trouble may need are not cleared away",
       troubled_files},
      {"retained", "reference.md, Deletion: Retain, or LeftBehind; who comes later takes over what is its own",
       retained},
  };
  return kExceptions;
}

}  // namespace chaos
