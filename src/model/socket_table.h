/* The table of sockets. */
#pragma once

#include "model.h"
#include "table.h"

/* Rows are struct row, the picture is a struct model. */
extern const struct table socket_table;
