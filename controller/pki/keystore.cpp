#include "pki/keystore.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "base/encoding.h"
#include "pki/invalid.h"
#include "pki/locked_key.h"
#include "pki/old_ciphers.h"
#include "pki/openssl.h"
#include "pki/password.h"
#include "pki/pbmac1.h"

namespace certsync::pki {
namespace {

constexpr std::size_t kMaxKeystoreBytes = 1 << 20;

void free_safes(STACK_OF(PKCS7) * safes) {
  sk_PKCS7_pop_free(safes, PKCS7_free);
}
void free_bags(STACK_OF(PKCS12_SAFEBAG) * bags) {
  sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

using KeystorePtr = std::unique_ptr<PKCS12, Freed<PKCS12_free>>;
using SafesPtr = std::unique_ptr<STACK_OF(PKCS7), Freed<free_safes>>;
using BagsPtr = std::unique_ptr<STACK_OF(PKCS12_SAFEBAG), Freed<free_bags>>;

// What people put there instead.
tl::unexpected<Error> no_keystore(std::string_view bytes) {
  constexpr std::string_view kJksMagic = "\xFE\xED\xFE\xED";
  if (bytes.starts_with(kJksMagic)) return invalid("this is a Java keystore (JKS); PKCS#12 is needed");
  if (bytes.find("-----BEGIN ") != std::string_view::npos)
    return invalid("this is PEM and no PKCS#12 keystore; set spec.source.format to PEM");
  return invalid("this is no PKCS#12 keystore, or it is damaged");
}

// How a password is handed to OpenSSL: an empty one may have been written as none or as an empty text.
struct Spelling {
  const char* text;
  int size;
};

constexpr int kMostEncryptedParts = 4;

class Opener {
 public:
  explicit Opener(std::string_view bytes)
      : bytes_(bytes), store_(PKCS12_init_ex(NID_pkcs7_data, ciphers_.context(), nullptr)) {
    // Read into the one made above, which knows the ciphers.
    const unsigned char* position = to_octets(bytes);
    PKCS12* store = store_.release();
    store_.reset(d2i_PKCS12(&store, &position, static_cast<long>(bytes.size())));
  }

  bool is_keystore() const { return store_ != nullptr; }

  Result<Keystore> open(const SecretBytes& password) {
    if (auto found = find_spelling(password); !found) return tl::unexpected(found.error());
    const SafesPtr safes(PKCS12_unpack_authsafes(store_.get()));
    if (!safes) return damaged();
    for (int i = 0; i < sk_PKCS7_num(safes.get()); ++i) {
      if (auto read = read_safe(sk_PKCS7_value(safes.get(), i)); !read) return tl::unexpected(read.error());
    }
    return assembled();
  }

 private:
  tl::unexpected<Error> damaged() const {
    return invalid("the keystore cannot be read: it is damaged" + std::string(ciphers_.excuse()));
  }

  // The MAC over it all tells whether a password is the right one; a keystore without a MAC is believed.
  Result<void> find_spelling(const SecretBytes& password) {
    if (auto problem = mac_work_problem(); !problem.empty()) return invalid("the keystore: " + problem);
    std::vector<Spelling> tries;
    for (const auto text : spellings(password))
      tries.push_back({text.data(), static_cast<int>(text.size())});
    if (tries.front().size == 0) tries.push_back({nullptr, 0});
    spelling_ = tries.front();
    if (PKCS12_mac_present(store_.get()) == 0) return {};
    for (const auto& one : tries) {
      spelling_ = one;
      if (fits(one)) return {};
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) == PKCS12_R_MAC_GENERATION_ERROR)
      return invalid("the keystore's integrity is protected by a method that OpenSSL does not know");
    if (password.empty())
      return invalid("the keystore needs a password and none is given (spec.source.passwordSecretRef)");
    return invalid("the password of spec.source.passwordSecretRef does not open the keystore, or it is damaged");
  }

  std::string mac_work_problem() const {
    const X509_ALGOR* algorithm = nullptr;
    const ASN1_INTEGER* rounds = nullptr;
    PKCS12_get0_mac(nullptr, &algorithm, nullptr, &rounds, store_.get());
    return has_pbmac1(store_.get()) ? work_problem(algorithm) : work_problem(rounds);
  }

  bool fits(const Spelling& one) {
    if (!has_pbmac1(store_.get())) return PKCS12_verify_mac(store_.get(), one.text, one.size) == 1;
    return pbmac1_fits(store_.get(), bytes_, {one.text, static_cast<std::size_t>(one.size)});
  }

  Result<void> read_safe(PKCS7* safe) {
    const bool plain = PKCS7_type_is_data(safe);
    // The third kind is encrypted for a certificate's holder: nobody uses it.
    if (!plain && !PKCS7_type_is_encrypted(safe)) return damaged();
    if (!plain) {
      if (auto spent = spend(); !spent) return spent;
      const auto problem = work_problem(safe->d.encrypted->enc_data->algorithm);
      if (!problem.empty()) return invalid("the keystore: " + problem);
    }
    const BagsPtr bags(plain ? PKCS12_unpack_p7data(safe)
                             : PKCS12_unpack_p7encdata(safe, spelling_.text, spelling_.size));
    if (!bags) return damaged();
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags.get()); ++i) {
      if (auto read = read_bag(sk_PKCS12_SAFEBAG_value(bags.get(), i)); !read) return read;
    }
    return {};
  }

