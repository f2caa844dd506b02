// `certsync policy`.
#pragma once

#include "app/options.h"

namespace certsync::app {

/// Command policies and the account, to stdout; no appliance is asked. Exit code: 0 done, 1 the estate could not be
/// read, 3 bad usage.
int policy(const PolicyOptions& options);

}  // namespace certsync::app
