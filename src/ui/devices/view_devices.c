/* The views of what is in network namespaces beside sockets. Enter leads from a namespace to its devices, from a device
 * to the counters of its namespace, from a counter to the same one everywhere. */
#include "view_devices.h"

#include <stdio.h>

#include "devices.h"
#include "devices_table.h"
#include "table_view.h"

static void lead(struct table_view *s, const struct table *t, const char *column, const void *row)
{
	char filter[PROMPT_MAX + 1], text[RECORD_NAME_LEN];

	if (!column_print(table_find(s->t, column), s->rows, row, text, sizeof(text)))
		return;
	snprintf(filter, sizeof(filter), "%s = %s", column, text);
	table_view_lead(s->view.app, t, filter);
}

static void open_device(struct table_view *s, const void *row)
{
	lead(s, &counter_table, "netns", row);
}

static void open_counter(struct table_view *s, const void *row)
{
	lead(s, &counter_table, "name", row);
}

static void open_stack(struct table_view *s, const void *row)
{
	lead(s, &device_table, "netns", row);
}

#define DEVICES_VIEW(id, table_, top_, open_row, title_, help_)                                                        \
	static int open_##id(struct view **v, struct app *app, u64 arg, struct error *err)                             \
	{                                                                                                              \
		static const struct table_view_ops ops = {.open = open_row};                                           \
                                                                                                                       \
		(void)arg;                                                                                             \
		return table_view_open(v, app, &view_##id##_class, &table_, app->model, &ops, err);                    \
	}                                                                                                              \
                                                                                                                       \
	const struct view_class view_##id##_class = {                                                                  \
	    .name = #id,                                                                                               \
	    .title = title_,                                                                                           \
	    .help = help_,                                                                                             \
	    .scope = SCOPE_LIST,                                                                                       \
	    .top = top_,                                                                                               \
	    .table = &table_,                                                                                          \
	    .open = open_##id,                                                                                         \
	    TABLE_VIEW_CLASS,                                                                                          \
	}

DEVICES_VIEW(devices, device_table, true, open_device, "Devices",
	     "NICs, qdiscs and classes: rates, drops, errors, what waits");
DEVICES_VIEW(cpus, cpu_table, false, NULL, "Processors", "each processor's receive queue: packets, drops, squeezes");
DEVICES_VIEW(counters, counter_table, false, open_counter, "Counters",
	     "the kernel's SNMP counters in each namespace, as rates");
DEVICES_VIEW(stacks, stack_table, false, open_stack, "Stacks",
	     "each namespace: tracked connections, TCP's memory, orphans");
