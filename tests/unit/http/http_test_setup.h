// What every case of this folder starts from: cpprestsdk's pool, a "system" whose only root we know, and requests with
// a deadline that no healthy answer misses.
#pragma once

#include <memory>
#include <string>

#include "unit/http/test_certificates.h"
#include <gtest/gtest.h>

#include "http/transport.h"

namespace certsync::http::test {

/// The one root that this process believes to be the system's.
const Identity& system_authority();

Request get(std::string target = "/");
Request request_with_body(Method method, std::string body);
std::unique_ptr<Transport> transport_to(const std::string& url, Trust trust = {});
tl::expected<Response, Failure> send(Transport& transport, Request request);

/// "200 {}" or "untrusted unsent: certificate of …", so that a case can name its outcome in one line.
std::string text_of(const tl::expected<Response, Failure>& outcome);

}  // namespace certsync::http::test
