// certsync: reads like a contents page. What a command does is in the file of its name.
#include <exception>
#include <iostream>

#include "app/check.h"
#include "app/inventory.h"
#include "app/options.h"
#include "app/plan.h"
#include "app/policy.h"
#include "app/private_memory.h"
#include "app/run.h"

int main(int argc, char** argv) {
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
