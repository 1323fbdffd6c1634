/* Source: which container each cgroup with sockets belongs to. */
#pragma once

#include "source.h"

struct containers;

/* A cgroup with sockets, when it is first seen, and its path. c NULL: nothing. */
void containers_note(struct containers *c, u64 cgroup, const char *path);

extern const struct source_class containers_source;
