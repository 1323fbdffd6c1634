/* The source of devices, queueing disciplines and the kernel's counters. */
#pragma once

#include "source.h"

extern const struct source_class devices_source;
