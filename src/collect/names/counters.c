/* Reads the two forms in which the kernel prints counters. */
#include "counters.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

#define LINE_MAX_BYTES 8192 /* TcpExt has some 3 kB of names */

/* A negative one (Tcp's MaxConn) is no counter. */
static bool value_of(const char *text, u64 *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	*value = strtoull(text, &end, 10);
	return *end == '\0';
}

/* The next word of a line, which is cut there; NULL: there is none. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t\n");

	*at = word + strcspn(word, " \t\n");
	if (**at)
		*(*at)++ = '\0';
	return *word ? word : NULL;
}

/* Both lines begin with "Protocol:". */
static bool each_of_line(char *names, char *values, counter_fn *each, void *context)
{
	char name[COUNTER_NAME_MAX], *word = next_word(&names), *value = next_word(&values);
	size_t prefix = word ? strlen(word) : 0;
	bool any = false;
	u64 n;

	if (!value || prefix < 2 || prefix > sizeof(name) || strcmp(word, value) != 0 || word[prefix - 1] != ':')
		return false;
	memcpy(name, word, --prefix);
	while ((word = next_word(&names)) && (value = next_word(&values))) {
		if (prefix + strlen(word) >= sizeof(name) || !value_of(value, &n))
			continue;
		strcpy(name + prefix, word);
		each(context, name, n);
		any = true;
	}
	return any;
}

bool counters_of_pairs(FILE *f, counter_fn *each, void *context)
{
	char names[LINE_MAX_BYTES], values[LINE_MAX_BYTES];
	bool any = false;

	while (f && fgets(names, sizeof(names), f) && fgets(values, sizeof(values), f))
		any |= each_of_line(names, values, each, context);
	return any;
}

bool counters_of_list(FILE *f, counter_fn *each, void *context)
{
	char line[256];
	bool any = false;

	while (f && fgets(line, sizeof(line), f)) {
		char *at = line, *name = next_word(&at), *value = next_word(&at);
		u64 n;

		if (!value || strlen(name) >= COUNTER_NAME_MAX || !value_of(value, &n))
			continue;
		each(context, name, n);
		any = true;
	}
	return any;
}
