#include "metrics/samples.h"

#include <gtest/gtest.h>

namespace certsync::metrics {
namespace {

constexpr SeriesName kServed{"served", "What is served.", {"host", "path"}};
constexpr SeriesName kBeats{"beats", "Beats."};

TEST(Samples, AreLinesOfTheTextFormat) {
  Samples samples;
  samples.set(kServed, {"b", "/"}, 0);
  samples.set(kServed, {"a", "/"}, 1.25);
  samples.set(kServed, {"a", "/x"}, 1'795'435'201);
  samples.set(kBeats, {}, 0.1);

  const auto lines = samples.lines();

  EXPECT_EQ(heading(kServed), "# HELP served What is served.\n# TYPE served gauge\n");
  EXPECT_EQ(lines.at(&kServed),
            "served{host=\"a\",path=\"/\"} 1.25\n"
            "served{host=\"a\",path=\"/x\"} 1795435201\n"
            "served{host=\"b\",path=\"/\"} 0\n");
  EXPECT_EQ(heading(kBeats, "counter"), "# HELP beats Beats.\n# TYPE beats counter\n");
  EXPECT_EQ(lines.at(&kBeats), "beats 0.1\n");
}

TEST(Samples, TheLastValueOfASeriesCounts) {
  Samples samples;
  samples.set(kServed, {"a", "/"}, 1);
  samples.set(kServed, {"a", "/"}, 2);

  EXPECT_EQ(samples.lines().at(&kServed), "served{host=\"a\",path=\"/\"} 2\n");
}

TEST(Samples, NoLabelEndsItsLine) {
  Samples samples;
  samples.set(kServed, {"a\"} 1\nb", "c:\\d"}, 1);

  EXPECT_EQ(samples.lines().at(&kServed), "served{host=\"a\\\"} 1\\nb\",path=\"c:\\\\d\"} 1\n");
}

}  // namespace
}  // namespace certsync::metrics
