/* Network namespaces, their devices, queueing disciplines and counters, and the processors' receive queues: part of the
 * model's picture. Rates are over the time between the last two visits to the namespace. */
#pragma once

#include "shelf.h"
#include "store.h"

/* Bounds on what a stream can make us keep. */
#define STACKS_MAX 65536
#define DEVICES_MAX 131072
#define CPU_QUEUES_MAX 4096
#define COUNTERS_ROWS_MAX 1000000

/* The network stack of a namespace. */
struct stack {
	struct shelf_row row;
	u32 visits;     /* that were received; of the machine's, ticks may have been skipped between two */
	u32 first[2];   /* indices of its first device and counter, or IDMAP_NONE: devices.c */
	double seconds; /* between the last two; before the second not to be used */
	struct record_space r, before;
};

/* What a row of something that belongs to a namespace begins with. */
struct of_stack {
	struct shelf_row row;
	bool fresh; /* no record has come since its first: what it had counted before is not known */
	u32 next;   /* index of the namespace's next row of the kind, or IDMAP_NONE */
	u32 visit;  /* stack->visits when it changed last */
	const struct stack *stack;
};

struct device {
	struct of_stack of;
	u64 nic; /* under which model_nic() finds it, or 0 */
	struct record_device r, before;
};

struct counter {
	struct of_stack of;
	struct record_counter r, before;
};

struct cpu_queue {
	struct of_stack of; /* of the collector's own namespace, with which it is read */
	struct record_cpu r, before;
};

enum device_shelf { SHELF_STACKS, SHELF_DEVICES, SHELF_COUNTERS, SHELF_CPUS, SHELF_COUNT };

/* The rows of a kind. */
const struct shelf *model_shelf(const struct model *m, enum device_shelf which);
/* The network device with this number in a socket's namespace; NULL: it is not known. */
const struct device *model_nic(const struct model *m, const struct record_socket *s, u32 ifindex);
/* Per second, of a value that was `before` at the visit before: NaN: not known. A counter that has fallen began anew.
 */
double stack_rate(const struct stack *s, u64 now, u64 before);
double of_stack_rate(const struct of_stack *o, u64 now, u64 before);
/* The stack of a namespace, by its inode; NULL: not known. Walks over all. */
const struct stack *model_stack(const struct model *m, u32 netns);
/* A counter of it, by the kernel's name; NULL: it is 0. Walks over all of it. */
const struct counter *stack_counter(const struct model *m, const struct stack *stack, const char *name);
