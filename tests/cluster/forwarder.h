// A network that goes wrong on demand, between a program and one server: for half-open connections, partitions and
// delay.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace cluster {

/// Thread-safe. Listens on a loopback port of the system's choice.
class Forwarder {
 public:
  /// `target`: "127.0.0.1:PORT"
  explicit Forwarder(const std::string& target);
  /// Cuts what is open.
  ~Forwarder();
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  /// "127.0.0.1:PORT"
  std::string address() const;

  /// The connections that are open now stay open and never carry anything again, not even their end: as when a firewall
  /// forgets them. New ones work.
  void forget_open();
  /// Nothing passes, for new connections either, until heal(); what was sent meanwhile arrives then.
  void part();
  void heal();
  /// Resets the connections that are open now.
  void cut();
  /// Whatever passes from now on takes so long.
  void delay(std::chrono::milliseconds each_way);

  /// Connections that work now, and all that ever were.
  std::size_t working() const;
  std::size_t accepted() const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace cluster
