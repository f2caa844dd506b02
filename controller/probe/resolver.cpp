#include "probe/resolver.h"

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <netdb.h>

namespace certsync::probe {
namespace {

using Addresses = std::vector<SocketAddress>;

constexpr std::size_t kMaxAddresses = 8;
/// Look-ups that nobody waits for any more are counted as well.
constexpr int kMaxLookups = 32;

struct Answer {
  int code = 0;
  Addresses addresses;
};

Answer look_up(const HostPort& endpoint, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  Answer answer;
  answer.code = ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found);
  for (const auto* entry = found; entry != nullptr && answer.addresses.size() < kMaxAddresses; entry = entry->ai_next) {
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
    SocketAddress address;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.length = entry->ai_addrlen;
    answer.addresses.push_back(address);
  }
  if (found != nullptr) ::freeaddrinfo(found);
  return answer;
}

/// Shared with the thread that looks up, which may outlive the probe.
struct Lookup {
  std::mutex mutex;
  std::condition_variable_any done;
  std::optional<Answer> answer;
};

}  // namespace

struct Resolver::Pending {
  std::atomic<int> count{0};
};

Resolver::Resolver() : pending_(std::make_shared<Pending>()) {}
Resolver::~Resolver() = default;

tl::expected<Addresses, std::string> Resolver::resolve(const HostPort& endpoint, const Patience& patience) const {
  auto numeric = look_up(endpoint, AI_NUMERICHOST);
  if (numeric.code == 0) return std::move(numeric.addresses);

  if (pending_->count.fetch_add(1) >= kMaxLookups) {
    --pending_->count;
    return tl::unexpected<std::string>("too many names are being resolved already");
  }
  const auto lookup = std::make_shared<Lookup>();
  try {
    std::thread([endpoint, lookup, pending = pending_] {
      auto answer = look_up(endpoint, 0);
      --pending->count;
      std::lock_guard lock(lookup->mutex);
      lookup->answer = std::move(answer);
      lookup->done.notify_all();
    }).detach();
  } catch (const std::system_error&) {
    --pending_->count;
    return tl::unexpected<std::string>("no thread is left to resolve names");
  }

  std::unique_lock lock(lookup->mutex);
  lookup->done.wait_until(lock, patience.stop(), patience.deadline(), [&] { return lookup->answer.has_value(); });
  if (!lookup->answer) return tl::unexpected("name " + endpoint.host + " was not resolved in time");
  if (lookup->answer->code != 0)
    return tl::unexpected("name " + endpoint.host + " cannot be resolved: " + ::gai_strerror(lookup->answer->code));
  return std::move(lookup->answer->addresses);
}

}  // namespace certsync::probe
