// Tries whether the account may do what a clause lets through: with the operator's own requests, about things that are
// not there, so that the appliance either refuses by its command policy (2138, 371) or does not find what was meant.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/command_policy.h"

#include "base/result.h"
#include "nitro/session.h"

namespace certsync::cli {

enum class Allowed { Yes, No, NotTried };
std::string_view to_text(Allowed allowed);

/// The requests of one clause; without requests: why none can be tried.
struct Trial {
  std::vector<nitro::Call> calls;
  std::string why_not;
};

/// `servers`: the virtual servers that there are. Pure.
Trial trial_of(const Clause& clause, const Use& use, const std::set<std::string>& servers);

struct Right {
  Clause clause;
  Allowed allowed = Allowed::NotTried;
  /// The appliance's refusal, or why it was not tried.
  std::string message;
};

/// In the order of the clauses. `ask` sends one request. Ends early with what is left NotTried when the connection
/// does.
std::vector<Right> try_rights(const std::vector<Clause>& clauses, const Use& use, const std::set<std::string>& servers,
                              const std::function<Result<nitro::Answer>(nitro::Call)>& ask);

}  // namespace certsync::cli
