// The two ends that cpprestsdk needs for a body: one to read the request from, one to write the answer to. Its own
// ones copy the request (which may hold a private key) and let the answer pile up without bound.
// Each is used by one thread at a time: cpprestsdk hands a request from thread to thread, never to two at once.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include <cpprest/astreambuf.h>

#include "base/secret.h"

namespace certsync::http {

/// What reader and writer have in common: no positions, no size, no access to the buffer. In particular can_seek() is
/// false, which is what keeps cpprestsdk from sending a request again (see BodySource).
class OneWayBuffer : public concurrency::streams::details::streambuf_state_manager<std::uint8_t> {
 public:
  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  std::size_t buffer_size(std::ios_base::openmode) const override { return 0; }
  void set_buffer_size(std::size_t, std::ios_base::openmode) override {}
  std::size_t in_avail() const override { return 0; }
  pos_type getpos(std::ios_base::openmode) const override { return traits::eof(); }
  pos_type seekpos(pos_type, std::ios_base::openmode) override { return traits::eof(); }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override { return traits::eof(); }
  bool acquire(std::uint8_t*& start, std::size_t& count) override;
  void release(std::uint8_t*, std::size_t) override {}

 protected:
  explicit OneWayBuffer(std::ios_base::openmode mode) : streambuf_state_manager(mode) {}

  pplx::task<int_type> _putc(std::uint8_t byte) override;
  pplx::task<std::size_t> _putn(const std::uint8_t* start, std::size_t count) override;
  pplx::task<int_type> _bumpc() override;
  int_type _sbumpc() override;
  pplx::task<int_type> _getc() override;
  int_type _sgetc() override;
  pplx::task<int_type> _nextc() override;
  pplx::task<int_type> _ungetc() override;
  pplx::task<std::size_t> _getn(std::uint8_t* start, std::size_t count) override;
  std::size_t _scopy(std::uint8_t*, std::size_t) override { return 0; }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  std::uint8_t* _alloc(std::size_t) override { return nullptr; }
  void _commit(std::size_t) override {}
};

/// Reads the request's body in place. cpprestsdk sends a request again, of any method, when the server closes a kept
/// connection instead of answering, unless the request has a body stream that cannot go back: so an empty body gets
/// one of these too. See handle_failed_read_status_line in cpprestsdk's http_client_asio.cpp.
class BodySource : public OneWayBuffer {
 public:
  explicit BodySource(std::shared_ptr<const SecretBytes> body);

 protected:
  int_type _sbumpc() override;
  int_type _sgetc() override;
  pplx::task<std::size_t> _getn(std::uint8_t* start, std::size_t count) override;

 private:
  std::shared_ptr<const SecretBytes> body_;
  std::size_t read_bytes_ = 0;
};

/// Hands the answer's body on, piece by piece. cpprestsdk reads on when the task is done: that is how it is slowed
/// down.
class BodySink : public OneWayBuffer {
 public:
  using Consumer = std::function<pplx::task<std::size_t>(std::string_view piece)>;
  explicit BodySink(Consumer consumer);

  // Not _putn: around that one the base class waits, in the pool's only thread, for a task of the pool if it fails.
  pplx::task<std::size_t> putn(const std::uint8_t* start, std::size_t count) override;
  pplx::task<std::size_t> putn_nocopy(const std::uint8_t* start, std::size_t count) override;

 private:
  Consumer consumer_;
};

}  // namespace certsync::http
