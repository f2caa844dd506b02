// What the operator's account on an appliance has to be allowed, and nothing more. Pure.
//
// A command policy is a regular expression, matched in any case against the CLI command that a request becomes
// (NetScaler's administration guide, "Examples of regular expressions for command policies"). Public policies show what
// these commands look like: `show system file NAME -fileLocation "/var/…"` (corelayer), `add|rm system file …
// -fileLocation …` (j81blog/GenLeCertForNS). Ours hold neither a backslash nor a quote, which the appliance's command
// line would take for its own.
#pragma once

#include <string>
#include <vector>

#include "cli/use.h"

namespace certsync::cli {

/// What clauses are for, together one command policy, in the order of their priorities.
enum class Purpose { Look, Files, CertKeys, Bindings, HighAvailability, Partition, Save, Check };
/// "look", "files", …: the end of the policy's name.
std::string_view to_text(Purpose purpose);

struct Clause {
  Purpose purpose = Purpose::Look;
  /// Stable: "files.write".
  std::string name;
  /// Anchored at both ends.
  std::string pattern;
  /// What it lets the operator do.
  std::string why;
  /// The operator works without it, and says less.
  bool optional = false;
};

std::vector<Clause> clauses(const Use& use);

struct CommandPolicy {
  /// "certsync-look"; at most 31 characters (add system cmdPolicy).
  std::string name;
  std::string cmdspec;
  int priority = 0;
  std::vector<Clause> clauses;
};

/// `base`: begins the names of the policies, at most 20 characters.
std::vector<CommandPolicy> command_policies(const std::vector<Clause>& clauses, const std::string& base);

}  // namespace certsync::cli
