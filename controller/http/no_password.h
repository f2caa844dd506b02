// Inside http only: keys are not encrypted here, and nobody sits at a terminal to be asked.
#pragma once

namespace certsync::http {

/// A pem_password_cb that gives none and notes in `asked`, a bool, that one was wanted; OpenSSL's own asks at the
/// terminal.
inline int no_password(char* /*buffer*/, int /*size*/, int /*encrypting*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

}  // namespace certsync::http
