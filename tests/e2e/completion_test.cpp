// Completion in the shells themselves.
#include "e2e/child.h"
#include <gtest/gtest.h>

#include "support/places.h"

namespace e2e {
namespace {

const std::string kProgram = support::program("certsync");

/// What the shell says to a script that can call $certsync.
std::string said(const std::string& shell, const std::string& script) {
  Child child({"/usr/bin/env", "certsync=" + kProgram, shell, "-c", script});
  child.wait();
  return child.output();
}

/// What bash offers for a line, its last word unfinished.
std::string bash_offers(const std::string& words) {
  return said("bash", "source <(\"$certsync\" completion bash); COMP_WORDS=(" + words +
                          "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _certsync; echo \"${COMPREPLY[*]}\"");
}

TEST(Completion, InBash) {
  EXPECT_EQ(bash_offers("certsync ''"), "run inventory plan check policy completion version\n");
  EXPECT_EQ(bash_offers("certsync pl"), "plan\n");
  EXPECT_EQ(bash_offers("certsync inventory --so"), "--sort\n");
  EXPECT_EQ(bash_offers("certsync inventory --sort ''"), "name expiry\n");
  EXPECT_EQ(bash_offers("certsync inventory --sort = e"), "expiry\n");
  EXPECT_EQ(bash_offers("certsync plan -o r"), "requests\n");
  EXPECT_EQ(bash_offers("certsync run --manifests ''"), "\n") << "files, by the shell's default";
  EXPECT_EQ(bash_offers("certsync run --once --read"), "--read-only\n");
  EXPECT_EQ(bash_offers("certsync completion ''"), "bash zsh fish -h --help\n");
}

TEST(Completion, InFish) {
  const auto offers = [](const std::string& line) {
    return said("fish", "$certsync completion fish | source; complete -C '" + line + "'");
  };
  EXPECT_EQ(offers("certsync inv"),
            "inventory\tEvery certkey of every appliance: expiry, names, where it is bound, what is served\n");
  EXPECT_EQ(offers("certsync inventory --sort e").substr(0, 6), "expiry");
  EXPECT_EQ(offers("certsync inventory --unb"), "--unbound\tOnly certkeys that are bound nowhere\n");
}

// Its own words are functions of zsh's completion system; here they print what they are given.
TEST(Completion, InZsh) {
  const auto offers = [](const std::string& words) {
    return said("zsh",
                "compdef() { }; _describe() { print -rl -- \"${commands[@]}\" }; "
                "_arguments() { print -rl -- \"$@\" }; source <(\"$certsync\" completion zsh); words=(" +
                    words + "); CURRENT=${#words}; _certsync");
  };
  const auto commands = offers("certsync ''");
  EXPECT_NE(commands.find("plan:What would be done to each appliance"), std::string::npos) << commands;
  const auto options = offers("certsync inventory ''");
  EXPECT_NE(options.find("*--sort=[Order within an appliance]:value:(name expiry)\n"), std::string::npos) << options;
  EXPECT_NE(options.find("*--unbound["), std::string::npos) << options;
  EXPECT_EQ(options.find("rollout"), std::string::npos) << options;
  EXPECT_EQ(offers("certsync completion ''").find("compdef"), std::string::npos);
}

TEST(Completion, OfAnotherShellIsBadUsage) {
  Child child({kProgram, "completion", "tcsh"});

  EXPECT_EQ(child.wait(), 3) << child.output();
}

TEST(Version, NamesTheLibraries) {
  Child child({kProgram, "version"});

  EXPECT_EQ(child.wait(), 0);
  for (const char* library : {"certsync ", "commit ", "OpenSSL 3", "cpprestsdk 2", "yaml-cpp 0", "prometheus-cpp 1"})
    EXPECT_NE(child.output().find(library), std::string::npos) << library << child.output();
}

}  // namespace
}  // namespace e2e
