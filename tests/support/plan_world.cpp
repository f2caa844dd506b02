#include "support/plan_world.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

#include "base/encoding.h"
#include "base/time_text.h"
#include "model/naming.h"

namespace support {

using certsync::ErrorKind;
namespace model = certsync::model;
namespace plan = certsync::plan;

namespace {

model::ObjectRef ref_of(const std::string& name) {
  const auto slash = name.find('/');
  return slash == std::string::npos ? model::ObjectRef{"web", name}
                                    : model::ObjectRef{name.substr(0, slash), name.substr(slash + 1)};
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) {
    if (word != "<") words.push_back(word);
  }
  return words;
}

model::BindingSpec binding_of(const std::string& text) {
  const auto colon = text.find(':');
  return {text.substr(0, colon), colon == std::string::npos ? model::Role::Default : model::Role::Sni,
          text.ends_with('!')};
}

std::string sorted_lines(const std::string& text) {
  std::multiset<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    lines.insert(line + "\n");
  std::string sorted;
  for (const auto& line : lines)
    sorted += line;
  return sorted;
}

bool part_of_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
}

}  // namespace

SyncWords::SyncWords(PlanWorld& world, std::string name) : world_(world), name_(std::move(name)) {}

model::CertSync& SyncWords::object() {
  return *world_.entries_.at(name_).object;
}

SyncWords& SyncWords::holds(const std::string& chain, const std::string& secret) {
  const model::ObjectRef ref{object().meta.ref.space, secret.empty() ? object().meta.ref.name : secret};
  auto& secrets = world_.entries_.at(name_).input.secrets;
  std::erase_if(secrets, [&](const auto& one) { return one.ref == ref; });
  secrets.push_back({ref, world_.chain(chain)});
  return *this;
}

SyncWords& SyncWords::lacks(certsync::Reason reason, const std::string& secret) {
  const model::ObjectRef ref{object().meta.ref.space, secret.empty() ? object().meta.ref.name : secret};
  auto& secrets = world_.entries_.at(name_).input.secrets;
  std::erase_if(secrets, [&](const auto& one) { return one.ref == ref; });
  secrets.push_back({ref, certsync::fail(ErrorKind::Wait, reason, "Secret " + to_text(ref) + " is of no use")});
  return *this;
}

SyncWords& SyncWords::binds(const std::vector<std::string>& bindings) {
  object().spec.bindings.clear();
  for (const auto& text : bindings)
    object().spec.bindings.push_back(binding_of(text));
  return *this;
}

SyncWords& SyncWords::created_on_day(int day) {
  object().meta.created = *certsync::from_rfc3339("2026-01-01T00:00:00Z") + std::chrono::hours(24 * day);
  return *this;
}

SyncWords& SyncWords::deleted(model::DeletionPolicy policy) {
  object().meta.deleting = true;
  object().spec.deletion_policy = policy;
  return *this;
}

SyncWords& SyncWords::unselects(const std::string& secret) {
  const model::ObjectRef ref{object().meta.ref.space, secret};
  auto& input = world_.entries_.at(name_).input;
  std::erase_if(input.secrets, [&](const auto& one) { return one.ref == ref; });
  input.unselected.push_back(ref);
  return *this;
}

SyncWords& SyncWords::forgets_what_it_bound() {
  world_.entries_.at(name_).input.bound_here.clear();
  return *this;
}

PlanWorld::PlanWorld() {
  input.appliance = "edge";
  input.owner.mark = "own";
  input.access.open_to_all = true;
  input.now = *certsync::from_rfc3339("2026-02-01T00:00:00Z");
}

SyncWords PlanWorld::sync(const std::string& name) {
  auto& entry = entries_[name];
  if (!entry.object) {
    entry.object = std::make_shared<model::CertSync>();
    entry.object->meta.ref = ref_of(name);
    entry.object->spec.certkey.name = "{{secret}}";
    entry.input.sync = entry.object;
  }
  return {*this, name};
}

