#include "base/parallel.h"

#include <atomic>
#include <stdexcept>

#include <gtest/gtest.h>

namespace certsync {
namespace {

TEST(InParallel, DoesEachJobOnce) {
  std::atomic<std::size_t> sum{0};

  in_parallel(100, 4, [&](std::size_t i) { sum += i; });

  EXPECT_EQ(sum, 4950u);
}

TEST(InParallel, WhatAJobThrowsComesOutAndNoOtherBegins) {
  std::atomic<int> begun{0};

  EXPECT_THROW(in_parallel(1'000'000, 4,
                           [&](std::size_t) {
                             ++begun;
                             throw std::runtime_error("a defect");
                           }),
               std::runtime_error);
  EXPECT_LE(begun, 4);
}

}  // namespace
}  // namespace certsync
