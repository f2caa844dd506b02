// An appliance on a desk, for tests: requests and answers as text, so that each test is a picture.
#pragma once

#include <string>
#include <vector>

#include "sim/appliance.h"
#include "sim/test_certificates.h"

namespace sim::test {

/// The body of an `add ssl certKey` from the files of upload("www", …).
inline constexpr const char* kAddWww = R"({"sslcertkey":{"certkey":"www","cert":"www.pem","key":"www.key"}})";

class Box {
 public:
  explicit Box(Options options = with_vservers(), std::shared_ptr<HaGroup> ha = nullptr);

  static Options with_vservers();

  /// Logged in as nsroot by headers. The answer is "STATUS BODY", or "STATUS" when there is no body.
  std::string ask(const std::string& method, const std::string& path, const std::string& body = {});
  Response send(const std::string& method, const std::string& path, const std::string& body,
                std::vector<Header> headers);
  /// Uploads over whatever is there.
  void upload(const std::string& name, const std::string& content);
  /// Uploads NAME.pem and NAME.key and adds the certkey; "201" when all is well.
  std::string add(const std::string& name, const Pair& pair, bool with_key = true);
  /// The one list entry's member, as text.
  std::string show(const std::string& path, const std::string& member);

  ManualClock clock;
  Appliance appliance;
};

/// `599 { "errorcode": 1540, ... }` in short: "599 1540 Certificate does not exist".
std::string brief(const std::string& answer);

}  // namespace sim::test
