#include "manifests/outbox.h"

#include <gtest/gtest.h>

#include "support/recording_sink.h"

namespace certsync::manifests {
namespace {

TEST(Outbox, ACallMadeDuringADeliveryComesAfterThoseBefore) {
  support::RecordingSink sink;
  Outbox outbox;
  outbox.add([&outbox](ports::ObjectSink& to) {
    outbox.add([](ports::ObjectSink& again) { again.remove_appliance("third"); });
    outbox.deliver(to);
    to.remove_appliance("first");
  });
  outbox.add([](ports::ObjectSink& to) { to.remove_appliance("second"); });

  outbox.deliver(sink);

  EXPECT_EQ(sink.take(), "remove appliance first\nremove appliance second\nremove appliance third\n");
}

TEST(Outbox, DeliversOnce) {
  support::RecordingSink sink;
  Outbox outbox;
  outbox.add([](ports::ObjectSink& to) { to.synced(true); });

  outbox.deliver(sink);
  outbox.deliver(sink);

  EXPECT_EQ(sink.take(), "synced complete\n");
}

}  // namespace
}  // namespace certsync::manifests
