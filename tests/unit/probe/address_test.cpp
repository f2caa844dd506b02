#include "probe/address.h"

#include <gtest/gtest.h>

namespace certsync::probe {
namespace {

struct Row {
  const char* name;
  const char* text;
  const char* compared;
};

class HostPortText : public testing::TestWithParam<Row> {};

TEST_P(HostPortText, ComparesAs) {
  const auto endpoint = parse_host_port(GetParam().text);

  EXPECT_EQ(endpoint ? comparable(*endpoint) : "nothing", GetParam().compared);
}

INSTANTIATE_TEST_SUITE_P(All, HostPortText,
                         testing::Values(Row{"Name", "www.example.com:443", "www.example.com:443"},
                                         Row{"UpperCase", "WWW.Example.com:443", "www.example.com:443"},
                                         Row{"AbsoluteName", "www.example.com.:443", "www.example.com:443"},
                                         Row{"Ipv4", "192.0.2.1:8443", "192.0.2.1:8443"},
                                         Row{"Ipv6", "[2001:DB8:0:0:0:0:0:1]:443", "[2001:db8::1]:443"},
                                         Row{"Mapped", "[::ffff:192.0.2.1]:443", "192.0.2.1:443"},
                                         Row{"HighestPort", "a:65535", "a:65535"}, Row{"NoHost", ":443", "nothing"},
                                         Row{"NoPort", "a:", "nothing"}, Row{"PortWithSign", "a:+443", "nothing"},
                                         Row{"PortWithTail", "a:443x", "nothing"},
                                         Row{"PortNegative", "a:-1", "nothing"},
                                         Row{"EmptyBrackets", "[]:443", "nothing"},
                                         Row{"BracketsInBrackets", "[[f.]]:310", "nothing"},
                                         Row{"Ipv6WithoutBrackets", "::1:443", "nothing"}, Row{"Empty", "", "nothing"}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Address, ANulIsNoPartOfAName) {
  EXPECT_FALSE(parse_host_port(std::string_view("good\0.evil:443", 14)).has_value());
}

}  // namespace
}  // namespace certsync::probe
