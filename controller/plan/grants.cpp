#include "plan/grants.h"

#include <algorithm>

namespace certsync::plan {
namespace {

constexpr std::size_t kMostShown = 8;

bool is_for(const model::Grant& grant, const std::string& space, const Namespaces& namespaces) {
  switch (grant.from) {
    case model::GrantFrom::All:
      return true;
    case model::GrantFrom::Names:
      return std::find(grant.names.begin(), grant.names.end(), space) != grant.names.end();
    case model::GrantFrom::Selector: {
      const auto known = namespaces.find(space);
      return known != namespaces.end() && grant.selector.matches(known->second);
    }
  }
  return false;
}

bool covers(const model::Grant& grant, const model::Target& target, model::Role role) {
  return grant.roles.count(role) != 0 && std::any_of(grant.targets.begin(), grant.targets.end(),
                                                     [&](const auto& glob) { return glob_matches(glob, target.name); });
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < std::min(words.size(), kMostShown); ++i)
    text += (i == 0 ? "" : ", ") + words[i];
  return words.size() <= kMostShown ? text : text + " and " + std::to_string(words.size() - kMostShown) + " more";
}

std::string in_brackets(const std::set<model::Role>& roles) {
  std::string text;
  for (const auto role : roles)
    text += (text.empty() ? "" : ", ") + std::string(to_text(role));
  return " (" + text + ")";
}

}  // namespace

bool glob_matches(std::string_view glob, std::string_view name) {
  std::size_t g = 0;
  std::size_t n = 0;
  // Where to go on when a guess about the last `*` was wrong: it takes one character more.
  std::size_t star = std::string_view::npos;
  std::size_t retry = 0;
  while (n < name.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      retry = n;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == name[n])) {
      ++g;
      ++n;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      n = ++retry;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == std::string_view::npos;
}

bool selects_namespaces(const model::ApplianceSpec& spec) {
  return std::any_of(spec.grants.begin(), spec.grants.end(),
                     [](const model::Grant& grant) { return grant.from == model::GrantFrom::Selector; });
}

Permit::Permit(const Access& access, const std::string& space) : everything_(access.open_to_all) {
  for (const auto& grant : access.grants) {
    if (is_for(grant, space, access.namespaces)) grants_.push_back(&grant);
  }
}

bool Permit::binding(const model::Target& target, model::Role role) const {
  if (is_internal(target)) return false;
  return everything_ || std::any_of(grants_.begin(), grants_.end(),
                                    [&](const model::Grant* grant) { return covers(*grant, target, role); });
}

bool Permit::adopting() const {
  return everything_ || std::any_of(grants_.begin(), grants_.end(), [](const auto* grant) { return grant->adopt; });
}

bool Permit::adopting(const model::Target& target, model::Role role) const {
  if (is_internal(target)) return false;
  return everything_ || std::any_of(grants_.begin(), grants_.end(), [&](const model::Grant* grant) {
           return grant->adopt && covers(*grant, target, role);
         });
}

std::optional<Error> Permit::refusal(const std::string& appliance, const model::CertSync& sync) const {
  const auto& space = sync.meta.ref.space;
  if (!anything()) {
    return Error{ErrorKind::Stalled, Reason::NotPermitted,
                 appliance + " grants nothing to namespace " + space + "; ask for an entry in its spec.grants"};
  }
  for (const auto& wanted : sync.spec.bindings) {
    if (!is_internal(wanted.target)) continue;
    return Error{ErrorKind::Stalled, Reason::NotPermitted,
                 words(wanted.target) + " is one that " + appliance + " made for itself; those are never touched"};
  }
  std::vector<std::string> refused;
  for (const auto& wanted : sync.spec.bindings) {
    if (!binding(wanted.target, wanted.role)) refused.push_back(to_text(wanted.target) + in_brackets({wanted.role}));
  }
  if (refused.empty()) return std::nullopt;
  return Error{
      ErrorKind::Stalled, Reason::NotPermitted,
      appliance + " does not let namespace " + space + " bind to " + listed(refused) + "; granted are " + granted()};
}

std::string Permit::granted() const {
  std::vector<std::string> words;
  for (const auto* grant : grants_) {
    for (const auto& glob : grant->targets)
      words.push_back(glob + in_brackets(grant->roles));
  }
  return words.empty() ? "certkeys only" : listed(words);
}

}  // namespace certsync::plan
