// The certificates of a story, and the forms in which they get into its manifests:
//
//   <<chain a I1 I2>> <<key a>>      PEM, as a quoted string
//   <<all a I>>                      base64 of both in one text
//   <<locked a PASSWORD>> <<locked-traditional a PASSWORD>>      an encrypted key in PEM: PKCS#8, or as OpenSSL wrote
//   it
//   <<der a>> <<der-key a>> <<der-sec1 a>>                       base64 of DER, for `data`
//   <<p12 PASSWORD a I1 I2>> <<p12-rc2 PASSWORD a I1>>           base64 of a PKCS#12 keystore; "-" = no password
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "support/test_pki.h"

namespace YAML {
class Node;
}

namespace scenarios {

/// Made once for all tellings of a story, so that their end states can be compared to the letter.
struct StoryPki {
  std::map<std::string, support::Authority> authorities;
  std::map<std::string, std::string> pem;
  std::map<std::string, std::string> keys;
  std::map<std::string, std::string> by_content;
  std::map<std::string, std::string> by_digest;

  /// `now`: what days are counted from.
  void make(const YAML::Node& pki, certsync::TimePoint now);
  /// The text with what stands in << >> put in.
  std::string filled(std::string text) const;

 private:
  void make_leaf(const std::string& name, const YAML::Node& spec, certsync::TimePoint now);
  void add(const std::string& name, const std::string& certificate, const std::string& key);
  std::string value_of(const std::vector<std::string>& words) const;
};

}  // namespace scenarios
