// Readers that are slower than the server, and those that leave: nothing piles up, nothing is left behind.
#include <semaphore>
#include <thread>

#include "unit/http/stream_readers.h"

namespace certsync::http::test {
namespace {

/// A server that keeps writing until the client takes nothing more, and then tells.
class Flood {
 public:
  static constexpr std::size_t kPieceBytes = 16384;

  explicit Flood(std::size_t total_bytes)
      : server_(tls(), [this, total_bytes](Connection& connection, const SeenRequest& seen) {
          if (seen.start_line.find("/watch") == std::string::npos) return static_cast<void>(connection.write(ok()));
          connection.write(kChunked);
          const auto piece = chunk(std::string(kPieceBytes, 'x'));
          for (written_ = 0; written_ < total_bytes; written_ += kPieceBytes) {
            if (connection.is_stuck()) stuck_.release();
            if (!connection.write(piece)) return;
          }
          connection.write(chunk(""));
        }) {}

  TestServer& server() { return server_; }
  std::size_t written() const { return written_; }
  bool wait_stuck() { return stuck_.try_acquire_for(seconds(20)); }

 private:
  std::atomic<std::size_t> written_{0};
  std::counting_semaphore<> stuck_{0};
  TestServer server_;
};

constexpr std::size_t kFloodBytes = 64u << 20;
/// What the sockets of both sides hold, beside what we do.
constexpr std::size_t kSocketBytes = 16u << 20;

TEST(StreamPressure, SlowReaderSlowsTheServerAndNobodyElse) {
  Flood flood(kFloodBytes);
  const auto transport = transport_to(flood.server().url());
  bool slow = true;
  std::size_t written = 0;
  std::string meanwhile;
  Counter counter([&] {
    if (!std::exchange(slow, false)) return true;
    if (!flood.wait_stuck()) return false;
    written = flood.written();
    meanwhile = text_of(send(*transport, get()));
    return true;
  });

  EXPECT_EQ(stream(*transport, counter), "200 ");

  EXPECT_GT(written, 0u);
  EXPECT_LT(written, kMaxUnreadBytes + kSocketBytes);
  EXPECT_EQ(meanwhile, "200 {}");
  EXPECT_EQ(counter.total, kFloodBytes);
  EXPECT_LE(counter.longest, kMaxUnreadBytes + Flood::kPieceBytes);
}

/// What waits for room must not outlive the call: else the connection stays open.
TEST(StreamPressure, FullStreamCanBeLeftInEveryWay) {
  for (const auto* way : {"enough", "stop", "deadline"}) {
    Flood flood(kFloodBytes);
    std::stop_source source;
    Counter counter([&] {
      EXPECT_TRUE(flood.wait_stuck());
      if (way == std::string("stop")) source.request_stop();
      return way != std::string("enough");
    });
    const auto transport = transport_to(flood.server().url());

    const auto outcome =
        stream(*transport, counter, {seconds(20), way == std::string("deadline") ? milliseconds(150) : seconds(30)},
               source.get_token());

    EXPECT_EQ(outcome.substr(0, 7), way == std::string("enough") ? "200 "
                                    : way == std::string("stop") ? "cancell"
                                                                 : "timeout");
    flood.server().wait_hung_up(1);
    EXPECT_LT(flood.written(), kFloodBytes);
  }
}

/// cpprestsdk gathers a chunk whole, and this one has 2 GB. It must not wait for the reader to be cut off.
TEST(StreamPressure, OneHugeChunkIsCutOff) {
  TestServer server(tls(), [](Connection& connection, const SeenRequest&) {
    connection.write(std::string(kChunked) + chunk("a") + "7fffffff\r\n");
    connection.write_for_ever(std::string(16384, 'x'));
  });
  Counter counter([&] {
    server.wait_hung_up(1);
    return true;
  });

  EXPECT_EQ(stream(*transport_to(server.url()), counter),
            with_port("too large maybe sent: the answer of 127.0.0.1:PORT is longer than 67108864 bytes", server));

  server.wait_hung_up(1);
  EXPECT_EQ(counter.total, 1u);
  EXPECT_LT(server.bytes_written(), 100'000'000u);
}

TEST(StreamPressure, MoreThanTheLimitOfACollectedAnswerPasses) {
  TestServer server(tls(), [](Connection& connection, const SeenRequest&) {
    connection.write(kChunked);
    for (int piece = 0; piece < 400; ++piece)
      connection.write(chunk(std::string(10'000, 'x')));
    connection.write(chunk(""));
  });
  Counter counter;
  auto request = get();
  request.max_response_bytes = 10;

  EXPECT_EQ(text_of(transport_to(server.url())->stream(std::move(request), seconds(20), counter, std::stop_token())),
            "200 ");
  EXPECT_EQ(counter.total, 4'000'000u);
}

/// At every moment of connection, handshake and flow, by every way of leaving.
TEST(StreamCancel, HundredsAreSafe) {
  TestServer server(tls(), [](Connection& connection, const SeenRequest&) {
    connection.write(kChunked);
    connection.write_for_ever(chunk(std::string(5000, 'x')));
  });
  const auto shared = transport_to(server.url());
  int enough = 0;
  int cancelled = 0;
  for (int round = 0; round < 400; ++round) {
    std::stop_source source;
    std::jthread stopper([&, round] {
      const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(20 * round);
      while (std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
      source.request_stop();
    });
    int pieces = 0;
    Counter counter([&] { return round % 3 != 0 || ++pieces < round / 10; });
    const auto own = round % 2 == 0 ? transport_to(server.url()) : nullptr;

    const auto outcome = stream(own ? *own : *shared, counter, {}, source.get_token());

    if (outcome == "200 ") ++enough;
    if (outcome.find("cancelled") == 0) ++cancelled;
  }
  EXPECT_EQ(enough + cancelled, 400);
  EXPECT_GT(cancelled, 0);
}

TEST(StreamCancel, DestructorEndsTheStreamsOfOtherThreads) {
  TestServer server(tls(), [](Connection& connection, const SeenRequest&) {
    connection.write(std::string(kChunked) + chunk("a"));
    connection.wait_closed();
  });
  auto transport = transport_to(server.url());
  std::counting_semaphore<> seen(0);
  Locked<std::vector<std::string>> outcomes;
  std::vector<std::jthread> watchers;
  for (int i = 0; i < 10; ++i) {
    watchers.emplace_back([&, raw = transport.get()] {
      Notes notes([&](const std::string&) {
        seen.release();
        return true;
      });
      const auto outcome = stream(*raw, notes);
      outcomes.with([&](auto& all) { all.push_back(outcome); });
    });
  }
  for (int i = 0; i < 10; ++i)
    seen.acquire();

  transport.reset();
  watchers.clear();

  EXPECT_EQ(outcomes.with([](const auto& all) { return all; }),
            std::vector<std::string>(10, "cancelled maybe sent: cancelled"));
}

}  // namespace
}  // namespace certsync::http::test
