#include "scenarios/story.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "scenarios/harm.h"
#include "scenarios/story_boxes.h"
#include "scenarios/story_pki.h"
#include "scenarios/world.h"
#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include "base/encoding.h"
#include "base/time_text.h"
#include "model/naming.h"
#include "pki/x509.h"
#include "support/sanitized.h"

namespace scenarios {

using namespace certsync;

namespace {

using Json = nlohmann::json;

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;)
    words.push_back(word);
  return words;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// Lines about files that follow one another, sorted: their order is that of their names, and those of encrypted keys
// are others in each telling. So are those about bindings, whose order is that of time.
std::string with_files_sorted(const std::string& text) {
  std::istringstream in(text);
  std::string out;
  std::multiset<std::string> run;
  const auto end_run = [&] {
    for (const auto& line : run)
      out += line + "\n";
    run.clear();
  };
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("file ") || line.starts_with("delete file ") || line.starts_with("  bind ")) {
      run.insert(line);
    } else {
      end_run();
      out += line + "\n";
    }
  }
  end_run();
  return out;
}

class Teller {
 public:
  explicit Teller(const std::filesystem::path& file,
                  std::shared_ptr<StoryPki> certificates = std::make_shared<StoryPki>(), World::Rights rights = {})
      : document_(YAML::LoadFile(file.string())), certificates_(std::move(certificates)) {
    if (rights) world_.limit(std::move(rights));
    for (const auto& box : document_["boxes"]) {
      const auto name = box.first.as<std::string>();
      const auto options = box_options(document_, box.second);
      world_.add_box(name, options.vservers, options);
      world_.write_appliance(name, document_["appliance_spec"].as<std::string>(""));
    }
    for (const auto& pair : document_["pairs"]) {
      const auto name = pair.first.as<std::string>();
      const auto options = box_options(document_, pair.second);
      world_.add_pair(name, options.vservers, options);
      world_.write_appliance(name, {name + "-a", name + "-b"}, document_["appliance_spec"].as<std::string>(""));
    }
    if (certificates_->pem.empty()) certificates_->make(document_["pki"], world_.clock().now());
  }

  std::string tell() {
    world_.start();
    int number = 0;
    for (const auto& deed : document_["story"]) {
      ++number;
      const auto verb = deed.begin()->first.as<std::string>();
      if (const auto wrong = one(verb, deed.begin()->second); !wrong.empty()) {
        return "deed " + std::to_string(number) + " (" + verb + "):\n" + wrong;
      }
    }
    if (!document_["may_stop_serving"].as<bool>(false) && !world_.outages().empty()) return world_.outages();
    return "";
  }

  // The deeds only, harmed once; ends with everything settled.
  std::string end_state(const Harm& harm, Counts& counts) {
    world_.start();
    if (harm.kill_at > 0) world_.kill_at_write(harm.kill_at, harm.moment);
    if (!harm.box.empty()) world_.boxes().at(harm.box)->faults.add(harm.fault);
    int struck = 0;
    for (const auto& deed : document_["story"]) {
      const auto verb = deed.begin()->first.as<std::string>();
      static const std::set<std::string> kLooks = {"expect", "serves", "state", "events"};
      if (kLooks.count(verb) != 0) continue;
      try {
        act(verb, deed.begin()->second);
      } catch (const Killed&) {
        world_.kill();
        world_.start();
        if (verb == "pass" && !settle()) return "never settled after the crash";
      }
      // Within a story's own lasting fault nothing settles; that is for the next pass to show.
      if (!harm.box.empty() && verb != "expect_no_end" && struck == 0 &&
          world_.boxes().at(harm.box)->faults.struck() > 0 && world_.running()) {
        // What stalled by it is tried again at the next resync, before the story goes on.
        struck = 1;
        world_.clock().advance(std::chrono::seconds(660));
        if (!settle()) return "never settled after the trouble";
      }
    }
    counts.writes = world_.writes_since();
    for (const auto& [name, box] : world_.boxes())
      counts.requests[name] = static_cast<int>(box->log.requests());
    // A fresh process waits for its own 30 s before an absent manifest counts as deleted.
    for (const auto wait : {std::chrono::seconds(0), std::chrono::seconds(31), std::chrono::seconds(660)}) {
      world_.clock().advance(wait);
      if (!settle()) return "never settled";
    }
    if (harm.daemons && document_["pairs"]) {
      for (const auto& pair : document_["pairs"]) {
        world_.pair(pair.first.as<std::string>()).sync_files();
        world_.pair(pair.first.as<std::string>()).sync_config();
      }
    }
    std::string state = world_.outages();
    for (const auto& [name, box] : world_.boxes()) {
      const auto text = with_files_sorted(pretty(box->appliance->state_text()));
      // Files that only the other node has are nobody's concern.
      const bool bare = harm.daemons && !box->appliance->is_primary();
      state += "== " + name + (box->appliance->config_changed() ? " (unsaved)" : "") + "\n" +
               (bare ? std::regex_replace(text, std::regex("file .*\n"), "") : text);
    }
    return state;
  }

