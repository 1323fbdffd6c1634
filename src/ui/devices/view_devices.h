/* The views of devices, processors' receive queues, counters and network stacks. */
#pragma once

#include "view.h"

extern const struct view_class view_devices_class, view_cpus_class, view_counters_class, view_stacks_class;
