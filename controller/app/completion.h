// What a shell needs to complete certsync. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace certsync::app {

struct OptionWord {
  /// "--sort" or "-o"
  std::string name;
  std::string help;
  bool takes_value = false;
  /// All that it takes; empty = anything.
  std::vector<std::string> values = {};
};

struct CommandWord {
  std::string name;
  std::string help;
  std::vector<OptionWord> options;
  /// What stands without a flag: "bash zsh fish".
  std::vector<std::string> words = {};
};

std::vector<CommandWord> words_of(const CLI::App& program);

/// `shell`: bash, zsh or fish.
std::string completion(const std::vector<CommandWord>& commands, std::string_view shell);

}  // namespace certsync::app