 private:
  bool settle() { return world_.settle(); }

  // What an endpoint shows, whatever is bound there.
  bool set_manner(const std::string& verb, const std::string& where) {
    const auto name = where.substr(0, where.find('/'));
    const auto vserver = where.substr(name.size() + 1);
    auto& box = world_.box(name);
    box.stubborn.erase(vserver);
    box.dark.erase(vserver);
    if (verb == "stubborn") box.stubborn[vserver] = world_.served(name, vserver, "", model::KeyType::Ecdsa);
    if (verb == "dark") box.dark.insert(vserver);
    return true;
  }

  bool act_on_pair(const std::string& verb, const std::string& name) {
    auto& pair = world_.pair(name);
    if (verb == "fail_over") pair.fail_over();
    if (verb == "sync_files") pair.sync_files();
    if (verb == "sync_config") pair.sync_config();
    return true;
  }

  std::string one(const std::string& verb, const YAML::Node& node) {
    if (verb == "expect") return look_at_conditions(node);
    if (verb == "serves") return look_at_serving(node);
    if (verb == "state") return compare(node.as<std::string>(), state_picture());
    if (verb == "events") return look_at_events(node);
    if (verb == "pass") {
      for (auto& [name, box] : world_.boxes())
        box->log.clear();
      if (!act(verb, node)) return "the passes never ended";
      if (node.IsMap() && node["expect"]) return compare(node["expect"].as<std::string>(), writes_picture());
      return "";
    }
    return act(verb, node) ? "" : "unknown deed";
  }

  bool act(const std::string& verb, const YAML::Node& node) {
    if (verb == "write") {
      for (const auto& file : node)
        world_.write(file.first.as<std::string>(), certificates_->filled(file.second.as<std::string>()));
    } else if (verb == "spec") {
      for (const auto& box : node)
        world_.write_appliance(box.first.as<std::string>(), box.second.as<std::string>());
    } else if (verb == "remove") {
      world_.remove(node.as<std::string>());
    } else if (verb == "pass") {
      return settle();
    } else if (verb == "expect_no_end") {
      return !settle();
    } else if (verb == "advance") {
      world_.clock().advance(*parse_duration(node.as<std::string>()));
    } else if (verb == "restart") {
      node.as<std::string>() == "kill" ? world_.kill() : world_.stop();
      world_.start();
    } else if (verb == "reboot") {
      world_.box(node.as<std::string>()).appliance->reboot();
    } else if (verb == "by_hand") {
      for (const auto& box : node) {
        for (const auto& line : box.second)
          by_hand(world_.box(box.first.as<std::string>()), line.as<std::string>());
      }
    } else if (verb == "fault") {
      for (const auto& box : node) {
        Json rule;
        for (const auto& member : box.second)
          rule[member.first.as<std::string>()] = scalar(member.second);
        world_.box(box.first.as<std::string>()).faults.add(*sim::parse_fault(rule.dump()));
      }
    } else if (verb == "appliance") {
      for (const auto& one : node)
        world_.write_appliance(one.first.as<std::string>(), one.second["at"].as<std::vector<std::string>>(),
                               one.second["spec"].as<std::string>(""));
    } else if (verb == "owner") {
      const auto former = node["former"].as<std::vector<std::string>>(std::vector<std::string>());
      world_.set_owner(node["id"].as<std::string>(), {former.begin(), former.end()});
    } else if (verb == "fail_over" || verb == "sync_files" || verb == "sync_config") {
      return act_on_pair(verb, node.as<std::string>());
    } else if (verb == "down" || verb == "up") {
      world_.box(node.as<std::string>()).down = verb == "down";
    } else if (verb == "stubborn" || verb == "dark" || verb == "honest") {
      return set_manner(verb, node.as<std::string>());
    } else if (verb == "no_faults") {
      world_.box(node.as<std::string>()).faults.clear();
    } else {
      return false;
    }
    return true;
  }

