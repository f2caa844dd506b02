// The control interface of nitro-sim: plain HTTP on loopback, for people and for tests that run the program.
#pragma once

#include "sim/message.h"

namespace sim {

class Simulator;

/// GET /state, GET /log, GET /counters, POST /faults, DELETE /faults, POST /reboot, POST /save, DELETE /log.
Response control(const Request& request, Simulator& simulator);

}  // namespace sim
