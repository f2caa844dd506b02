#include "model/cert_sync.h"

namespace certsync::model {

std::string_view to_text(Role role) {
  return role == Role::Default ? "default" : "sni";
}

}  // namespace certsync::model
