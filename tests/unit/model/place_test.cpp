#include "model/place.h"

#include <gtest/gtest.h>

namespace certsync::model {
namespace {

TEST(Place, ABoxIsHostAndPortHoweverItIsSpelt) {
  for (const char* same : {"https://edge.example", "https://Edge.Example:443", "https://edge.example/"})
    EXPECT_EQ(box_of(same), "edge.example:443") << same;
  EXPECT_EQ(box_of("https://192.0.2.10:8443"), "192.0.2.10:8443");
  EXPECT_EQ(box_of("https://[2001:db8::1]"), "[2001:db8::1]:443");
  EXPECT_EQ(box_of("https://[2001:DB8::1]:8443"), "[2001:db8::1]:8443");
}

ApplianceSpec at(std::vector<std::string> endpoints, const std::string& partition = "") {
  ApplianceSpec spec;
  spec.endpoints = std::move(endpoints);
  spec.partition = partition;
  return spec;
}

TEST(Place, IsOneBoxAndOnePartition) {
  EXPECT_TRUE(same_place(at({"https://a", "https://b"}), at({"https://B:443"})));
  EXPECT_FALSE(same_place(at({"https://a"}), at({"https://a:8443"})));
  EXPECT_FALSE(same_place(at({"https://a"}), at({"https://a"}, "p1")));
  EXPECT_TRUE(same_place(at({"https://a"}, "p1"), at({"https://a"}, "p1")));
  EXPECT_TRUE(same_place(at({"https://a"}), at({"https://a"}, "default"))) << "the default one has a name";
}

}  // namespace
}  // namespace certsync::model
