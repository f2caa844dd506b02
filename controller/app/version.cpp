#include "app/version.h"

#include <openssl/crypto.h>

namespace certsync::app {

std::string version() {
  return CERTSYNC_VERSION;
}

std::string version_text() {
  return "certsync " + version() + "\ncommit   " + revision() + "\nTLS      " + OpenSSL_version(OPENSSL_VERSION) + "\n";
}

}  // namespace certsync::app
