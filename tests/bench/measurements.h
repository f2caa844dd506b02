// The measurements of the appliance side.
#pragma once

#include "bench/measure.h"

namespace bench {

/// Passes over appliances on which nothing changed: requests, CPU and allocations as the estate grows.
void measure_converged(const Report& report, bool quick);
/// The same for 20 and for 200 appliances of 500 certkeys, which takes half an hour to prepare.
void measure_estate(const Report& report, bool quick);
/// Many certificates of one appliance renewed at once, beside the limit and the naive order.
void measure_burst(const Report& report, bool quick);
/// Many appliances with a few certificates each, all renewed at once.
void measure_storm(const Report& report, bool quick);

}  // namespace bench
