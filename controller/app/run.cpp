#include "app/run.h"

#include "app/cluster.h"
#include "app/signals.h"
#include "app/standalone.h"
#include "http/transport.h"

namespace certsync::app {
namespace {

// One: cpprestsdk can crash when a request is given up while another of its threads reads.
constexpr std::size_t kPoolThreads = 1;

}  // namespace

int run(const RunOptions& options) {
  block_signals();
  http::initialize_threads(kPoolThreads);
  const Logger log(options.log_level, options.log_format);
  return options.manifests.empty() ? run_in_cluster(options, log) : run_standalone(options, log);
}

}  // namespace certsync::app
