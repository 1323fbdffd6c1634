/* How metrics are written: names and metadata by the conventions, labels escaped. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "metrics_private.h"

#define TOTAL "_total"

static bool ends_with(const char *name, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len > n && strncmp(name + len - n, end, n) == 0;
}

bool metric_is_counter(const char *name)
{
	return ends_with(name, strlen(name), TOTAL);
}

/* The family's name, which for counters is without its suffix. */
static size_t family_len(const char *name)
{
	return strlen(name) - (metric_is_counter(name) ? strlen(TOTAL) : 0);
}

static void put_name(struct buf *out, const char *prefix, const char *name, size_t len)
{
	buf_printf(out, "skbtop_%s%s%.*s", prefix, *prefix ? "_" : "", (int)len, name);
}

static void put_line(struct buf *out, const char *what, const char *prefix, const char *name)
{
	buf_printf(out, "# %s ", what);
	put_name(out, prefix, name, family_len(name));
	buf_putc(out, ' ');
}

/* A name with a unit ends in it. */
static const char *unit_of(const char *name)
{
	static const char *const units[] = {"bytes", "seconds", "ratio"};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		char end[16];

		snprintf(end, sizeof(end), "_%s", units[i]);
		if (ends_with(name, family_len(name), end))
			return units[i];
	}
	return NULL;
}

/* '"' is escaped in labels, and may be in help. */
static void escape(char *dst, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text && n + 3 < size; text++) {
		if (*text == '\\' || *text == '"' || *text == '\n')
			dst[n++] = '\\';
		dst[n++] = *text == '\n' ? 'n' : *text;
	}
	/* What is too long ends with a whole character. */
	while (*text && n && (*text & 0xc0) == 0x80)
		text--, n--;
	dst[n] = '\0';
}

void metric_put_head(struct buf *out, const char *prefix, const char *name, const char *help)
{
	char text[512];

	put_line(out, "TYPE", prefix, name);
	buf_puts(out, metric_is_counter(name) ? "counter\n" : "gauge\n");
	if (unit_of(name)) {
		put_line(out, "UNIT", prefix, name);
		buf_printf(out, "%s\n", unit_of(name));
	}
	escape(text, sizeof(text), help);
	put_line(out, "HELP", prefix, name);
	buf_printf(out, "%s\n", text);
}

void metric_put(struct buf *out, const char *prefix, const char *name, const char *labels, double value)
{
	if (isnan(value))
		return;
	put_name(out, prefix, name, strlen(name));
	buf_printf(out, "%s%s%s ", *labels ? "{" : "", labels, *labels ? "}" : "");
	buf_printf(out, value == trunc(value) && fabs(value) < 0x1p53 ? "%.0f\n" : "%.15g\n", value);
}

void metric_label(char labels[METRIC_LABELS_MAX], const char *name, const char *value)
{
	size_t n = strlen(labels);
	char text[128];

	escape(text, sizeof(text), value);
	if (n + strlen(name) + strlen(text) + sizeof(",=\"\"") <= METRIC_LABELS_MAX)
		snprintf(labels + n, METRIC_LABELS_MAX - n, "%s%s=\"%s\"", n ? "," : "", name, text);
}
