// What a pass sends, written down on its way: so that the bare client sends the very same.
#pragma once

#include <vector>

#include "bench/plain_client.h"

#include "base/locked.h"
#include "nitro/factory.h"

namespace bench {

/// Thread-safe.
class Recording {
 public:
  certsync::nitro::TransportMaker around(certsync::nitro::TransportMaker real);
  void start();
  std::vector<PhasedRequest> stop();

  void take(const certsync::http::Request& request);

 private:
  struct Tape {
    bool on = false;
    std::vector<PlainRequest> requests;
  };
  certsync::Locked<Tape> tape_;
};

}  // namespace bench
