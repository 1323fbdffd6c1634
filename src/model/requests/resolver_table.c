/* The table of name servers and who asks them. */
#include "address.h"
#include "requests.h"
#include "resolvers.h"

#define RESOLVER_GETTER(name) STATIC_GETTER_OF(struct model, m, struct resolver, r, name)

RESOLVER_GETTER(get_comm)
{
	return value_text(v, (const char *)r->comm);
}

RESOLVER_GETTER(get_pid)
{
	return r->pid ? value_number(v, r->pid) : 0;
}

RESOLVER_GETTER(get_netns)
{
	return value_number(v, r->netns);
}

RESOLVER_GETTER(get_server)
{
	return value_address(v, r->server, r->family, false, PORT_NONE);
}

RESOLVER_GETTER(get_port)
{
	return value_number(v, r->port);
}

/* c->offset: of a counter in struct resolver_span. */
static u32 counted(const struct resolver *r, size_t offset)
{
	return (u32)(field_at(&r->now, offset, 4) + field_at(&r->before, offset, 4));
}

RESOLVER_GETTER(get_count)
{
	return value_number(v, counted(r, c->offset));
}

static int share(struct value *v, u32 n, u32 of)
{
	v->of = of;
	return of ? value_real(v, (double)n / of) : 0;
}

RESOLVER_GETTER(get_answers_share)
{
	return share(v, counted(r, c->offset), counted(r, offsetof(struct resolver_span, answered)));
}

RESOLVER_GETTER(get_silent_share)
{
	u32 silent = counted(r, offsetof(struct resolver_span, silent));

	return share(v, silent, silent + counted(r, offsetof(struct resolver_span, answered)));
}

/* How often a failure was told in all; and that which was told most often. */
static u32 told(const struct resolver *r, u32 status)
{
	u32 n = 0;

	for (u32 i = 0; i < RESOLVER_WORDS; i++) {
		n += r->now.words[i].status == status ? r->now.words[i].n : 0;
		n += r->before.words[i].status == status ? r->before.words[i].n : 0;
	}
	return n;
}

static u32 most_told(const struct resolver *r, u32 *status)
{
	u32 most = 0;

	for (u32 i = 0; i < 2 * RESOLVER_WORDS; i++) {
		const struct resolver_span *s = i < RESOLVER_WORDS ? &r->now : &r->before;
		u32 n = s->words[i % RESOLVER_WORDS].n ? told(r, s->words[i % RESOLVER_WORDS].status) : 0;

		if (n <= most)
			continue;
		most = n;
		*status = s->words[i % RESOLVER_WORDS].status;
	}
	return most;
}

RESOLVER_GETTER(get_error)
{
	u32 status;

	return most_told(r, &status) ? value_text(v, model_request_status(m, status)) : 0;
}

RESOLVER_GETTER(get_error_share)
{
	u32 status, n = most_told(r, &status);

	return n ? share(v, n, counted(r, offsetof(struct resolver_span, answered))) : 0;
}

RESOLVER_GETTER(get_percentile)
{
	struct histogram h = r->before.times;

	histogram_merge(&h, &r->now.times);
	return h.n ? value_nsec(v, histogram_percentile(&h, c->offset)) : 0;
}

/* clang-format off */
#define N(name_, title_, unit_, get_, help_, ...)                                                                      \
	{.name = name_, .title = title_, .help = help_, .unit = UNIT_##unit_, .align = ALIGN_RIGHT, .width = 7,        \
	 .descending = 1, .get = get_, __VA_ARGS__},
#define COUNTER(field_) .offset = offsetof(struct resolver_span, field_)

static const struct column columns[] = {
	{.name = "comm", .title = "COMM", .help = "name of the program that asks", .unit = UNIT_TEXT, .width = 10,
	 .get = get_comm, .tells = true},
	N("pid", "PID", NONE, get_pid, "its process")
	N("netns", "NETNS", NONE, get_netns, "inode of its network namespace")
	{.name = "raddr", .title = "RADDR", .help = "address of the name server", .unit = UNIT_ADDRESS, .width = 15,
	 .get = get_server},
	N("rport", "RPORT", PORT, get_port, "its port")
	N("answered", "ANSWERS", COUNT, get_count, "questions that it answered lately", COUNTER(answered))
	N("p50_us", "P50", NSEC, get_percentile, "from the question to its answer: half took less", .offset = 500)
	N("p99_us", "P99", NSEC, get_percentile, "from the question to its answer: 99 % took less", .offset = 990)
	N("silent", "SILENT", COUNT, get_count, "how often it was asked in vain: asked again, or given up",
	  COUNTER(silent))
	N("silent_share", "SILENT%", SHARE, get_silent_share, "the same, of these and of the answers")
	N("failed", "FAILED", COUNT, get_count, "answers that say that the server could not, or would not",
	  COUNTER(failed))
	N("failed_share", "FAIL%", SHARE, get_answers_share, "the same, of all answers", COUNTER(failed))
	N("unknown_share", "NONAME%", SHARE, get_answers_share, "answers that say that there is no such name, of all",
	  COUNTER(unknown))
	{.name = "error", .title = "ERROR", .help = "the failure that was told most often", .unit = UNIT_TEXT,
	 .width = 10, .get = get_error},
	N("error_share", "ERR%", SHARE, get_error_share, "its share of all answers")
};
/* clang-format on */

static u32 end(const void *picture)
{
	return model_resolvers_end(picture);
}

static const void *at(const void *picture, u32 index)
{
	return model_resolver(picture, index);
}

static u64 id(const void *row)
{
	return ((const struct resolver *)row)->id;
}

static u32 find(const void *picture, u64 id_)
{
	return model_resolver_find(picture, id_);
}

const struct table resolver_table = {
    .name = "resolver",
    .one = "name server",
    .many = "name servers",
    .columns = columns,
    .count = ARRAY_SIZE(columns),
    .sort = "answered:desc",
    .needs = NEEDS_DATAGRAMS,
    .end = end,
    .row = at,
    .id = id,
    .find = find,
    .age = id,
    .generation = model_generation,
};
