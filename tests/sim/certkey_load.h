// Loading a certkey's files into memory: the checks that adding, updating and rebooting share.
#pragma once

#include <optional>
#include <string>

#include "sim/reply.h"
#include "sim/state.h"

namespace sim {

struct Loaded {
  CertificatePtr certificate;
  KeyPtr key;
  std::optional<Reply> refused;
};

/// Reads the files of `certkey` as they are now. `password_flag`: the caller said that the key is encrypted.
Loaded load_files(const State& state, const Certkey& certkey, bool password_flag);

/// Puts the loaded pair in use under the certkey's name and keeps the index of identities right.
void install(State& state, Certkey certkey, Loaded loaded);
/// Takes the certkey out, and its identity.
void uninstall(Config& config, const std::string& name);

/// 1588 or 1589, or nothing.
std::optional<int> validity_warning(const State& state, const Certificate& certificate);

/// Running becomes saved, files are read again: a certkey whose files are gone is gone, and its bindings and links.
void reload_saved(State& state);
/// The same with the configuration of another appliance, and `state`'s own files.
void take_configuration(State& state, const State& from);

}  // namespace sim
