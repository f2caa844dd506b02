// certsync: reads like a contents page. What a command does is in the file of its name.
#include <exception>
#include <iostream>

#include <malloc.h>

#include "app/check.h"
#include "app/inventory.h"
#include "app/options.h"
#include "app/plan.h"
#include "app/policy.h"
#include "app/private_memory.h"
#include "app/run.h"

namespace {

// The library would make an arena for nearly every thread, and what is freed in one is of no use to the others. Threads
// here wait for the network.
constexpr int kArenas = 2;

}  // namespace

int main(int argc, char** argv) {
  ::mallopt(M_ARENA_MAX, kArenas);  // NOLINT(concurrency-mt-unsafe): there is one thread yet
  certsync::app::keep_memory_private();
  try {
    return certsync::app::run_command_line(argc, argv,
                                           {certsync::app::run, certsync::app::inventory, certsync::app::plan,
                                            certsync::app::check, certsync::app::policy});
  } catch (const std::exception& error) {
    std::cerr << "certsync: " << error.what() << "\n";
    return 1;
  }
}
