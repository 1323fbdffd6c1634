/* The functions of each object in the kernel that hooks.c calls. */
#pragma once

#include "hooks.h"

struct hook_set_class {
	/* Opens the object and sets the constants that depend on the kernel's types. 0 or negative errno. */
	int (*open)(struct hooks *h, const struct btf *btf);
	int (*load)(struct hooks *h);
	void (*close)(struct hooks *h);
	struct bpf_object *(*object)(const struct hooks *h); /* NULL while it is not open */
	bool shared; /* elements of maps in our memory are not each processor's own */
};

extern const struct hook_set_class hook_sets[SET_COUNT];
