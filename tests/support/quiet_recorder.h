// A Recorder that records nothing, for tests about something else.
#pragma once

#include "ports/quiet_recorder.h"

namespace support {

using certsync::ports::QuietRecorder;

}  // namespace support
