// SIGTERM and SIGINT as an ordinary return from a wait.
#pragma once

namespace certsync::app {

/// Before any thread exists: the signals that end the program are blocked everywhere.
void block_signals();
/// Waits for one of them. A second one ends the program at once, whatever it is doing.
void wait_for_signal();
/// Wakes wait_for_signal() from inside the program.
void raise_stop();

}  // namespace certsync::app
