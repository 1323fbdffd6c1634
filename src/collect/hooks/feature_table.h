/* The rows of the table of features. */
#pragma once

#include "hooks.h"

/* One hook: its kind, what it attaches to, and the function in src/bpf. */
struct hook {
	enum hook_kind kind;
	const char *target; /* NULL: end of the list */
	const char *program;
	int args; /* that the function has to have; 0: any number */
};

/* One way to serve a feature: all its hooks must attach. */
struct alternative {
	struct hook hook[HOOKS_MAX];
};

#define ALTERNATIVES_MAX 4

struct feature {
	const char *name;
	enum hook_set set;
	bool required;        /* the set is useless without it */
	const char *fallback; /* what serves it without a hook; NULL: nothing */
	struct alternative alt[ALTERNATIVES_MAX];
	bool on_demand; /* not attached with its set: see hooks_attach() */
	enum feature_number number;
};

extern const struct feature features[FEATURE_COUNT];
