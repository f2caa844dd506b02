// Memory of this process is nobody's business: it is wiped when it is freed, and left out of core dumps. SecretBytes
// wipes its own; this reaches the copies that libraries make of a key or a password on their way (HTTP, JSON, YAML,
// TLS).
#pragma once

namespace certsync::app {

/// Call first thing in main. From then on what C++ and OpenSSL free is wiped, and a core dump holds neither heap nor
/// stacks (core(5), coredump_filter). It belongs to the program alone: what links
/// this file wipes what it frees. Under a sanitizer, which has an allocator of its own, nothing is wiped.
void keep_memory_private();

}  // namespace certsync::app
