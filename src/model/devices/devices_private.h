/* Private to the model: how records of namespaces and devices are kept. */
#pragma once

#include "devices.h"
#include "rows_private.h"

struct devices {
	struct shelf shelves[SHELF_COUNT];
	struct idmap nics;        /* by netns and ifindex, to the index among the devices */
	const struct stack *last; /* the namespace of the records that come now; NULL: none has come */
};

/* -ENOMEM. */
int devices_init(struct model *m) must_check;
void devices_deinit(struct model *m);
int take_space(struct model *m, const struct record_space *rec) must_check;
int take_device(struct model *m, const struct record_device *rec) must_check;
int take_counter(struct model *m, const struct record_counter *rec) must_check;
int take_cpu(struct model *m, const struct record_cpu *rec) must_check;
