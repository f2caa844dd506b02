// Many small jobs by a few threads.
#pragma once

#include <cstddef>
#include <functional>

namespace certsync {

/// job(0) … job(count - 1), in this order, by at most so many threads, the caller's among them. Blocks until all are
/// done. What a job throws comes out here, and no further job begins.
void in_parallel(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& job);

}  // namespace certsync
