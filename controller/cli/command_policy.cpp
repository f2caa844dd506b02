#include "cli/command_policy.h"

#include <algorithm>

#include "nitro/wire.h"

namespace certsync::cli {
namespace {

/// A quote, or whatever else the appliance may set around a name.
constexpr char kQuote[] = "[^A-Za-z0-9._/-]?";
constexpr char kMore[] = "( .*)?$";
constexpr char kEnd[] = " *$";

std::string any_of(const std::set<std::string>& patterns) {
  std::string text;
  for (const auto& pattern : patterns)
    text += (text.empty() ? "" : "|") + pattern;
  return "(" + text + ")";
}

std::string quoted(const std::string& pattern) {
  return kQuote + pattern + kQuote;
}

std::string of_glob(const std::string& glob) {
  std::string pattern;
  for (const char c : glob)
    pattern += c == '*' ? ".*" : c == '?' ? "." : escaped(std::string_view(&c, 1));
  return pattern;
}

struct Patterns {
  explicit Patterns(const Use& use) {
    targets = ".+";
    if (use.targets) {
      std::set<std::string> globs;
      for (const auto& glob : *use.targets)
        globs.insert(of_glob(glob));
      targets = any_of(globs);
    }
    // "cs-…" of ours, as model/naming makes it.
    file = "cs-" + any_of(use.owners) + "-[0-9a-f]{40}[.]";
    folder = quoted(escaped(nitro::ssl_folder(use.partition)) + "/?");
    auto names = use.certkey_names;
    names.insert("cs-ca-[0-9a-f]{24}");
    // What is taken over keeps the name that a person gave it.
    certkeys = use.has(Feature::Adoption) ? "[^ ]+" : any_of(names);
  }
  std::string targets;
  std::string file;
  std::string folder;
  std::string certkeys;
};

void add_looks(std::vector<Clause>& all, const Use& use) {
  const auto look = [&](const char* name, const std::string& what, const char* why, bool optional = false) {
    all.push_back({Purpose::Look, std::string("look.") + name, "^show +" + what, why, optional});
  };
  look("config", std::string("ns +config") + kEnd, "see whether there are unsaved changes");
  look("version", std::string("ns +version") + kEnd, "tell the version", true);
  look("role", std::string("HA +node") + kEnd, "find the primary of a pair", !use.has(Feature::HighAvailability));
  look("certkeys", std::string("ssl +certKey") + kMore, "see certkeys, and what uses them");
  look("vservers", std::string("ssl +vserver") + kMore, "see SSL virtual servers and what is bound to them");
  look("profiles", std::string("ssl +profile") + kMore, "see whether a profile has SNI on", true);
  look("vpn-global", std::string("vpn +global") + kEnd, "say that VPN global uses a certkey", true);
  if (use.has(Feature::Services))
    look("services", std::string("ssl +(service|serviceGroup)") + kMore, "see services and what is bound to them");
  if (use.has(Feature::Probing))
    look("addresses", std::string("(lb|cs|vpn|authentication) +vserver") + kMore,
         "know where virtual servers listen, to prove what they serve", true);
}

void add_files(std::vector<Clause>& all, const Patterns& words) {
  all.push_back({Purpose::Files, "files.list", "^show +system +file +-fileLocation +" + words.folder + kEnd,
                 "see which files there are, not what is in them"});
  all.push_back({Purpose::Files, "files.write",
                 "^(add|rm) +system +file +" + quoted(words.file + "(pem|key)") + " +(.* )?-fileLocation +" +
                     words.folder + kMore,
                 "upload and remove files of ours, in the folder of certificates only"});
}

void add_certkeys(std::vector<Clause>& all, const Patterns& words) {
  const std::string name = quoted(words.certkeys);
  all.push_back({Purpose::CertKeys, "certkeys.load",
                 "^(add|update) +ssl +certKey +" + name + " +(.* )?-cert +" + quoted(words.file + "pem") + kMore,
                 "load certkeys from files of ours"});
  all.push_back({Purpose::CertKeys, "certkeys.change", "^(set|link|unlink|rm) +ssl +certKey +" + name + kMore,
                 "set the expiry monitor, link, unlink, remove"});
}

void add_bindings(std::vector<Clause>& all, const Use& use, const Patterns& words) {
  const auto add = [&](const char* name, std::string pattern, const char* why) {
    all.push_back({Purpose::Bindings, std::string("bindings.") + name, std::move(pattern), why});
  };
  // Any certkey: what an update of ours unbound is put back, whoever made it.
  add("bind", "^bind +ssl +vserver +" + quoted(words.targets) + " +(.* )?-certkeyName .*$",
      "bind to virtual servers, and put back what an update broke");
  add("unbind",
      "^unbind +ssl +vserver +" + quoted(words.targets) + " +(.* )?-certkeyName +" + quoted(words.certkeys) + kMore,
      "unbind certkeys of ours");
  if (use.has(Feature::EnableSni)) {
    add("sni", "^set +ssl +vserver +" + quoted(words.targets) + " +-SNIEnable +ENABLED" + kEnd,
        "turn SNI on, and nothing else");
    add("sni-profile", std::string("^set +ssl +profile .+ -SNIEnable +ENABLED") + kEnd,
        "turn SNI on in the profile that rules a virtual server");
  }
  if (use.has(Feature::Services)) {
    add("bind-services", "^bind +ssl +(service|serviceGroup) +" + quoted(words.targets) + " +(.* )?-certkeyName .*$",
        "bind to services and service groups");
    add("unbind-services",
        "^unbind +ssl +(service|serviceGroup) +" + quoted(words.targets) + " +(.* )?-certkeyName +" +
            quoted(words.certkeys) + kMore,
        "unbind certkeys of ours from them");
  }
}

}  // namespace

std::string_view to_text(Purpose purpose) {
  switch (purpose) {
    case Purpose::Look:
      return "look";
    case Purpose::Files:
      return "files";
    case Purpose::CertKeys:
      return "certkeys";
    case Purpose::Bindings:
      return "bindings";
    case Purpose::HighAvailability:
      return "ha";
    case Purpose::Partition:
      return "partition";
    case Purpose::Save:
      return "save";
    case Purpose::Check:
      break;
  }
  return "check";
}

std::vector<Clause> clauses(const Use& use) {
  const Patterns words(use);
  std::vector<Clause> all;
  add_looks(all, use);
  add_files(all, words);
  add_certkeys(all, words);
  if (!use.targets || !use.targets->empty()) add_bindings(all, use, words);
  if (use.has(Feature::HighAvailability))
    all.push_back({Purpose::HighAvailability, "ha.files", std::string("^sync +HA +files") + kMore,
                   "bring files to the other node at once", true});
  if (!use.partition.empty())
    all.push_back({Purpose::Partition, "partition.switch",
                   "^switch +ns +partition +(-partitionName +)?" + quoted(escaped(use.partition)) + kEnd,
                   "work in the partition"});
  if (use.has(Feature::Saving))
    all.push_back({Purpose::Save, "save", std::string("^save +ns +config") + kMore, "save the configuration"});
  all.push_back({Purpose::Check, "check.sessions", std::string("^show +system +session") + kEnd,
                 "let certsync check count sessions", true});
  all.push_back({Purpose::Check, "check.disk", std::string("^stat +system") + kEnd,
                 "let certsync check see how full the disk is", true});
  return all;
}

std::vector<CommandPolicy> command_policies(const std::vector<Clause>& clauses, const std::string& base) {
  constexpr int kBetween = 10;
  std::vector<CommandPolicy> policies;
  for (const auto& clause : clauses) {
    const std::string name = base + "-" + std::string(to_text(clause.purpose));
    auto found = std::find_if(policies.begin(), policies.end(), [&](const auto& one) { return one.name == name; });
    if (found == policies.end()) {
      found = policies.insert(found, {name, "", 0, {}});
      found->priority = kBetween * static_cast<int>(policies.size());
    }
    found->cmdspec += (found->cmdspec.empty() ? "(" : "|(") + clause.pattern + ")";
    found->clauses.push_back(clause);
  }
  return policies;
}

}  // namespace certsync::cli
