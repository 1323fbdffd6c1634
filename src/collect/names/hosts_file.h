/* Source: the names of hosts in /etc/hosts, when it is first read and whenever it has changed. */
#pragma once

#include "source.h"

#define HOSTS_FILE_MAX (1U << 20) /* bytes; of a larger file nothing is read */
#define HOSTS_FILE_NAMES 4096     /* the first of them are sent */

/* Calls each for the addresses of a hosts(5) text, with their first names. Changes the text. */
void hosts_file_parse(char *text, void (*each)(void *context, const struct record_host *r), void *context);

extern const struct source_class hosts_file_source;
