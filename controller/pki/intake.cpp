#include "pki/intake.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pki/key_use.h"
#include "pki/openssl.h"
#include "pki/parsed.h"
#include "pki/pem.h"
#include "pki/x509.h"

namespace certsync::pki {
namespace {

// Subjects are as long as their issuers like; an Event is not.
constexpr std::size_t kMaxNameBytes = 120;
// Ordinary bundles need a handful of steps; ten CAs with three twins each, all signing each other, need 3^10.
constexpr int kMaxPathSteps = 2048;

std::string called(const model::Certificate& certificate) {
  std::string name = certificate.subject;
  if (name.empty() && !certificate.dns_names.empty()) name = certificate.dns_names.front();
  if (name.empty()) name = "serial " + certificate.serial;
  if (name.size() <= kMaxNameBytes) return name;
  std::size_t end = kMaxNameBytes;
  const auto is_continuation = [&] { return (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80; };
  while (end > 0 && is_continuation())
    --end;
  return name.substr(0, end) + "...";
}

// A CA is a name and a key; cross-signed twins are one CA with several certificates.
std::string identity_of(const ParsedCertificate& certificate) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.handle.get()), &encoded);
  std::string identity = certificate.data->subject + "\n";
  if (size > 0) identity.append(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(size));
  OPENSSL_free(encoded);
  return identity;
}

bool is_root(const model::Certificate& certificate) {
  return certificate.self_signed && certificate.is_ca;
}

// The certificates of tls.crt without duplicates, and who signed whom among them.
class Bundle {
 public:
  explicit Bundle(std::vector<ParsedCertificate> certificates) : certificates_(std::move(certificates)) {
    for (std::size_t below = 0; below < size(); ++below) {
      identities_.push_back(identity_of(certificates_[below]));
      issuers_.emplace_back();
      for (std::size_t above = 0; above < size(); ++above) {
        if (above != below && issued_by(handle(below), handle(above))) issuers_.back().push_back(above);
      }
    }
  }

  std::size_t size() const { return certificates_.size(); }
  const model::Certificate& at(std::size_t index) const { return *certificates_[index].data; }
  const ParsedCertificate& parsed(std::size_t index) const { return certificates_[index]; }
  X509* handle(std::size_t index) const { return certificates_[index].handle.get(); }
  const std::vector<std::size_t>& issuers_of(std::size_t index) const { return issuers_[index]; }

  bool same_ca(std::size_t a, std::size_t b) const { return identities_[a] == identities_[b]; }

  std::size_t leaf() const {
    std::set<std::size_t> issuers;
    for (const auto& some : issuers_)
      issuers.insert(some.begin(), some.end());
    std::optional<std::size_t> first;
    for (std::size_t i = 0; i < size(); ++i) {
      if (issuers.count(i) != 0) continue;
      // A stray CA in front of the leaf has issued nothing here either.
      if (!at(i).is_ca) return i;
      if (!first) first = i;
    }
    return first.value_or(0);
  }

 private:
  std::vector<ParsedCertificate> certificates_;
  std::vector<std::vector<std::size_t>> issuers_;
  std::vector<std::string> identities_;
};

// From worst to best.
enum class PathEnd { Loop, IssuerAbsent, Root };

struct Path {
  /// Leaf first, without the root.
  std::vector<std::size_t> members;
  PathEnd end = PathEnd::Loop;

  bool holds(std::size_t index) const { return std::find(members.begin(), members.end(), index) != members.end(); }
};

// Walks upwards in the order of tls.crt. The first path that ends below a root of the bundle wins; without one, the
// longest, and of those the first. No CA is passed twice (RFC 4158, 5.2), so CAs that signed each other end a path.
class PathSearch {
 public:
  explicit PathSearch(const Bundle& bundle) : bundle_(bundle) {}

  Path from(std::size_t leaf) {
    best_ = Path{{leaf}, PathEnd::Loop};
    Path path = best_;
    climb(path);
    return best_;
  }

 private:
  void climb(Path& path) {
    if (best_.end == PathEnd::Root || ++steps_ > kMaxPathSteps) return;
    path.end = end_of(path);
    const bool longer = path.members.size() > best_.members.size();
    if (path.end > best_.end || (path.end == best_.end && longer)) best_ = path;
    if (path.end == PathEnd::Root) return;
    for (const auto issuer : bundle_.issuers_of(path.members.back())) {
      if (passed(path, issuer)) continue;
      path.members.push_back(issuer);
      climb(path);
      path.members.pop_back();
    }
  }

  PathEnd end_of(const Path& path) const {
    const auto& issuers = bundle_.issuers_of(path.members.back());
    if (issuers.empty()) return PathEnd::IssuerAbsent;
    const bool below_root = std::any_of(issuers.begin(), issuers.end(), [&](auto i) { return is_root(bundle_.at(i)); });
    return below_root ? PathEnd::Root : PathEnd::Loop;
  }

  bool passed(const Path& path, std::size_t candidate) const {
    return std::any_of(path.members.begin(), path.members.end(),
                       [&](auto member) { return bundle_.same_ca(member, candidate); });
  }

  const Bundle& bundle_;
  Path best_;
  int steps_ = 0;
};

