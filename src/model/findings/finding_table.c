/* The table of findings. */
#include "finding_table.h"

#include <math.h>

#include "store.h"

/* f is the picture, n the row. */
#define FINDING_GETTER(name) STATIC_GETTER_OF(struct findings, f, struct finding, n, name)

FINDING_GETTER(get_check)
{
	return value_text(v, n->check->name);
}

FINDING_GETTER(get_severity)
{
	v->severity = n->severity;
	return value_word(v, n->severity, finding_severity_name(n->severity));
}

FINDING_GETTER(get_rank)
{
	return value_number(v, (u64)n->severity << 48 | n->age);
}

FINDING_GETTER(get_finding_text)
{
	return value_text(v, n->text);
}

FINDING_GETTER(get_advice)
{
	return value_text(v, n->advice);
}

FINDING_GETTER(get_since)
{
	return value_number(v, finding_since_us(f, n));
}

FINDING_GETTER(get_at)
{
	return value_time(v, finding_realtime(f, n));
}

FINDING_GETTER(get_value)
{
	return n->has_value ? value_real(v, n->value) : 0;
}

FINDING_GETTER(get_muted)
{
	return value_number(v, n->muted);
}

FINDING_GETTER(get_gone)
{
	return value_number(v, n->ended_ns != 0);
}

static bool trend(const struct column *c, const void *picture, const void *row, struct series *s)
{
	const struct finding *n = row;

	(void)c, (void)picture;
	*s = (struct series){.span = FINDING_TREND, .newest = n->trend_count};
	s->count = MIN(n->trend_count, (u64)FINDING_TREND);
	for (size_t i = 0; i < s->count; i++)
		s->values[i] = n->trend[(n->trend_count - s->count + i) % FINDING_TREND];
	return s->count;
}

/* What it is about: c->offset is the subject. */
FINDING_GETTER(get_about_number)
{
	return n->about[c->offset].known && value_number(v, n->about[c->offset].number);
}

FINDING_GETTER(get_about_text)
{
	return n->about[c->offset].known && value_text(v, n->about[c->offset].text);
}

FINDING_GETTER(get_about_address)
{
	v->family = n->about[c->offset].family;
	v->address = n->about[c->offset].address;
	v->kind = VALUE_ADDRESS;
	return n->about[c->offset].known && v->family;
}

FINDING_GETTER(get_host)
{
	const struct record_hello *hello = model_hello(findings_model(f));

	return hello ? value_text(v, (const char *)hello->host) : 0;
}

/* clang-format off */
#define T(name_, title_, width_, flex_, unit_, get_, help_, ...)                                                       \
	{.name = name_, .title = title_, .help = help_, .unit = UNIT_##unit_, .align = ALIGN_LEFT, .width = width_,    \
	 .flex = flex_, .warn = NAN, .alarm = NAN, .sum = SUM_SAME, .get = get_, __VA_ARGS__}
#define N(name_, title_, width_, unit_, get_, help_, ...)                                                              \
	{.name = name_, .title = title_, .help = help_, .unit = UNIT_##unit_, .align = ALIGN_RIGHT, .width = width_,   \
	 .warn = NAN, .alarm = NAN, .sum = SUM_SAME, .get = get_, __VA_ARGS__}
#define ABOUT(name) .offset = SUBJECT_##name

