// The control interface of nitro-sim: plain HTTP on loopback, for people and for tests that run the program.
#pragma once

#include "sim/message.h"

namespace sim {

class Pair;
class Simulator;

/// GET /state, GET /log, GET /counters, POST /faults, DELETE /faults, POST /reboot, POST /save, DELETE /log,
/// POST /manner, POST /unsaved-work.
Response control(const Request& request, Simulator& simulator);
/// POST /failover, POST /sync-files, POST /sync-config. The above goes to the primary; with /nodes/0 or /nodes/1 in
/// front to that node.
Response control(const Request& request, Pair& pair);

}  // namespace sim
