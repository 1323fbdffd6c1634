/* The table of requests: rows are struct request, the picture is a struct model. */
#pragma once

#include "requests.h"
#include "table.h"

/* What of requests is asked for where somebody needs this much: enum requests_asked. */
static inline u64 requests_asked(unsigned needs)
{
	return needs & NEEDS_REQUESTS ? REQUESTS_ALL : needs & NEEDS_DATAGRAMS ? REQUESTS_DATAGRAMS : REQUESTS_NONE;
}

extern const struct table request_table;

/* Of a socket. */
COLUMN_GETTER(get_app);
/* Of an exchange. */
COLUMN_GETTER(get_exchange_name);
COLUMN_GETTER(get_exchange_status);
