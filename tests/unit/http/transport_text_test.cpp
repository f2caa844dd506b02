#include <gtest/gtest.h>

#include "http/transport.h"

namespace certsync::http {
namespace {

TEST(TransportText, HeadersAreFoundWhateverTheirCase) {
  Response response;
  response.headers = {{"Retry-After", "7"}, {"X-Twice", "first"}, {"x-twice", "second"}};

  EXPECT_EQ(response.header("retry-after"), "7");
  EXPECT_EQ(response.header("X-TWICE"), "first");
  EXPECT_EQ(response.header("Location"), "");
}

TEST(TransportText, EveryMethodAndKindHasAWord) {
  EXPECT_EQ(to_text(Method::Get), "GET");
  EXPECT_EQ(to_text(Method::Post), "POST");
  EXPECT_EQ(to_text(Method::Put), "PUT");
  EXPECT_EQ(to_text(Method::Delete), "DELETE");
  EXPECT_EQ(to_text(Method::Patch), "PATCH");
  EXPECT_EQ(to_text(FailureKind::Unreachable), "unreachable");
  EXPECT_EQ(to_text(FailureKind::Untrusted), "untrusted");
  EXPECT_EQ(to_text(FailureKind::Timeout), "timeout");
  EXPECT_EQ(to_text(FailureKind::Lost), "lost");
  EXPECT_EQ(to_text(FailureKind::TooLarge), "too large");
  EXPECT_EQ(to_text(FailureKind::Cancelled), "cancelled");
}

}  // namespace
}  // namespace certsync::http