  // Each encrypted part costs the making of a key from the password, and its author chooses how long that takes.
  Result<void> spend() {
    if (parts_left_-- > 0) return {};
    return invalid("the keystore has more than " + std::to_string(kMostEncryptedParts) + " encrypted parts");
  }

  Result<void> read_bag(const PKCS12_SAFEBAG* bag) {
    const int kind = PKCS12_SAFEBAG_get_nid(bag);
    if ((kind == NID_keyBag || kind == NID_pkcs8ShroudedKeyBag) && !keys_.empty())
      return invalid("the keystore holds more than one private key");
    switch (kind) {
      case NID_keyBag:
        return add_key(bag, PKCS12_SAFEBAG_get0_p8inf(bag));
      case NID_pkcs8ShroudedKeyBag: {
        if (auto spent = spend(); !spent) return spent;
        const X509_ALGOR* algorithm = nullptr;
        X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, nullptr);
        if (auto problem = work_problem(algorithm); !problem.empty()) return invalid("the keystore: " + problem);
        const Pkcs8Ptr key(PKCS12_decrypt_skey_ex(bag, spelling_.text, spelling_.size, ciphers_.context(), nullptr));
        return add_key(bag, key.get());
      }
      case NID_certBag:
        return add_certificate(bag);
      default:
        // Revocation lists and secrets of other kinds are of no use here.
        return {};
    }
  }

  Result<void> add_key(const PKCS12_SAFEBAG* bag, const PKCS8_PRIV_KEY_INFO* key) {
    if (key == nullptr) return damaged();
    keys_.push_back(to_der(key));
    key_id_ = local_id(bag);
    return {};
  }

  Result<void> add_certificate(const PKCS12_SAFEBAG* bag) {
    if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate) return {};
    const X509Ptr certificate(PKCS12_SAFEBAG_get1_cert(bag));
    if (!certificate) return damaged();
    const BioPtr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    certificates_.push_back({std::string(data, static_cast<std::size_t>(size)), local_id(bag)});
    return {};
  }

  // The same on a key and on its certificate.
  static std::string local_id(const PKCS12_SAFEBAG* bag) {
    const ASN1_TYPE* attribute = PKCS12_SAFEBAG_get0_attr(bag, NID_localKeyID);
    if (attribute == nullptr || attribute->type != V_ASN1_OCTET_STRING) return {};
    const ASN1_STRING* id = attribute->value.octet_string;
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(id)), static_cast<std::size_t>(ASN1_STRING_length(id))};
  }

  Result<Keystore> assembled() {
    if (certificates_.empty()) return invalid("the keystore holds no certificate");
    std::stable_partition(certificates_.begin(), certificates_.end(),
                          [&](const Entry& entry) { return !key_id_.empty() && entry.id == key_id_; });
    Keystore opened;
    for (const auto& entry : certificates_)
      opened.certificates += entry.pem;
    if (!keys_.empty()) opened.private_key = std::move(keys_.front());
    return opened;
  }

  struct Entry {
    std::string pem;
    std::string id;
  };

  const std::string_view bytes_;
  const OldCiphers ciphers_;
  KeystorePtr store_;
  Spelling spelling_{nullptr, 0};
  int parts_left_ = kMostEncryptedParts;
  std::vector<Entry> certificates_;
  std::vector<SecretBytes> keys_;
  std::string key_id_;
};

}  // namespace

Result<Keystore> open_keystore(const SecretBytes& bytes, const std::optional<SecretBytes>& password) {
  const ErrorQueueScope scope;
  if (bytes.empty()) return fail(ErrorKind::Wait, Reason::SecretIncomplete, "the keystore is empty");
  if (bytes.size() > kMaxKeystoreBytes) return invalid("the keystore is too large to be one");
  Opener opener(bytes.reveal());
  if (!opener.is_keystore()) return no_keystore(bytes.reveal());
  const SecretBytes none;
  return opener.open(password ? *password : none);
}

}  // namespace certsync::pki