void PlanWorld::vanish(const std::string& name) {
  entries_.erase(name);
}

void PlanWorld::moves_away(const std::string& name) {
  const auto& entry = entries_.at(name);
  for (const auto& binding : entry.input.bound_here)
    entry.object->status.bound_to.push_back("edge/" + binding);
  input.elsewhere.push_back(entry.object);
  entries_.erase(name);
}

model::Certificate& PlanWorld::cert(const std::string& name) {
  auto& made = certificates_[name];
  if (made) return *made;
  made = std::make_shared<model::Certificate>();
  made->der = "certificate " + name;
  made->sha256 = certsync::sha256_hex(made->der);
  made->serial = model::comparable_serial(made->sha256.substr(0, 16));
  const bool leaf = name.front() != 'I' && name.front() != 'X';
  std::string subject = name.substr(0, name.find('\''));
  if (leaf) {
    while (subject.size() > 1 && std::isdigit(static_cast<unsigned char>(subject.back())) != 0)
      subject.pop_back();
    subject = certsync::to_lower(subject) + ".example.com";
  }
  made->common_name = subject;
  made->subject = "O=Example,CN=" + subject;
  made->issuer = "O=Example,CN=Root";
  made->is_ca = !leaf;
  made->not_before = *certsync::from_rfc3339("2026-01-01T00:00:00Z");
  made->not_after = *certsync::from_rfc3339("2026-04-01T00:00:00Z");
  if (std::isdigit(static_cast<unsigned char>(name.back())) != 0) {
    made->not_after += std::chrono::hours(24 * (name.back() - '0'));
  }
  made->key_type = model::KeyType::Rsa;
  made->key_bits = 2048;
  made->signature_algorithm = "sha256WithRSAEncryption";
  return *made;
}

model::CertificatePtr PlanWorld::certificate(const std::string& name) {
  cert(name);
  return certificates_.at(name);
}

plan::ChainPtr PlanWorld::chain(const std::string& text) {
  const auto names = words_of(text);
  auto made = std::make_shared<model::CertificateChain>();
  made->leaf = certificate(names.front());
  made->key_file_bytes = kKeyBytes;
  for (std::size_t i = 1; i < names.size(); ++i) {
    made->intermediates.push_back(certificate(names[i]));
    cert(names[i - 1]).issuer = cert(names[i]).subject;
  }
  return made;
}

void PlanWorld::server(const std::string& name, bool sni) {
  appliance.state.virtual_servers[name] = {name, sni, {}};
}

void PlanWorld::person(const std::string& certkey, const std::string& name) {
  appliance.install(certkey, certificate(name), certkey + ".pem", certkey + ".pem.key");
}

void PlanWorld::bind(const std::string& server, const std::string& certkey, bool sni) {
  appliance.state.bindings.insert({server, certkey, sni, false});
}

std::string PlanWorld::file(const std::string& resource, const std::string& name, const std::string& kind,
                            const std::string& owner) const {
  model::FileMark mark;
  mark.owner = owner;
  mark.resource = resource.empty() ? std::string(model::kSharedResource) : model::resource_mark(ref_of(resource));
  mark.content = model::content_mark(certsync::sha256_hex("certificate " + name));
  mark.kind = kind == "key" ? model::FileKind::Key : model::FileKind::Certificate;
  return model::file_name(mark);
}

std::string PlanWorld::ca(const std::string& name) {
  return model::intermediate_name(cert(name).sha256);
}

std::string PlanWorld::leave_file(const std::string& resource, const std::string& name, const std::string& kind,
                                  std::int64_t bytes, const std::string& owner) {
  std::string path = file(resource, name, kind, owner);
  const std::size_t right = kind == "key" ? kKeyBytes : model::pem_bytes(cert(name));
  appliance.add_file(path, certificate(name), bytes == 0 ? right : static_cast<std::size_t>(bytes));
  return path;
}

