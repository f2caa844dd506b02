#include "pki/known_issuers.h"

#include <map>

#include "base/locked.h"
#include "pki/parsed.h"

namespace certsync::pki {

struct KnownIssuers::State {
  /// Each under the bytes that it holds itself.
  Locked<std::map<std::string_view, ParsedCertificate>> by_der;
};

KnownIssuers::KnownIssuers() : state_(std::make_unique<State>()) {}

KnownIssuers::~KnownIssuers() = default;

std::optional<ParsedCertificate> KnownIssuers::find(std::string_view der) const {
  return state_->by_der.with([&](const auto& known) -> std::optional<ParsedCertificate> {
    const auto found = known.find(der);
    if (found == known.end()) return std::nullopt;
    return found->second;
  });
}

model::CertificatePtr KnownIssuers::share(const ParsedCertificate& certificate) {
  return state_->by_der.with([&](auto& known) {
    if (const auto found = known.find(certificate.data->der); found != known.end()) return found->second.data;
    std::erase_if(known, [](const auto& entry) { return entry.second.data.use_count() == 1; });
    known.emplace(certificate.data->der, certificate);
    return certificate.data;
  });
}

}  // namespace certsync::pki