static const struct column columns[] = {
	T("check", "CHECK", 18, 0, TEXT, get_check, "name of the check that speaks", .tells = true),
	T("severity", "SEVERITY", 8, 0, TEXT, get_severity, "critical, warning or info", .order = get_rank,
	  .descending = 1, .word = finding_severity_name, .words = FINDING_SEVERITIES, .severity = value_severity),
	T("text", "WHAT IS WRONG", 60, 4, TEXT, get_finding_text, "what is wrong, with its numbers", .tells = true),
	T("advice", "WHAT CAN BE DONE", 30, 2, TEXT, get_advice, "what can be done"),
	N("since_us", "SINCE", 6, USEC, get_since, "for how long; of one that is over, for how long it was",
	  .descending = 1),
	T("began", "BEGAN", 15, 0, TIME, get_at, "when it began, unix seconds", .extra = true),
	N("value", "VALUE", 9, FACTOR, get_value, "the number that the check watches, in the unit of its column",
	  .descending = 1),
	T("trend", "TREND", 10, 1, FACTOR, get_value, "that number in the last 60 rounds, mostly a second each",
	  .series = trend, .descending = 1, .extra = true),
	N("pid", "PID", 7, NONE, get_about_number, "the process that it is about", ABOUT(pid)),
	T("comm", "COMM", 10, 1, TEXT, get_about_text, "name of that process", ABOUT(comm)),
	T("user", "USER", 8, 1, TEXT, get_about_text, "user of its sockets", ABOUT(user), .extra = true),
	N("netns", "NETNS", 10, NONE, get_about_number, "inode of the network namespace", ABOUT(netns)),
	T("laddr", "LADDR", 15, 2, ADDRESS, get_about_address, "local address", ABOUT(laddr)),
	N("lport", "LPORT", 5, PORT, get_about_number, "local port", ABOUT(lport)),
	T("raddr", "RADDR", 15, 2, ADDRESS, get_about_address, "remote address", ABOUT(raddr)),
	N("rport", "RPORT", 5, PORT, get_about_number, "remote port", ABOUT(rport)),
	T("device", "DEVICE", 8, 0, TEXT, get_about_text, "network device", ABOUT(device)),
	T("cgroup", "CGROUP", 16, 3, TEXT, get_about_text, "cgroup of its sockets", ABOUT(cgroup)),
	T("host", "HOST", 10, 1, TEXT, get_host, "name of the machine"),
	N("ended", "ENDED", 5, BOOL, get_gone, "it is over", .extra = true),
	N("muted", "MUTED", 5, BOOL, get_muted, "it was muted on the screen", .extra = true),
};
/* clang-format on */

static const struct table_shown shown[] = {
    {"severity", true, 2, 8, 8, 8},  {"text", true, 1, 30, 70, 120},    {"since_us", true, 3, 6, 6, 6},
    {"trend", false, 5, 10, 10, 20}, {"advice", false, 6, 30, 50, 120}, {"comm", false, 8, 10, 10, 15},
    {"pid", false, 9, 7, 7, 7},      {"check", false, 7, 18, 18, 18},   {"netns", false, 10, 10, 10, 10},
};

static u32 end(const void *picture)
{
	return findings_end(picture);
}

static const void *row_at(const void *picture, u32 index)
{
	return findings_at(picture, index);
}

static u64 id(const void *row)
{
	return ((const struct finding *)row)->id;
}

static u32 find(const void *picture, u64 id)
{
	return findings_find(picture, id);
}

static u64 age(const void *row)
{
	return ((const struct finding *)row)->age;
}

static bool ended(const void *row)
{
	const struct finding *n = row;

	return !finding_speaks(n);
}

static unsigned look(const void *picture, const void *row)
{
	const struct finding *n = row;

	(void)picture;
	return !finding_speaks(n) ? LOOK_PALE : n->severity == FINDING_CRITICAL ? LOOK_ALARM : 0;
}

static u32 rows(const void *picture, bool with_ended)
{
	u32 n = 0;

	for (u32 i = 0; i < findings_end(picture); i++) {
		const struct finding *row = findings_at(picture, i);

		n += row && (with_ended || !ended(row));
	}
	return n;
}

static u64 generation(const void *picture)
{
	return findings_generation(picture);
}

const struct table finding_table = {
    .name = "finding",
    .one = "finding",
    .many = "findings",
    .columns = columns,
    .count = ARRAY_SIZE(columns),
    .shown = shown,
    .shown_count = ARRAY_SIZE(shown),
    .sort = "severity:desc",
    .ordered = true,
    .needs = NEEDS_DATAGRAMS,
    .end = end,
    .row = row_at,
    .id = id,
    .find = find,
    .age = age,
    .ended = ended,
    .look = look,
    .rows = rows,
    .generation = generation,
};
