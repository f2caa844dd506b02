#include "app/completion.h"

#include <sstream>

#include <CLI/CLI.hpp>

namespace certsync::app {
namespace {

/// "TEXT:{table,wide}" → table, wide
std::vector<std::string> values_of(const std::string& type_name) {
  std::vector<std::string> values;
  const auto open = type_name.find('{');
  const auto close = type_name.rfind('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return values;
  std::istringstream in(type_name.substr(open + 1, close - open - 1));
  for (std::string word; std::getline(in, word, ',');)
    values.push_back(word);
  return values;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

/// Within single quotes of a shell, and within the brackets of zsh's _arguments.
std::string plain(const std::string& help) {
  std::string text;
  for (const char c : help)
    text += c == '\'' ? "'\\''" : c == '[' ? "(" : c == ']' ? ")" : std::string(1, c);
  return text;
}

std::string bash(const std::vector<CommandWord>& commands) {
  std::string names;
  std::string values;
  std::string options;
  for (const auto& command : commands) {
    names += (names.empty() ? "" : " ") + command.name;
    std::vector<std::string> words = command.words;
    for (const auto& option : command.options) {
      words.push_back(option.name);
      // Without a list of values: files, by the default of `complete`.
      if (option.takes_value)
        values += "  '" + command.name + " " + option.name + "') words='" + joined(option.values) + "' ;;\n";
    }
    options += "  '" + command.name + " '*) words='" + joined(words) + "' ;;\n";
  }
  return R"(# bash completion of certsync: source <(certsync completion bash)
_certsync() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=''
  if [[ $word == = ]]; then
    word=''
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD-2]}
  fi
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    words=')" +
         names + R"('
  else
  case "${COMP_WORDS[1]} $before" in
)" + values +
         options + R"(  esac
  fi
  local one
  for one in $words; do
    [[ $one != "$word"* ]] || COMPREPLY+=("$one")
  done
}
complete -o default -F _certsync certsync
)";
}

std::string zsh(const std::vector<CommandWord>& commands) {
  std::string names;
  std::string cases;
  for (const auto& command : commands) {
    names += "      '" + command.name + ":" + plain(command.help) + "'\n";
    cases += "  " + command.name + ")\n    _arguments";
    for (const auto& option : command.options) {
      cases += " \\\n      '*" + option.name + (option.takes_value && option.name.starts_with("--") ? "=" : "") + "[" +
               plain(option.help) + "]";
      if (option.takes_value)
        cases += ":value:" + (option.values.empty() ? "_files" : "(" + joined(option.values) + ")");
      cases += "'";
    }
    if (!command.words.empty()) cases += " \\\n      '1:word:(" + joined(command.words) + ")'";
    cases += "\n    ;;\n";
  }
  return "#compdef certsync\n# zsh completion of certsync: source <(certsync completion zsh), or as _certsync in "
         "$fpath\n"
         "_certsync() {\n  if ((CURRENT == 2)); then\n    local -a commands=(\n" +
         names +
         "    )\n    _describe command commands\n    return\n  fi\n"
         "  local command=$words[2]\n  shift words\n  ((CURRENT--))\n  case $command in\n" +
         cases + "  esac\n}\n[[ $funcstack[1] == _certsync ]] && _certsync \"$@\" || compdef _certsync certsync\n";
}

std::string fish(const std::vector<CommandWord>& commands) {
  std::string text = "# fish completion of certsync: certsync completion fish | source\n";
  for (const auto& command : commands) {
    text +=
        "complete -c certsync -f -n __fish_use_subcommand -a " + command.name + " -d '" + plain(command.help) + "'\n";
    const std::string within = "complete -c certsync -n '__fish_seen_subcommand_from " + command.name + "'";
    for (const auto& option : command.options) {
      text +=
          within + (option.name.starts_with("--") ? " -l " + option.name.substr(2) : " -s " + option.name.substr(1));
      if (option.takes_value) text += option.values.empty() ? " -r" : " -xa '" + joined(option.values) + "'";
      text += " -d '" + plain(option.help) + "'\n";
    }
    if (!command.words.empty()) text += within + " -f -a '" + joined(command.words) + "'\n";
  }
  return text;
}

}  // namespace

std::vector<CommandWord> words_of(const CLI::App& program) {
  std::vector<CommandWord> commands;
  for (const auto* command : program.get_subcommands([](const CLI::App*) { return true; })) {
    auto& one = commands.emplace_back(CommandWord{command->get_name(), command->get_description(), {}});
    for (const auto* option : command->get_options()) {
      const auto values = values_of(option->get_type_name());
      if (option->get_positional()) one.words = values;
      const bool takes_value = option->get_expected_min() != 0 && option->get_type_size() != 0;
      for (const auto& name : option->get_snames())
        one.options.push_back({"-" + name, option->get_description(), takes_value, values});
      for (const auto& name : option->get_lnames())
        one.options.push_back({"--" + name, option->get_description(), takes_value, values});
    }
  }
  return commands;
}

std::string completion(const std::vector<CommandWord>& commands, std::string_view shell) {
  return shell == "zsh" ? zsh(commands) : shell == "fish" ? fish(commands) : bash(commands);
}

}  // namespace certsync::app
