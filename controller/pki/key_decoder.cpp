#include "pki/key_decoder.h"

#include <memory>
#include <utility>
#include <vector>

#include <openssl/decoder.h>

#include "base/locked.h"

namespace certsync::pki {
namespace {

/// One key at a time.
class Decoder {
 public:
  Decoder(const char* structure, int selection)
      : context_(OSSL_DECODER_CTX_new_for_pkey(&made_, "DER", structure, nullptr, selection, nullptr, nullptr)) {}

  KeyPtr decode(std::string_view der) {
    const unsigned char* position = to_octets(der);
    std::size_t left = der.size();
    made_ = nullptr;
    const bool decoded = context_ && OSSL_DECODER_from_data(context_.get(), &position, &left) == 1;
    KeyPtr key(std::exchange(made_, nullptr));
    return decoded ? std::move(key) : nullptr;
  }

 private:
  EVP_PKEY* made_ = nullptr;
  std::unique_ptr<OSSL_DECODER_CTX, Freed<OSSL_DECODER_CTX_free>> context_;
};

/// Those of one kind that nobody is using.
class Decoders {
 public:
  Decoders(const char* structure, int selection) : structure_(structure), selection_(selection) {}

  KeyPtr decode(std::string_view der) {
    auto decoder = take();
    auto key = decoder->decode(der);
    // One that has failed is not trusted to have forgotten why.
    if (key) keep(std::move(decoder));
    return key;
  }

 private:
  using DecoderPtr = std::unique_ptr<Decoder>;
  static constexpr std::size_t kMaxIdle = 4;

  DecoderPtr take() {
    auto kept = idle_.with([](std::vector<DecoderPtr>& idle) {
      if (idle.empty()) return DecoderPtr();
      auto last = std::move(idle.back());
      idle.pop_back();
      return last;
    });
    return kept ? std::move(kept) : std::make_unique<Decoder>(structure_, selection_);
  }
  void keep(DecoderPtr decoder) {
    idle_.with([&](std::vector<DecoderPtr>& idle) {
      if (idle.size() < kMaxIdle) idle.push_back(std::move(decoder));
    });
  }

  const char* structure_;
  int selection_;
  Locked<std::vector<DecoderPtr>> idle_;
};

/// A view of one DER value.
struct Value {
  /// With its header.
  std::string_view all;
  std::string_view content;
  int tag = 0;
};

/// Takes the value that `rest` begins with; empty if there is none.
Value take_value(std::string_view& rest) {
  const unsigned char* position = to_octets(rest);
  long length = 0;
  int tag = 0;
  int kind = 0;
  constexpr int kError = 0x80;
  constexpr int kIndefinite = 0x01;
  const int answer = ASN1_get_object(&position, &length, &tag, &kind, static_cast<long>(rest.size()));
  if ((answer & (kError | kIndefinite)) != 0) {
    rest = {};
    return {};
  }
  const auto header = static_cast<std::size_t>(position - to_octets(rest));
  const auto size = header + static_cast<std::size_t>(length);
  const Value value{rest.substr(0, size), rest.substr(header, static_cast<std::size_t>(length)),
                    kind == V_ASN1_UNIVERSAL ? tag : -1};
  rest.remove_prefix(size);
  return value;
}

/// RFC 5280 section 4.1: version (tagged, may be missing), serial, algorithm, issuer, validity, subject, then this.
std::string_view public_key_info(std::string_view certificate) {
  auto parts = take_value(certificate).content;
  auto fields = take_value(parts).content;
  if (take_value(fields).tag != V_ASN1_INTEGER) take_value(fields);
  for (int i = 0; i < 4; ++i)
    take_value(fields);
  return take_value(fields).all;
}

}  // namespace

KeyPtr decode_private_key(std::string_view der) {
  static Decoders decoders(nullptr, EVP_PKEY_KEYPAIR);
  return decoders.decode(der);
}

KeyPtr decode_public_key(std::string_view certificate_der) {
  static Decoders decoders("SubjectPublicKeyInfo", EVP_PKEY_PUBLIC_KEY);
  return decoders.decode(public_key_info(certificate_der));
}

}  // namespace certsync::pki
