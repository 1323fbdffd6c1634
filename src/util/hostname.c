/* Checks names of hosts: whoever answers a question for one can send anything. */
#include "hostname.h"

#include <stddef.h>
#include <string.h>

#define LABEL_MAX 63
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

bool hostname_is_one(const char *name)
{
	size_t label, total = 0;

	for (;; total++) {
		label = strspn(name + total, LETTERS "0123456789-_");
		if (!label || label > LABEL_MAX || total + label > HOSTNAME_MAX)
			return false;
		total += label;
		if (name[total] != '.')
			break;
	}
	return !name[total] && strcspn(name + total - label, LETTERS) < label;
}
