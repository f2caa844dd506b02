#include "http/body_streams.h"

#include <algorithm>
#include <utility>

namespace certsync::http {

bool OneWayBuffer::acquire(std::uint8_t*& start, std::size_t& count) {
  start = nullptr;
  count = 0;
  return false;
}

pplx::task<OneWayBuffer::int_type> OneWayBuffer::_putc(std::uint8_t) {
  return pplx::task_from_result(traits::eof());
}

pplx::task<std::size_t> OneWayBuffer::_putn(const std::uint8_t*, std::size_t) {
  return pplx::task_from_result<std::size_t>(0);
}

pplx::task<OneWayBuffer::int_type> OneWayBuffer::_bumpc() {
  return pplx::task_from_result(_sbumpc());
}

OneWayBuffer::int_type OneWayBuffer::_sbumpc() {
  return traits::eof();
}

pplx::task<OneWayBuffer::int_type> OneWayBuffer::_getc() {
  return pplx::task_from_result(_sgetc());
}

OneWayBuffer::int_type OneWayBuffer::_sgetc() {
  return traits::eof();
}

pplx::task<OneWayBuffer::int_type> OneWayBuffer::_nextc() {
  _sbumpc();
  return pplx::task_from_result(_sgetc());
}

pplx::task<OneWayBuffer::int_type> OneWayBuffer::_ungetc() {
  return pplx::task_from_result(traits::eof());
}

pplx::task<std::size_t> OneWayBuffer::_getn(std::uint8_t*, std::size_t) {
  return pplx::task_from_result<std::size_t>(0);
}

BodySource::BodySource(std::shared_ptr<const SecretBytes> body)
    : OneWayBuffer(std::ios_base::in), body_(std::move(body)) {}

BodySource::int_type BodySource::_sbumpc() {
  const auto byte = _sgetc();
  if (byte != traits::eof()) ++read_bytes_;
  return byte;
}

BodySource::int_type BodySource::_sgetc() {
  if (read_bytes_ == body_->size()) return traits::eof();
  return static_cast<std::uint8_t>(body_->reveal()[read_bytes_]);
}

pplx::task<std::size_t> BodySource::_getn(std::uint8_t* start, std::size_t count) {
  const auto part = body_->reveal().substr(read_bytes_, count);
  std::copy(part.begin(), part.end(), start);
  read_bytes_ += part.size();
  return pplx::task_from_result(part.size());
}

BodySink::BodySink(Consumer consumer) : OneWayBuffer(std::ios_base::out), consumer_(std::move(consumer)) {}

pplx::task<std::size_t> BodySink::putn_nocopy(const std::uint8_t* start, std::size_t count) {
  return putn(start, count);
}

pplx::task<std::size_t> BodySink::putn(const std::uint8_t* start, std::size_t count) {
  return consumer_({reinterpret_cast<const char*>(start), count});
}

}  // namespace certsync::http
