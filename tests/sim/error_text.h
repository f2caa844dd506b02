// The appliance's error codes: their texts and the HTTP status they come with. One table; see error_text.cpp.
#pragma once

#include <string>

namespace sim {

std::string error_text(int code);
int error_status(int code);

}  // namespace sim