plan::Wanted PlanWorld::wanted() const {
  plan::DesiredInput all = input;
  for (const auto& [name, entry] : entries_)
    all.syncs.push_back(entry.input);
  return plan::desired(all);
}

plan::Plan PlanWorld::diff() const {
  return plan::diff(wanted(), appliance.state);
}

std::string PlanWorld::plan() const {
  const auto made = diff();
  std::string text = to_text(made.steps);
  if (!made.cleanup.empty()) text += "-- cleanup\n" + to_text(made.cleanup);
  text = readable(text);
  // These are in the order of their hashes, which says nothing.
  if (!made.retire.empty()) text += "-- retire\n" + sorted_lines(readable(to_text(made.retire)));
  return text;
}

std::string PlanWorld::problems() const {
  std::string text;
  for (const auto& problem : diff().problems)
    text += label(problem.sync) + ": " + std::string(to_text(problem.error.reason)) + "\n";
  return text;
}

std::string PlanWorld::messages() const {
  std::string text;
  for (const auto& problem : diff().problems)
    text += problem.error.message + "\n";
  return readable(text);
}

std::string PlanWorld::notices() const {
  std::string text;
  for (const auto& notice : diff().notices)
    text += label(notice.sync) + ": " + notice.reason + "\n";
  return text;
}

std::string PlanWorld::settle(int passes) {
  for (int pass = 0; pass < passes; ++pass) {
    const auto made = diff();
    for (const auto* steps : {&made.steps, &made.cleanup, &made.retire}) {
      for (const auto& step : *steps) {
        if (auto refusal = appliance.apply(step); !refusal.empty()) return readable(to_text(step) + ": " + refusal);
        remember_binding(step);
      }
    }
  }
  const auto left = plan();
  return left.empty() ? "" : "left to do:\n" + left;
}

void PlanWorld::remember_binding(const plan::Step& step) {
  const auto* bind = std::get_if<plan::Bind>(&step.action);
  if (bind == nullptr) return;
  for (auto& [name, entry] : entries_) {
    if (entry.object->meta.ref == step.sync) entry.input.bound_here.insert(plan::binding_key(bind->target, bind->role));
  }
}

std::string PlanWorld::label(const model::ObjectRef& ref) const {
  return ref.space == "web" ? ref.name : to_text(ref);
}

std::string PlanWorld::word(const std::string& token) const {
  const auto name_of = [&](std::string_view content) {
    for (const auto& [name, certificate] : certificates_) {
      if (model::content_mark(certificate->sha256) == content) return name;
    }
    return std::string(content);
  };
  if (token.starts_with(model::kIntermediatePrefix) && !token.ends_with(".pem"))
    return "<ca:" + name_of(std::string_view(token).substr(model::kIntermediatePrefix.size())) + ">";
  const auto mark = model::parse_file_name(token);
  if (!mark) return token;
  std::string resource = mark->shared() ? "ca" : "gone";
  for (const auto& [name, entry] : entries_) {
    if (model::resource_mark(entry.object->meta.ref) == mark->resource) resource = label(entry.object->meta.ref);
  }
  for (const auto& object : input.elsewhere) {
    if (model::resource_mark(object->meta.ref) == mark->resource) resource = label(object->meta.ref);
  }
  const auto sealed = appliance.sealed_name(token);
  return "<" + resource + ":" + (sealed.empty() ? name_of(mark->content) : sealed) +
         (mark->kind == model::FileKind::Key ? ".key>" : ".pem>");
}

std::string PlanWorld::readable(const std::string& text) const {
  std::string out;
  std::string token;
  for (char c : text + "\n") {
    if (part_of_name(c)) {
      token.push_back(c);
      continue;
    }
    out += word(token);
    out.push_back(c);
    token.clear();
  }
  out.pop_back();
  return out;
}

}  // namespace support
