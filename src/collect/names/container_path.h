/* Which container a cgroup belongs to, as far as its path says. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CONTAINER_ID_LEN 64 /* hexadecimal digits */
#define CONTAINER_NAME_MAX 255

struct container {
	const char *runtime;           /* who made it: "docker", "podman", "lxc", "machine", … */
	char id[CONTAINER_ID_LEN + 1]; /* "": the runtime knows it by its name */
	char name[CONTAINER_NAME_MAX + 1];
	uid_t uid; /* of the user whose container it is: a path below user-UID.slice is made by that user */
};

/* The outermost container on the path of a cgroup, v1's or v2's: it is what a runtime of this machine has made. What
 * stands below it was named inside. false: there is none. */
bool container_in_path(const char *path, struct container *c);
/* May it be a container's name, or a part of one? Nothing that would need to be quoted or could be taken for something
 * else. */
bool container_is_name(const char *name);
