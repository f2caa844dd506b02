// CHECK: for our own bugs only. Bad input is an Error, never a CHECK.
#pragma once

#include <cstdio>
#include <cstdlib>

#define CERTSYNC_CHECK(condition)                                                          \
  do {                                                                                     \
    if (!(condition)) {                                                                    \
      std::fprintf(stderr, "%s:%d: this must hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                        \
    }                                                                                      \
  } while (false)