// Why a certificate of the bundle is not in the chain.
std::string why_left_out(const Bundle& bundle, const Path& path, std::size_t index) {
  const auto& stray = bundle.at(index);
  for (const auto member : path.members) {
    const auto& kept = bundle.at(member);
    const auto& signers = bundle.issuers_of(member);
    const bool signed_it = std::find(signers.begin(), signers.end(), index) != signers.end();
    if (!signed_it && !kept.self_signed && kept.issuer == stray.subject && !stray.subject.empty()) {
      return "left out " + called(stray) + ": it bears the name of the issuer of " + called(kept) +
             ", but its key did not sign it";
    }
  }
  if (is_root(stray)) return "root left out: " + called(stray);
  for (const auto member : path.members) {
    if (bundle.same_ca(member, index)) {
      return "left out " + called(stray) + ": the same CA, cross-signed by " + stray.issuer.substr(0, kMaxNameBytes);
    }
  }
  return "left out " + called(stray) + ": it is not part of the chain of " + called(bundle.at(path.members.front()));
}

class Repairs {
 public:
  void say(const std::string& what) {
    if (std::find(said_.begin(), said_.end(), what) == said_.end()) said_.push_back(what);
  }
  std::vector<std::string> take() { return std::move(said_); }

 private:
  std::vector<std::string> said_;
};

std::vector<ParsedCertificate> without_duplicates(std::vector<ParsedCertificate> certificates, Repairs& repairs) {
  std::set<std::string> seen;
  std::vector<ParsedCertificate> unique;
  for (auto& certificate : certificates) {
    if (seen.insert(certificate.data->sha256).second) {
      unique.push_back(std::move(certificate));
    } else {
      repairs.say("duplicate left out: " + called(*certificate.data));
    }
  }
  return unique;
}

bool holds_private_key(std::string_view bytes) {
  PemScanner scanner(bytes);
  for (auto block = scanner.next(); block; block = scanner.next()) {
    if (block->is_private_key()) return true;
  }
  return false;
}

// The stand-in of cert-manager's issue-temporary-certificate, by a throw-away CA on P-521 with no other name than
// CN=cert-manager.local. The subject's serialNumber 1234567890 that its source still asks for
// (pkg/util/pki/temporarycertificate.go) is there in old versions only: 1.21 writes the subject of the request.
bool is_temporary(const X509* leaf) {
  const auto has = [](const X509_NAME* name, int nid, std::string_view wanted) {
    const int index = X509_NAME_get_index_by_NID(name, nid, -1);
    if (index < 0) return false;
    const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index));
    const auto length = static_cast<std::size_t>(ASN1_STRING_length(value));
    return std::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)), length) == wanted;
  };
  if (!has(X509_get_issuer_name(leaf), NID_commonName, "cert-manager.local")) return false;
  return has(X509_get_subject_name(leaf), NID_serialNumber, "1234567890") ||
         (X509_NAME_entry_count(X509_get_issuer_name(leaf)) == 1 &&
          X509_get_signature_nid(leaf) == NID_ecdsa_with_SHA512);
}

model::CertificateChain assemble(const Bundle& bundle, const Path& path, Repairs& repairs, KnownIssuers& known) {
  model::CertificateChain chain;
  chain.leaf = bundle.parsed(path.members.front()).data;
  for (std::size_t i = 1; i < path.members.size(); ++i)
    chain.intermediates.push_back(known.share(bundle.parsed(path.members[i])));
  if (path.members.front() != 0 || !std::is_sorted(path.members.begin(), path.members.end())) {
    repairs.say("order corrected: the leaf is " + called(*chain.leaf));
  }
  for (std::size_t i = 0; i < bundle.size(); ++i) {
    if (!path.holds(i)) repairs.say(why_left_out(bundle, path, i));
  }
  // Above an intermediate an absent issuer is the root, as a rule, and tls.crt is better without it.
  const bool alone = chain.intermediates.empty() && path.end != PathEnd::Root && !chain.leaf->self_signed;
  if (alone) chain.missing_issuer = chain.leaf->issuer;
  chain.temporary = is_temporary(bundle.handle(path.members.front()));
  return chain;
}

}  // namespace

Result<model::CertificateChain> read_chain(std::string_view certificate_bytes, KnownIssuers& known) {
  const ErrorQueueScope scope;
  auto certificates = parse_certificates(certificate_bytes, known);
  if (!certificates) return tl::unexpected(certificates.error());

  Repairs repairs;
  const Bundle bundle(without_duplicates(std::move(*certificates), repairs));
  const auto path = PathSearch(bundle).from(bundle.leaf());
  const auto& leaf = bundle.at(path.members.front());
  const auto problem = key_problem(X509_get0_pubkey(bundle.handle(path.members.front())));
  if (!problem.empty()) {
    return fail(ErrorKind::Stalled, Reason::SecretInvalid, "the certificate " + called(leaf) + " has " + problem);
  }
  auto chain = assemble(bundle, path, repairs, known);
  if (holds_private_key(certificate_bytes)) repairs.say("a private key lies among the certificates");
  chain.repairs = repairs.take();
  return chain;
}

Result<model::CertificateChain> read_chain(std::string_view certificate_bytes) {
  KnownIssuers known;
  return read_chain(certificate_bytes, known);
}

}  // namespace certsync::pki
