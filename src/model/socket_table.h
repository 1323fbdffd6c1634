/* The table of sockets. */
#pragma once

#include "store.h"
#include "table.h"

/* Rows are struct row, the picture is a struct model. */
extern const struct table socket_table;

#define SOCKET_GROUPS 5
/* What sockets can be gathered by. The first SOCKET_GROUPS of them are what a list's tree goes through. */
enum socket_key {
	BY_PROCESS,
	BY_REMOTE,
	BY_NETNS,
	BY_CONTAINER,
	BY_PAIR,
	BY_CGROUP,
	BY_USER,
	BY_PREFIX,
	BY_SERVICE,
	BY_VIA,
	BY_APP,
	SOCKET_KEYS
};
extern const struct table_group socket_groups[SOCKET_KEYS];
