/* The table of processors' receive queues. */
#include "devices_get.h"

/* clang-format off */
#define CPU(field) AT(struct cpu_queue, field)
#define GROWTH(field)                                                                                                  \
	.offset = offsetof(struct cpu_queue, r.field),                                                                 \
	.has = offsetof(struct cpu_queue, before) - offsetof(struct cpu_queue, r)

static const struct column columns[] = {
	N("cpu", "CPU", 5, NONE, get_stored, "number of the processor", CPU(cpu), .tells = true),
	N("processed", "PACKETS", 7, COUNT, get_stored, "packets that its softirq has taken", CPU(processed)),
	R("processed_rate", "PKT/s", 7, get_growth, "the same per second", GROWTH(processed), UNMARKED),
	N("dropped", "DROPPED", 7, COUNT, get_stored, "packets that found its queue full (net.core.netdev_max_backlog)",
	  CPU(dropped)),
	R("dropped_rate", "DROP/s", 7, get_growth, "the same per second", GROWTH(dropped), WARN(0.001, 0.001)),
	N("squeezed", "SQUEEZED", 8, COUNT, get_stored,
	  "times that it had to stop with packets left (net.core.netdev_budget)", CPU(squeezed)),
	R("squeezed_rate", "SQUEEZE/s", 9, get_growth, "the same per second", GROWTH(squeezed), UNMARKED),
	A("backlog", "BACKLOG", 7, COUNT, get_stored, "packets that wait in its queue (5.10)", CPU(backlog)),
	N("rps", "RPS", 6, COUNT, get_stored, "times that another processor woke it for packets (RPS)", CPU(rps)),
	R("rps_rate", "RPS/s", 7, get_growth, "the same per second", GROWTH(rps), UNMARKED),
	N("flow_limit", "FLOWLIM", 7, COUNT, get_stored, "packets dropped because one flow had filled its queue",
	  CPU(flow_limit)),
	R("flow_limit_rate", "FLOW/s", 7, get_growth, "the same per second", GROWTH(flow_limit), WARN(0.001, NAN)),
};
/* clang-format on */

SHELF_TABLE(SHELF_CPUS);

static const struct table_shown shown[] = {
    {"cpu", true, 1, 5, 5, 5},
    {"processed", true, 5, 7, 7, 9},
    {"processed_rate", true, 2, 7, 7, 9},
    {"dropped", true, 6, 7, 7, 9},
    {"dropped_rate", true, 3, 7, 7, 9},
    {"squeezed", true, 7, 8, 8, 9},
    {"squeezed_rate", true, 4, 9, 9, 9},
    {"backlog", true, 8, 7, 7, 9},
    {"rps_rate", false, 9, 7, 7, 9},
    {"flow_limit_rate", false, 10, 7, 7, 9},
};

const struct table cpu_table = {
    .name = "cpu",
    .one = "processor",
    .many = "processors",
    .sort = "cpu:asc",
    SHELF_FUNCTIONS,
};
