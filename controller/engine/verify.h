// Proof after the fact: each endpoint of a certkey is asked by a TLS handshake and its answer held against the wish.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "plan/desired.h"
#include "plan/summary.h"
#include "ports/prober.h"
#include "ports/recorder.h"

namespace certsync::engine {

struct Proof {
  plan::Verdict verdict = plan::Verdict::Off;
  std::string message;
  std::vector<ports::ServedSeries> served;
  /// Endpoint → SHA-256 (hex) of the leaf that it showed.
  std::map<std::string, std::string> shown;
  /// Of the certificate that an endpoint showed.
  std::optional<std::pair<TimePoint, TimePoint>> served_dates;
  TimePoint at{};
};

/// Proofs by certkey name. `addresses`: virtual server → "host:port". At most `kParallelProbes` handshakes at a time.
std::map<std::string, Proof> verify(const std::string& appliance, const std::vector<plan::WantedCertKey>& certkeys,
                                    const std::map<std::string, std::string>& addresses, ports::Prober& prober,
                                    const Clock& clock, std::stop_token stop);

inline constexpr std::size_t kParallelProbes = 8;

/// The name to ask for: a wildcard is asked for as certsync-probe.<rest>.
std::string probe_name(const model::Certificate& leaf);

}  // namespace certsync::engine
