/* The table of sockets. */
#pragma once

#include "store.h"
#include "table.h"

/* Rows are struct row, the picture is a struct model. */
extern const struct table socket_table;
