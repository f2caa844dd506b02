// Names that carry meaning: certkey names that users ask for, file names that say who owns what.
//
//   cs-<owner>-<resource><content>.pem|.key      at most 60 characters (systemfile takes 63)
//      owner     [a-z0-9]{1,12}
//      resource  16 hex digits of SHA-256("namespace/name"), sixteen 0 for intermediates that leaves share
//      content   24 hex digits of the SHA-256 of the certificate's DER, or of the bytes of a key encrypted by us
//
// So one list of certkeys tells what is deployed, by whom, and whether it drifted.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/object.h"

namespace certsync::model {

inline constexpr std::string_view kSharedResource = "0000000000000000";
inline constexpr std::string_view kIntermediatePrefix = "cs-ca-";
/// Where NetScaler looks for the files of a certkey; bare file names in answers mean this folder.
inline constexpr std::string_view kSslFolder = "/nsconfig/ssl";

enum class FileKind { Certificate, Key };

struct FileMark {
  std::string owner;
  std::string resource;
  std::string content;
  FileKind kind = FileKind::Certificate;

  bool operator==(const FileMark&) const = default;
  bool shared() const { return resource == kSharedResource; }
};

/// The mark of an owner id: itself if it is short and plain, else the first 12 hex digits of its SHA-256.
std::string owner_mark(std::string_view owner_id);
std::string resource_mark(const ObjectRef& resource);
/// From the hex SHA-256 of the content.
std::string content_mark(std::string_view sha256_hex);

std::string file_name(const FileMark& mark);
/// Reads a file name, or a path below /nsconfig/ssl, from the right; nothing for any other name.
std::optional<FileMark> parse_file_name(std::string_view path);
/// The bare name of a path below /nsconfig/ssl, also in its /flash and trailing-slash spellings; other paths unchanged.
std::string bare_file_name(std::string_view path);

/// "cs-ca-<24 hex>"
std::string intermediate_name(std::string_view sha256_hex);

/// Fills {{namespace}}, {{secret}} and {{name}}, replaces what NetScaler refuses, shortens stably to `max_length`.
/// A name without placeholders is used as it is. Errors (SpecInvalid, NameRefused) name what to change.
/// Source: netscaler_sslcertkey name rule (errors 1075 and 1106).
Result<std::string> certkey_name(std::string_view pattern, std::size_t max_length, const ObjectRef& secret,
                                 std::string_view resource_name);

/// What a certkey of that name is called when each certificate gets one of its own: "<base>_<8 hex>", of at most
/// `max_length` characters (a longer base sets the limit itself).
std::string version_name(std::string_view base, std::size_t max_length, std::string_view sha256_hex);
/// `base` itself, or one of its versions.
bool is_version_name(std::string_view name, std::string_view base, std::size_t max_length);

}  // namespace certsync::model
