/* The capabilities that the collector uses, and what for. Nothing else lists them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct privilege {
	int capability;   /* CAP_* */
	const char *name; /* as setcap(8) spells it, without cap_ */
	bool required;
	const char *use;
};

extern const struct privilege privileges[];
extern const size_t privilege_count;

/* Is it effective now? Call capng_get_caps_process() first. */
bool privilege_held(const struct privilege *p);
