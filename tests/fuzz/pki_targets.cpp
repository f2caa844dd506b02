#include "fuzz/holds.h"
#include "fuzz/made_pki.h"
#include "fuzz/targets.h"
#include "pki/intake.h"
#include "pki/keystore.h"
#include "pki/locked_key.h"
#include "pki/pem.h"
#include "pki/private_key.h"
#include "pki/tls_material.h"
#include "pki/x509.h"

namespace fuzz {
namespace {

using namespace certsync;
using namespace certsync::pki;

SecretBytes password() {
  return SecretBytes(std::string(kPassword));
}

void pem(std::string_view text) {
  PemScanner scanner(text);
  const auto* last = text.data();
  for (auto block = scanner.next(); block; block = scanner.next()) {
    must_hold(block->label.data() >= last, "blocks out of order");
    must_hold(block->label.data() + block->label.size() <= text.data() + text.size(), "a label beyond the text");
    if (block->body.data() != nullptr) {
      last = block->body.data() + block->body.size();
      must_hold(last <= text.data() + text.size(), "a body beyond the text");
    }
    must_hold(!describe(*block).empty(), "a block of no kind");
    if (!block->complete) continue;
    const auto label = std::string(block->label);
    const auto printed = "-----BEGIN " + label + "-----\n" + std::string(block->body) + "\n-----END " + label + "-----";
    const auto again = PemScanner(printed).next();
    must_hold(again && again->complete && again->label == label && trim(again->body) == trim(block->body),
              "reads differently when printed");
  }
}

void certificates(std::string_view bytes) {
  const auto all = read_certificates(bytes);
  const auto first = read_first_certificate(bytes);
  if (!first) must_be_sound(first.error());
  if (!all) return must_be_sound(all.error());
  must_hold(!all->empty() && all->size() <= kMaxCertificates, "too many certificates");
  must_hold(first && (*first)->sha256 == all->front()->sha256, "another first certificate");
  std::string printed;
  for (const auto& certificate : *all) {
    must_hold(certificate->sha256 == sha256_hex(certificate->der), "another digest");
    must_hold(!has_control_characters(certificate->subject + certificate->issuer), "a subject of several lines");
    for (const auto& name : certificate->dns_names)
      must_hold(!has_control_characters(name), "a DNS name of several lines");
    printed += to_pem(*certificate);
  }
  const auto again = read_certificates(printed);
  must_hold(again && again->size() == all->size(), "cannot be read again");
  for (std::size_t i = 0; i < all->size(); ++i)
    must_hold((*again)[i]->der == (*all)[i]->der, "reads differently when printed");
}

std::string printed(const model::CertificateChain& chain) {
  std::string text = to_pem(*chain.leaf);
  for (const auto& intermediate : chain.intermediates)
    text += to_pem(*intermediate);
  return text;
}

// PEM or DER as it is, or each byte one of the certificates that were made for this.
void chain(std::string_view bytes) {
  const bool whole = bytes.find("-----BEGIN") != std::string_view::npos || bytes.starts_with('\x30');
  const auto bundle = whole ? std::string(bytes) : bundle_of(bytes);
  const auto read = read_chain(bundle);
  if (!read) return must_be_sound(read.error());
  const auto* below = read->leaf.get();
  for (const auto& intermediate : read->intermediates) {
    must_hold(issued_by(*below, *intermediate), "a chain with a gap");
    below = intermediate.get();
  }
  must_hold(read->intermediates.size() < kMaxCertificates, "too long a chain");
  must_hold(read->repairs.size() <= 2 * kMaxCertificates + 2, "more repairs than certificates");
  const auto again = read_chain(printed(*read));
  must_hold(again && printed(*again) == printed(*read), "a mended chain is mended once more");
}

void keystore(std::string_view bytes) {
  // Millions of rounds are allowed and take seconds.
  if (claims_many_rounds(bytes)) return;
  const auto opened = open_keystore(SecretBytes(std::string(bytes)), password());
  if (!opened) return must_be_sound(opened.error());
  must_hold(!opened->certificates.empty(), "a keystore without certificates");
  PemScanner scanner(opened->certificates);
  for (auto block = scanner.next(); block; block = scanner.next())
    must_hold(block->complete && block->is_certificate(), "something else among the certificates");
}

void must_be_one_sequence(const Result<SecretBytes>& key) {
  if (!key) return must_be_sound(key.error());
  must_hold(key->empty() || key->reveal().front() == '\x30', "a key that is no sequence");
}

void locked_key(std::string_view bytes) {
  if (claims_many_rounds(bytes)) return;
  if (is_locked_pkcs8(bytes)) must_be_one_sequence(unlock_pkcs8(bytes, password()));
  PemScanner scanner(bytes);
  for (auto block = scanner.next(); block; block = scanner.next()) {
    const auto der = from_base64(block->body);
    if (der && claims_many_rounds(*der)) return;
    if (is_locked_block(*block)) must_be_one_sequence(unlock_block(*block, password()));
  }
  const auto loaded = load_private_key(SecretBytes(std::string(bytes)), made_leaf(), password());
  if (!loaded) must_be_sound(loaded.error());
}

/// Three bytes an edit: where (two), and what stands there then.
std::string edited(std::string text, std::string_view edits) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(edits[i]); };
  for (std::size_t i = 0; i + 2 < edits.size(); i += 3)
    text[(byte(i) * 256u + byte(i + 1)) % text.size()] = edits[i + 2];
  return text;
}

void must_not_tell(const std::string& message, std::string_view key) {
  constexpr std::size_t kTelling = 12;
  for (std::size_t i = 0; i + kTelling <= key.size(); ++i) {
    must_hold(message.find(key.substr(i, kTelling)) == std::string::npos, "an error tells a part of the key");
  }
}

// The first byte chooses the form in which the key is written, the rest edits it.
void edited_key(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto& forms = made_key_forms();
  const auto& form = forms[static_cast<unsigned char>(bytes.front()) % forms.size()];
  const auto text = edited(form, bytes.substr(1));
  if (claims_many_rounds(text)) return;
  const auto loaded = load_private_key(SecretBytes(std::string(text)), made_leaf(), password());
  if (loaded) {
    must_hold(loaded->equals(made_key()), "another key for the same certificate");
  } else {
    must_be_sound(loaded.error());
    must_not_tell(loaded.error().message, form.substr(form.starts_with('-') ? form.find('\n') : 0));
  }
  const auto problem = identity_problem(to_pem(made_leaf()), SecretBytes(std::string(text)));
  must_not_tell(problem, form.substr(form.starts_with('-') ? form.find('\n') : 0));
}

}  // namespace

std::vector<Target> pki_targets() {
  return {{"pem", run<pem>},
          {"certificates", run<certificates>, made_certificates},
          {"chain", run<chain>},
          {"keystore", run<keystore>, made_keystores},
          {"locked_key", run<locked_key>, made_locked_keys},
          {"edited_key", run<edited_key>}};
}

}  // namespace fuzz
