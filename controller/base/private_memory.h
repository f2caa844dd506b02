// Memory of this process is nobody's business: it is wiped when it is freed, and left out of core dumps. SecretBytes
// wipes its own; this reaches the copies that libraries make of a key or a password on their way (HTTP, JSON, YAML,
// TLS).
#pragma once

namespace certsync {

/// Call first thing in main. From then on what C++ and OpenSSL free is wiped, and a core dump holds neither heap nor
/// stacks (core(5), coredump_filter). A program that does not call it does not link it. Under a sanitizer, which has an
/// allocator of its own, nothing is wiped.
void keep_memory_private();

}  // namespace certsync
