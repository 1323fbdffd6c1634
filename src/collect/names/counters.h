/* The counters in /proc/net: snmp and netstat have a line of names and then one of values, snmp6 a name and its value
 * in each line. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "types.h"

#define COUNTER_NAME_MAX 64 /* bytes with the NUL: "TcpExt" and "ListenOverflows" are one name */

/* Called for each counter of a file. */
typedef void counter_fn(void *context, const char *name, u64 value);

/* snmp or netstat, which may be NULL. false: there is not even one counter in it. What is no text of the kernel's is
 * passed over. */
bool counters_of_pairs(FILE *f, counter_fn *each, void *context);
/* snmp6, likewise. */
bool counters_of_list(FILE *f, counter_fn *each, void *context);