  static Json scalar(const YAML::Node& node) {
    const auto text = node.as<std::string>();
    const Json parsed = Json::parse(text, nullptr, false);
    return parsed.is_discarded() || node.Tag() == "!" ? Json(text) : parsed;
  }

  // --- what a person does -------------------------------------------------------------------------------------------
  // "add NAME CERT [KEY]", "replace NAME CERT KEY", "bind VSERVER NAME [sni]", "link NAME ISSUER", "save",
  // "rm-file NAME", "fips NAME CERT", "changes", or METHOD TARGET BODY
  void by_hand(Box& box, const std::string& line) {
    auto& appliance = *box.appliance;
    const auto words = words_of(line);
    int code = 0;
    if (words[0] == "add") {
      code = appliance.add_certkey(words[1], pem_.at(words[2]), words.size() > 3 ? keys_.at(words[3]) : "");
    } else if (words[0] == "replace") {
      appliance.put_file("hand.pem", pem_.at(words[2]));
      appliance.put_file("hand.key", keys_.at(words[3]));
      code = appliance.person("POST", "sslcertkey?action=update",
                              R"({"sslcertkey":{"certkey":")" + words[1] +
                                  R"(","cert":"hand.pem","key":"hand.key","nodomaincheck":true}})");
    } else if (words[0] == "bind") {
      code = appliance.bind(words[1], words[2], words.size() > 3);
    } else if (words[0] == "fips") {
      appliance.put_fips_key(words[1], keys_.at(words[2]));
    } else if (words[0] == "link") {
      code = appliance.link(words[1], words[2]);
    } else if (words[0] == "unlink") {
      code = appliance.person("POST", "sslcertkey?action=unlink", R"({"sslcertkey":{"certkey":")" + words[1] + "\"}}");
    } else if (words[0] == "unbind") {
      code = appliance.person("DELETE", "sslvserver_sslcertkey_binding/" + words[1] + "?args=certkeyname:" + words[2] +
                                            (words.size() > 3 ? ",snicert:true" : ""));
    } else if (words[0] == "rm-own-files") {
      std::istringstream state(appliance.state_text());
      for (std::string text; std::getline(state, text);) {
        for (const auto& word : words_of(text)) {
          if (word.starts_with("cs-") && (word.ends_with(".pem") || word.ends_with(".key")))
            appliance.remove_file(word);
        }
      }
    } else if (words[0] == "save") {
      code = appliance.save();
    } else if (words[0] == "changes") {
      appliance.mark_saved(false);
    } else {
      code = appliance.person(words[0], words[1], words.size() > 2 ? line.substr(line.find(words[2])) : "");
    }
    if (code != 0) trouble_ += "by hand: " + line + " gave " + std::to_string(code) + "\n";
  }

  // --- pictures -----------------------------------------------------------------------------------------------------
  std::string pretty(std::string text) const {
    for (const auto& [content, certificate] : by_content_) {
      replace_all(text, "cs-own-" + std::string(model::kSharedResource) + content, "ca:" + certificate);
      replace_all(text, "cs-ca-" + content, "ca:" + certificate);
      for (const auto& sync : syncs()) {
        replace_all(text, "cs-own-" + model::resource_mark(sync) + content, sync.name + ":" + certificate);
      }
    }
    // Encrypted keys have another name each time.
    for (const auto& sync : syncs()) {
      const std::regex encrypted("cs-own-" + model::resource_mark(sync) + "[0-9a-f]{24}\\.key");
      text = std::regex_replace(text, encrypted, sync.name + ":encrypted.key");
    }
    return text;
  }

  std::vector<model::ObjectRef> syncs() const {
    std::vector<model::ObjectRef> refs;
    for (const auto& name : document_["syncs"]) {
      const auto text = name.as<std::string>();
      const auto slash = text.find('/');
      refs.push_back(slash == std::string::npos ? model::ObjectRef{"default", text}
                                                : model::ObjectRef{text.substr(0, slash), text.substr(slash + 1)});
    }
    if (refs.empty()) refs.push_back({"default", "www"});
    return refs;
  }

  std::string writes_picture() {
    std::string text;
    for (const auto& [name, box] : world_.boxes()) {
      for (const auto& entry : box->log.entries()) {
        if (!entry.mutating) continue;
        std::string line = describe(entry);
        if (entry.errorcode != 0) line += " = " + std::to_string(entry.errorcode);
        text += (world_.boxes().size() > 1 ? name + ": " : "") + line +
                (entry.fault.empty() ? "" : " !" + entry.fault) + "\n";
      }
    }
    return pretty(text);
  }

  static std::string member(const Json& object, const char* name) { return object.value(name, ""); }

  // "" for an intermediate.
  static std::string key_of(const Json& object) {
    const auto key = member(object, "key");
    const auto fips_key = member(object, "fipskey");
    return (key.empty() ? "" : " + " + key) + (fips_key.empty() ? "" : " + FIPS key " + fips_key);
  }

  // The simulator's own view of a request, so that the operator's words about itself prove nothing.
  static std::string describe(const sim::LogEntry& entry) {
    std::string target = entry.target.substr(entry.target.find("/config/") + 8);
    replace_all(target, "warning=yes", "");
    while (target.ends_with('?') || target.ends_with('&'))
      target.pop_back();
    const Json body = Json::parse(entry.body, nullptr, false);
    const Json& inner = body.is_object() && !body.empty() ? body.begin().value() : body;
    if (target == "systemfile") return "upload " + member(inner, "filename");
    if (target.starts_with("systemfile/")) return "delete file " + target.substr(11, target.find('?') - 11);
    if (target == "sslcertkey" && entry.method == "POST") {
      return "add " + member(inner, "certkey") + " from " + member(inner, "cert") + key_of(inner);
    }
    if (target.starts_with("sslcertkey?action=update")) {
      return "update " + member(inner, "certkey") + " from " + member(inner, "cert") + key_of(inner);
    }
    if (target.starts_with("sslcertkey?action=link"))
      return "link " + member(inner, "certkey") + " to " + member(inner, "linkcertkeyname");
    if (target.starts_with("sslcertkey?action=unlink")) return "unlink " + member(inner, "certkey");
    if (target == "sslcertkey" && entry.method == "PUT") return "monitor " + member(inner, "certkey");
    if (target.starts_with("sslcertkey/")) return "delete certkey " + target.substr(11, target.find('?') - 11);
    if (target == "sslvserver_sslcertkey_binding") {
      return "bind " + member(inner, "certkeyname") + " to " + member(inner, "vservername") +
             (inner.value("snicert", false) ? " by sni" : "");
    }
    if (target == "sslservice_sslcertkey_binding")
      return "bind " + member(inner, "certkeyname") + " to service " + member(inner, "servicename");
    if (target == "sslservicegroup_sslcertkey_binding")
      return "bind " + member(inner, "certkeyname") + " to service group " + member(inner, "servicegroupname");
    if (target.starts_with("hafiles?action=sync")) return "sync files";
    if (target.starts_with("nsconfig?action=save")) return "save";
    if (entry.method == "DELETE") return "unbind " + target;
    return entry.method + " " + target;
  }

  std::string state_picture() {
    std::string text;
    for (const auto& [name, box] : world_.boxes())
      text += (world_.boxes().size() > 1 ? "== " + name + "\n" : "") + box->appliance->state_text();
    return pretty(text);
  }

  std::string compare(std::string expected, std::string found) const {
    const auto normal = [](const std::string& text) {
      std::istringstream in(text);
      std::string out;
      for (std::string line; std::getline(in, line);) {
        if (!trim(line).empty()) out += std::string(trim(line)) + "\n";
      }
      return with_files_sorted(out);
    };
    expected = normal(expected);
    found = normal(found);
    if (expected == found && trouble_.empty()) return "";
    return trouble_ + "expected:\n" + expected + "found:\n" + found;
  }

  std::string look_at_conditions(const YAML::Node& node) {
    std::string wrong = trouble_;
    for (const auto& object : node) {
      auto name = object.first.as<std::string>();
      const std::string kind = name.starts_with('@') ? "netscalerappliance" : "netscalercertsync";
      name = name.starts_with('@') ? name.substr(1) : name.find('/') == std::string::npos ? "default/" + name : name;
      std::string type = "Ready";
      for (const auto& entry : object.second) {
        const auto key = entry.first.as<std::string>();
        const auto expected = entry.second.as<std::string>();
        if (key == "says" || key == "says_not") {
          const auto text = pretty(world_.message(kind, name, type));
          if ((text.find(expected) != std::string::npos) != (key == "says"))
            wrong += name + " " + type + " " + key + ": " + expected + "\nfound: " + text + "\n";
          continue;
        }
        if (key == "status_has") {
          if (const auto text = world_.status_text(kind, name); text.find(expected) == std::string::npos)
            wrong += name + ": no '" + expected + "' in:\n" + text;
          continue;
        }
        type = key;
        const auto found = world_.condition(kind, name, type);
        if (found != expected)
          wrong += name + " " + type + ": expected " + expected + ", found " + found + ": " +
                   world_.message(kind, name, type) + "\n";
      }
    }
    return wrong;
  }

  std::string look_at_serving(const YAML::Node& node) {
    std::string wrong;
    for (const auto& entry : node) {
      const auto words = words_of(entry.first.as<std::string>());
      const auto slash = words[0].find('/');
      const auto expected = entry.second.as<std::string>();
      bool rsa = false;
      std::string name;
      for (std::size_t i = 1; i < words.size(); ++i) {
        if (words[i] == "rsa")
          rsa = true;
        else
          name = words[i];
      }
      std::string found;
      for (const auto& der : world_.served(words[0].substr(0, slash), words[0].substr(slash + 1), name,
                                           rsa ? model::KeyType::Rsa : model::KeyType::Ecdsa)) {
        const auto known = by_digest_.find((*pki::read_first_certificate(der))->sha256);
        found += (found.empty() ? "" : " ") + (known == by_digest_.end() ? std::string("?") : known->second);
      }
      if (found.empty()) found = "nothing";
      if (found != expected)
        wrong += entry.first.as<std::string>() + ": expected " + expected + ", found " + found + "\n";
    }
    return wrong;
  }

  std::string look_at_events(const YAML::Node& node) {
    const std::string said = pretty(world_.take_events());
    std::string wrong;
    for (const auto& entry : node) {
      auto reason = entry.as<std::string>();
      const bool absent = reason.starts_with('-');
      if (absent) reason.erase(0, 1);
      const bool found = ("\n" + said).find("\n" + reason) != std::string::npos;
      if (found == absent) wrong += (absent ? "said: " : "not said: ") + reason + "\n";
    }
    return wrong.empty() ? "" : wrong + "all that was said:\n" + said;
  }

  YAML::Node document_;
  World world_;
  std::shared_ptr<StoryPki> certificates_;
  std::map<std::string, std::string>& pem_ = certificates_->pem;
  std::map<std::string, std::string>& keys_ = certificates_->keys;
  std::map<std::string, std::string>& by_content_ = certificates_->by_content;
  std::map<std::string, std::string>& by_digest_ = certificates_->by_digest;
  std::string trouble_;
};

}  // namespace

std::string tell(const std::filesystem::path& file) {
  return Teller(file).tell();
}

std::string tell_with_rights(const std::filesystem::path& file, World::Rights rights) {
  return Teller(file, std::make_shared<StoryPki>(), std::move(rights)).tell();
}

std::string end_state(const std::filesystem::path& file, const std::shared_ptr<StoryPki>& certificates,
                      const Harm& harm, Counts& counts) {
  return Teller(file, certificates).end_state(harm, counts);
}

}  // namespace scenarios
