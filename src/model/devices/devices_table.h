/* Tables of devices, of processors' receive queues, of the kernel's counters, and of namespaces' network stacks. */
#pragma once

#include "table.h"

extern const struct table device_table, cpu_table, counter_table, stack_table;
