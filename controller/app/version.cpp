#include "app/version.h"

#include <string_view>

#include <openssl/crypto.h>

namespace certsync::app {

std::string version() {
  return CERTSYNC_VERSION;
}

std::string version_text() {
  // OpenSSL is the system's, whatever this was built with.
  std::string text = "certsync " + version() + "\ncommit   " + revision() + "\nTLS      " +
                     OpenSSL_version(OPENSSL_VERSION) + "\nwith     ";
  for (const char c : std::string_view(CERTSYNC_LIBRARIES))
    text += c == ',' ? std::string("\n         ") : std::string(1, c);
  return text + "\n";
}

}  // namespace certsync::app
