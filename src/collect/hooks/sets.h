/* What hooks.c does with an object in the kernel, whichever of the sets it is. */
#pragma once

#include "hooks.h"

struct hook_set_class {
	/* Opens the object and sets the constants that depend on the kernel, btf. 0 or negative errno. */
	int (*open)(struct hooks *h, const struct btf *btf);
	int (*load)(struct hooks *h);
	void (*close)(struct hooks *h);
	struct bpf_object *(*object)(const struct hooks *h); /* NULL unless it is open */
};

extern const struct hook_set_class hook_sets[SET_COUNT];
