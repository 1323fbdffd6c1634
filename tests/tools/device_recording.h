/* Made-up namespaces with devices, queueing disciplines, counters and processors, for recordings and tests. */
#pragma once

#include "stream.h"

#define DEVICE_TICKS 5 /* some checks want three seconds */

void put_device_names(struct buf *out);
/* What is new in the tick-th tick, at this time. In the last a device is gone. */
void put_devices(struct buf *out, unsigned tick, u64 time_ns);
