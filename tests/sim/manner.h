// How a vserver's endpoint behaves, whatever is bound to it.
#pragma once

namespace sim {

enum class Manner {
  Honest,
  Dead,      // connections are refused; honest again, it has its old port
  Silent,    // accepts and never says a word
  Stubborn,  // goes on serving what it served when it became so
};

}  // namespace sim
