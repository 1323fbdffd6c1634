/* Objects among the lines of a JSON output, for tests that look at each. */
#pragma once

#include <jansson.h>
#include <string.h>

#include "harness.h"

/* The objects of one type, in order, at most max; the caller releases them. */
static inline size_t objects(const char *text, const char *type, json_t **out, size_t max)
{
	size_t n = 0;

	while (*text) {
		size_t len = strcspn(text, "\n");
		json_error_t why;
		json_t *o = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);

		if (!o)
			fail_msg("%s: %.*s", why.text, (int)len, text);
		if (strcmp(json_string_value(json_object_get(o, "type")), type) == 0 && n < max)
			out[n++] = o;
		else
			json_decref(o);
		text += len + (text[len] == '\n');
	}
	return n;
}

static inline void release(json_t **at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		json_decref(at[i]);
}

static inline const char *text_of(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text ? text : "";
}

static inline double number_of(const json_t *o, const char *name)
{
	return json_number_value(json_object_get(o, name));
}
