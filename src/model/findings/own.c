/* A user's own checks: SEVERITY; ROWS; CONDITION; SECONDS; SENTENCE[; ADVICE]. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "devices_table.h"
#include "findings_private.h"
#include "folds.h"
#include "request_table.h"
#include "text.h"

#define FIELDS 6
#define SECONDS_MAX 3600

/* What a check can look at, by the name of its view. */
static const struct table *table_by_name(const char *name, char *names, size_t size)
{
	static const struct {
		const char *name;
		const struct table *t;
	} tables[] = {{"sockets", &socket_table},
		      {"devices", &device_table},
		      {"cpus", &cpu_table},
		      {"counters", &counter_table},
		      {"stacks", &stack_table},
		      {"requests", &request_table},
#define F(name, title, help) {#name, &name##_fold},
		      FOLDS(F)
#undef F
	};

	*names = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		if (strcmp(tables[i].name, name) == 0)
			return tables[i].t;
		text_join(names, size, ", ", "%s", tables[i].name);
	}
	return NULL;
}

/* Cuts the text at its semicolons, in place; blanks around the parts go. Returns how many there are. */
static size_t cut(char *text, char *fields[FIELDS])
{
	size_t n = 0;

	while (text && n < FIELDS) {
		/* The last one may have semicolons of its own. */
		char *end = n + 1 < FIELDS ? strchr(text, ';') : NULL, *last;

		if (end)
			*end = '\0';
		text += strspn(text, " \t");
		for (last = text + strlen(text); last > text && strchr(" \t", last[-1]);)
			*--last = '\0';
		fields[n++] = text;
		text = end ? end + 1 : NULL;
	}
	return n;
}

static int severity_of(const char *word, enum finding_severity *severity)
{
	for (*severity = FINDING_INFO; *severity < FINDING_SEVERITIES; ++*severity)
		if (strcmp(finding_severity_name(*severity), word) == 0)
			return 0;
	return -EINVAL;
}

/* A whole number of seconds, with an s behind it or not. */
static int seconds_of(const char *text, u16 *seconds)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || (*end && strcmp(end, "s") != 0) || n > SECONDS_MAX || *text == '-')
		return -EINVAL;
	*seconds = (u16)n;
	return 0;
}

static int read_fields(struct check *c, char *fields[FIELDS], size_t n, struct error *err)
{
	char names[160];

	if (n < FIELDS - 1)
		return error_set(err, -EINVAL,
				 "check %s: it is SEVERITY; ROWS; CONDITION; SECONDS; SENTENCE; and perhaps ADVICE",
				 c->name);
	if (severity_of(fields[0], &c->severity) < 0)
		return error_set(err, -EINVAL, "check %s: '%s' is not info, warning or critical", c->name, fields[0]);
	c->of = table_by_name(fields[1], names, sizeof(names));
	if (!c->of)
		return error_set(err, -EINVAL, "check %s: no rows '%s'; there are %s", c->name, fields[1], names);
	if (!*fields[2])
		return error_set(err, -EINVAL, "check %s: without a condition it would speak of every row", c->name);
	if (seconds_of(fields[3], &c->after) < 0)
		return error_set(err, -EINVAL, "check %s: '%s' is not a number of seconds up to %u", c->name, fields[3],
				 SECONDS_MAX);
	c->when = fields[2];
	c->until = c->after;
	c->text = fields[4];
	c->advice = n == FIELDS && *fields[5] ? fields[5] : NULL;
	return 0;
}

/* Of what it can be about: what its rows have. */
static void choose_about(struct own_check *own)
{
	static const char *const names[] = {"comm",  "pid",   "netns",  "laddr", "lport",
					    "raddr", "rport", "device", "cgroup"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (table_find(own->check.of, names[i]))
			text_join(own->about, sizeof(own->about), ",", "%s", names[i]);
	own->check.about = own->about;
}

/* What is only known while somebody looks would make it silent without a word. */
static int add_cheap(struct findings *f, const struct check *c, struct error *err)
{
	unsigned before = f->needs;
	int r = findings_add(f, c, err);

	/* Ends that nothing is translated between are known without. */
	if (r < 0 || (f->needs | NEEDS_NAT) == (before | NEEDS_NAT))
		return r;
	f->needs = before;
	findings_take_back(f);
	return error_set(err, -EINVAL,
			 "check %s: it names columns that the kernel is only asked for while they are shown", c->name);
}

int findings_add_own(struct findings *f, const char *name, const char *spec, struct error *err)
{
	struct own_check *own = calloc(1, sizeof(*own) + strlen(name) + strlen(spec) + 2);
	char *fields[FIELDS], *copy;
	int r;

	if (!own)
		return -ENOMEM;
	copy = own->text + strlen(name) + 1;
	strcpy(own->text, name);
	strcpy(copy, spec);
	own->check = (struct check){.name = own->text, .why = "a check of config.ini"};
	r = read_fields(&own->check, fields, cut(copy, fields), err);
	if (r == 0) {
		choose_about(own);
		r = add_cheap(f, &own->check, err);
	}
	if (r < 0) {
		free(own);
		return r;
	}
	/* Who has a check of what is asked for wants it to be read. */
	f->asks |= table_needs(own->check.of) & NEEDS_REQUESTS ? table_needs(own->check.of) : 0;
	own->next = f->own;
	f->own = own;
	return 0;
}
