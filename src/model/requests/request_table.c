/* The table of requests. */
#include "request_table.h"

#include <math.h>
#include <stdio.h>

#include "address.h"
#include "requests_private.h"
#include "socket_words.h"
#include "text.h"

#define REQUEST_GETTER(name)                                                                                           \
	static COLUMN_GETTER(name);                                                                                    \
	COLUMN_GETTER_OF(struct model, m, struct request, q, name)

/* -- what, and whose ----------------------------------------------------------------------------------------------- */

REQUEST_GETTER(get_name)
{
	return value_text(v, q->name);
}

REQUEST_GETTER(get_proto)
{
	return value_text(v, q->proto);
}

REQUEST_GETTER(get_server)
{
	v->family = q->family;
	if (!q->family)
		return 0;
	v->kind = VALUE_ADDRESS;
	v->address = q->server;
	v->integer = q->port;
	return 1;
}

REQUEST_GETTER(get_port)
{
	v->family = q->family;
	return q->family ? value_number(v, q->port) : 0;
}

REQUEST_GETTER(get_role)
{
	return value_word(v, q->role, exchange_role_name(q->role));
}

REQUEST_GETTER(get_netns)
{
	return q->netns ? value_number(v, q->netns) : 0;
}

REQUEST_GETTER(get_pid)
{
	return q->pid && !q->several ? value_number(v, q->pid) : 0;
}

REQUEST_GETTER(get_comm)
{
	return value_text(v, (const char *)q->comm);
}

REQUEST_GETTER(get_client)
{
	return value_text(v, (const char *)(q->role == EXCHANGE_CLIENT ? q->comm : q->client));
}

REQUEST_GETTER(get_server_comm)
{
	return q->role == EXCHANGE_SERVER ? value_text(v, (const char *)q->comm) : 0;
}

/* -- how many ------------------------------------------------------------------------------------------------------ */

REQUEST_GETTER(get_count)
{
	return value_number(v, q->count);
}

REQUEST_GETTER(get_rate)
{
	double seconds = model_tick_seconds(m);

	if (isnan(seconds) || !(seconds > 0))
		return 0;
	return value_real(v, (double)q->recent / seconds);
}

REQUEST_GETTER(get_errors)
{
	return q->answered ? value_number(v, q->errors) : 0;
}

REQUEST_GETTER(get_error_share)
{
	v->of = (double)q->answered;
	return q->answered ? value_real(v, (double)q->errors / v->of) : 0;
}

REQUEST_GETTER(get_unanswered)
{
	return q->nameless ? 0 : value_number(v, q->count - MIN(q->answered, q->count));
}

REQUEST_GETTER(get_again)
{
	return value_number(v, q->again);
}

/* The answer that there was most often; "": none. */
static const char *most_often(const struct model *m, const struct request *q)
{
	u32 most = 0;

	for (u32 i = 1; i < REQUEST_STATUSES; i++)
		if (q->statuses[i].n > q->statuses[most].n)
			most = i;
	return q->statuses[most].n ? model_request_status(m, q->statuses[most].status) : "";
}

REQUEST_GETTER(get_status)
{
	return value_text(v, most_often(m, q));
}

/* "200 97%  404 3%": the first few that there were. */
REQUEST_GETTER(get_statuses)
{
	v->buffer[0] = '\0';
	for (u32 i = 0; i < REQUEST_STATUSES && q->statuses[i].n; i++) {
		const char *word = model_request_status(m, q->statuses[i].status);

		if (*word)
			text_join(v->buffer, sizeof(v->buffer), "  ", "%s %.0f%%", word,
				  100.0 * q->statuses[i].n / (double)q->answered);
	}
	return value_text(v, v->buffer);
}

/* -- lately, and usually ------------------------------------------------------------------------------------------- */

/* c->offset: of a counter in struct request_span. */
REQUEST_GETTER(get_lately)
{
	const struct request_span s = request_lately(q);

	return q->nameless ? 0 : value_number(v, (u32)field_at(&s, c->offset, 4));
}

REQUEST_GETTER(get_lately_share)
{
	const struct request_span s = request_lately(q);

	v->of = s.answered;
	return s.answered ? value_real(v, (double)field_at(&s, c->offset, 4) / s.answered) : 0;
}

REQUEST_GETTER(get_lately_timed)
{
	return value_number(v, request_lately(q).times.n);
}

/* c->offset: per mille. */
REQUEST_GETTER(get_lately_percentile)
{
	const struct request_span s = request_lately(q);

	return s.times.n ? value_nsec(v, histogram_percentile(&s.times, c->offset)) : 0;
}

/* 0: it is not known yet. */
static double usually(const struct request *q, size_t per_mille)
{
	return q->usual.spans < REQUEST_USUAL_LEAST ? 0 : per_mille == 500 ? q->usual.p50_ns : q->usual.p99_ns;
}

REQUEST_GETTER(get_usual_percentile)
{
	double ns = usually(q, c->offset);

	return ns > 0 ? value_nsec(v, (u64)ns) : 0;
}

REQUEST_GETTER(get_ratio)
{
	const struct request_span s = request_lately(q);
	double ns = usually(q, c->offset);

	return ns > 0 && s.times.n ? value_real(v, (double)histogram_percentile(&s.times, c->offset) / ns) : 0;
}

REQUEST_GETTER(get_usual_refused)
{
	return q->usual.answers < REQUEST_USUAL_LEAST ? 0 : value_real(v, q->usual.refused);
}

REQUEST_GETTER(get_failure)
{
	return q->errors ? value_text(v, model_request_status(m, q->failure)) : 0;
}

/* -- how long ------------------------------------------------------------------------------------------------------ */

REQUEST_GETTER(get_percentile)
{
	return q->times.n ? value_nsec(v, histogram_percentile(&q->times, c->offset)) : 0;
}

REQUEST_GETTER(get_max)
{
	return q->times.n ? value_nsec(v, q->times.max_ns) : 0;
}

REQUEST_GETTER(get_timed)
{
	return value_number(v, q->times.n);
}

static u64 spent(const struct request *q)
{
	u64 sum = 0;

	for (unsigned place = 0; place < PLACES; place++)
		sum += q->spent[place];
	return sum;
}

REQUEST_GETTER(get_total)
{
	return q->times.n ? value_nsec(v, spent(q)) : 0;
}

/* Of what the kernel took either something is known, or nothing. */
static bool is_told(const struct request *q, unsigned place)
{
	return place != PLACE_KERNEL || q->spent[place];
}

REQUEST_GETTER(get_spent)
{
	return q->times.n && is_told(q, c->offset) ? value_nsec(v, q->spent[c->offset]) : 0;
}

REQUEST_GETTER(get_share)
{
	v->of = (double)spent(q);
	return q->times.n && v->of > 0 && is_told(q, c->offset) ? value_real(v, (double)q->spent[c->offset] / v->of)
								: 0;
}

/* -- of a socket --------------------------------------------------------------------------------------------------- */

COLUMN_GETTER(get_app)
{
	const char *word = row_protocol(picture, row);

	(void)c;
	return word ? value_text(v, word) : 0;
}

/* -- of an exchange ------------------------------------------------------------------------------------------------ */

#define EXCHANGE_GETTER(name) COLUMN_GETTER_OF(struct model, m, struct exchange, x, name)

EXCHANGE_GETTER(get_exchange_name)
{
	const struct request *q = exchange_request(m, x);

	return q ? value_text(v, q->name) : 0;
}

EXCHANGE_GETTER(get_exchange_status)
{
	return x->request ? value_text(v, model_request_status(m, x->status)) : 0;
}

/* -- the columns --------------------------------------------------------------------------------------------------- */

/* clang-format off */
#define N(name_, title_, width_, unit_, get_, help_, ...)                                                              \
	{.name = name_, .title = title_, .help = help_, .unit = UNIT_##unit_, .align = ALIGN_RIGHT, .width = width_,   \
	 .descending = 1, .get = get_, __VA_ARGS__},
#define T(name_, title_, width_, flex_, unit_, get_, help_, ...)                                                       \
	{.name = name_, .title = title_, .help = help_, .unit = UNIT_##unit_, .width = width_, .flex = flex_,          \
	 .get = get_, __VA_ARGS__},
#define SHARE(name_, title_, place_, what_)                                                                            \
	N(name_ "_us", title_, 7, NSEC, get_spent, what_ ": total", .offset = PLACE_##place_, .sum = SUM_ADD)          \
	N(name_ "_share", title_ "%", 6, SHARE, get_share, what_ ": its share of the time", .offset = PLACE_##place_,  \
	  .sum = SUM_RATIO, .exact = true)

#define LATELY(field_) .offset = offsetof(struct request_span, field_), .extra = true

static const struct column columns[] = {
	T("name", "REQUEST", 24, 4, TEXT, get_name,
	  "what was asked for; what only counts or identifies is *; absent: it cannot be known", .tells = true)
	T("proto", "PROTO", 8, 0, TEXT, get_proto, "the protocol, or why the name is not known")
	T("server", "SERVER", 15, 2, ENDPOINT, get_server, "address and port of the server", .elide = ELIDE_START,
	  .extra = true)
	T("server_addr", "SADDR", 15, 2, ADDRESS, get_server, "address of the server")
	N("server_port", "SPORT", 5, PORT, get_port, "its port")
	T("role", "ROLE", 6, 0, TEXT, get_role, "server: a program of this machine was asked; client: it asked",
	  .word = exchange_role_name, .words = 3)
	N("pid", "PID", 7, NONE, get_pid,
	  "process at this machine's end, of both the server's; absent: it is not known, or several")
	T("comm", "COMM", 10, 1, TEXT, get_comm, "name of that program")
	T("client_comm", "CLIENT", 10, 1, TEXT, get_client, "the program that asked last, where it is on this machine")
	T("server_comm", "SERVER", 10, 1, TEXT, get_server_comm,
	  "the program that answers, where it is on this machine")
	N("netns", "NETNS", 10, NONE, get_netns, "inode of the network namespace of this machine's end")
	N("count", "COUNT", 6, COUNT, get_count, "how often it was asked since somebody looks", .sum = SUM_ADD)
	N("rate", "REQ/s", 6, EVENTS, get_rate, "the same per second, in the last tick", .sum = SUM_ADD)
	N("errors", "ERRORS", 6, COUNT, get_errors, "answers that say that it failed; HTTP: from 400 on",
	  .sum = SUM_ADD, .warn = 1)
	N("error_share", "ERR%", 5, SHARE, get_error_share, "the same, of all answers", .sum = SUM_RATIO,
	  .exact = true, .warn = 0.01, .alarm = 0.1)
	T("status", "ANSWER", 10, 0, TEXT, get_status, "how it was answered most often", .extra = true)
	T("statuses", "ANSWERS", 16, 2, TEXT, get_statuses, "how it was answered, and how often")
	N("unanswered", "NOANSW", 6, COUNT, get_unanswered, "how often no answer was seen, so far", .sum = SUM_ADD)
	N("again", "AGAIN", 5, COUNT, get_again, "how often it was asked once more because no answer had come",
	  .sum = SUM_ADD)
	N("late_answered", "LANSW", 6, COUNT, get_lately, "answers of the last 10 s", LATELY(answered))
	N("late_failed", "LFAIL", 6, COUNT, get_lately, "of these, those that say that the server failed",
	  LATELY(failed))
	N("late_failed_share", "LFAIL%", 6, SHARE, get_lately_share, "the same, of all", LATELY(failed), .exact = true)
	N("late_refused_share", "LREF%", 6, SHARE, get_lately_share,
	  "of these, those that say that there is no such thing, or not for this client (HTTP: 400 to 499)",
	  LATELY(refused), .exact = true)
	N("usual_refused_share", "UREF%", 6, SHARE, get_usual_refused, "the same in the minutes before, on average",
	  .extra = true, .exact = true)
	T("failure", "FAILURE", 10, 0, TEXT, get_failure, "the last answer that says that it failed", .extra = true)
	N("late_timed", "LTIMED", 6, COUNT, get_lately_timed, "calls of the last 10 s whose time is known",
	  .extra = true)
	N("late_p50_us", "LP50", 6, NSEC, get_lately_percentile, "of these half took less", .offset = 500,
	  .extra = true)
	N("late_p99_us", "LP99", 6, NSEC, get_lately_percentile, "of these 99 % took less", .offset = 990,
	  .extra = true)
	N("usual_p50_us", "UP50", 6, NSEC, get_usual_percentile,
	  "p50 of the minutes before, on average; absent: of less than 30 s with calls", .offset = 500, .extra = true)
	N("usual_p99_us", "UP99", 6, NSEC, get_usual_percentile, "p99 of the minutes before, on average",
	  .offset = 990, .extra = true)
	N("p50_ratio", "P50/U", 6, FACTOR, get_ratio, "late_p50_us by usual_p50_us", .offset = 500, .extra = true)
	N("p99_ratio", "P99/U", 6, FACTOR, get_ratio, "late_p99_us by usual_p99_us", .offset = 990, .extra = true)
	N("timed", "TIMED", 6, COUNT, get_timed, "of count, those whose time is known", .sum = SUM_ADD)
	N("p50_us", "P50", 6, NSEC, get_percentile, "from the request to its answer: half took less",
	  .offset = 500, .sum = SUM_MOST)
	N("p99_us", "P99", 6, NSEC, get_percentile, "from the request to its answer: 99 % took less",
	  .offset = 990, .sum = SUM_MOST)
	N("max_us", "MAX", 6, NSEC, get_max, "from the request to its answer: the longest", .sum = SUM_MOST)
	N("total_us", "TOTAL", 6, NSEC, get_total, "the time of all of them together", .sum = SUM_ADD)
	SHARE("network", "NET", NETWORK, "what was spent beyond this machine")
	SHARE("kernel", "KERN", KERNEL, "what the kernel took until the program ran again, where that is known")
	SHARE("program", "PROG", PROGRAM, "what the program took")
};
/* clang-format on */

static const struct table_shown shown[] = {
    {"name", true, 1, 16, 28, 60},        {"proto", true, 9, 6, 9, 9},          {"server", true, 5, 8, 21, 47},
    {"comm", true, 7, 8, 10, 15},         {"client_comm", true, 14, 8, 10, 15}, {"count", true, 4, 6, 6, 6},
    {"rate", true, 3, 6, 6, 6},           {"error_share", true, 6, 5, 5, 5},    {"p50_us", true, 8, 6, 6, 6},
    {"p99_us", true, 2, 6, 6, 6},         {"max_us", true, 11, 6, 6, 6},        {"total_us", true, 10, 6, 6, 6},
    {"network_share", true, 12, 6, 6, 6}, {"program_share", true, 13, 6, 6, 6}, {"statuses", true, 15, 10, 16, 30},
};

static const char *const contract[] = {
    "proto",  "name",   "role",   "pid",      "comm",        "server_addr", "server_port", "client_comm", "server_comm",
    "netns",  "count",  "rate",   "errors",   "error_share", "statuses",    "unanswered",  "again",       "timed",
    "p50_us", "p99_us", "max_us", "total_us", "network_us",  "kernel_us",   "program_us",  NULL,
};

static const struct column_alias aliases[] = {{"port", "server_port"},
					      {"dport", "server_port"},
					      {"dst", "server_addr"},
					      {"raddr", "server_addr"},
					      {"rport", "server_port"}};

/* -- groups -------------------------------------------------------------------------------------------------------- */

/* By what a column says, in words. */
static u64 key_of(const char *column, const void *picture, const void *row)
{
	char text[GROUP_LABEL_MAX];

	column_print(table_find(&request_table, column), picture, row, text, sizeof(text));
	return idmap_hash(idmap_mix_text(0, text)) | 1;
}

static void label_of(const char *column, const void *picture, const void *row, char *dst, size_t size)
{
	if (!column_print(table_find(&request_table, column), picture, row, dst, size))
		text_copy(dst, size, "not known");
}

#define GROUP(name_, column_)                                                                                          \
	static u64 name_##_key(const void *picture, const void *row)                                                   \
	{                                                                                                              \
		return key_of(column_, picture, row);                                                                  \
	}                                                                                                              \
	static void name_##_label(const void *picture, const void *row, char *dst, size_t size)                        \
	{                                                                                                              \
		label_of(column_, picture, row, dst, size);                                                            \
	}
GROUP(endpoint, "server")
GROUP(process, "comm")
GROUP(client, "client_comm")
GROUP(proto, "proto")
GROUP(status, "status")

static const struct table_group groups[] = {
    {"server", endpoint_key, endpoint_label, .folded = true}, {"process", process_key, process_label, .folded = true},
    {"client", client_key, client_label, .folded = true},     {"protocol", proto_key, proto_label, .folded = true},
    {"answer", status_key, status_label, .folded = true},
};

/* -- rows ---------------------------------------------------------------------------------------------------------- */

static u32 end(const void *picture)
{
	return model_requests_end(picture);
}

static const void *at(const void *picture, u32 index)
{
	return model_request(picture, index);
}

static u64 id(const void *row)
{
	return ((const struct request *)row)->id;
}

static u32 find(const void *picture, u64 id_)
{
	return model_request_find(picture, id_);
}

static u32 rows(const void *picture, bool ended)
{
	(void)ended;
	return model_requests_count(picture);
}

const struct table request_table = {
    .name = "request",
    .one = "request",
    .many = "requests",
    .columns = columns,
    .count = ARRAY_SIZE(columns),
    .aliases = aliases,
    .alias_count = ARRAY_SIZE(aliases),
    .groups = groups,
    .group_count = ARRAY_SIZE(groups),
    .shown = shown,
    .shown_count = ARRAY_SIZE(shown),
    .sort = "total_us:desc",
    .ordered = true,
    .needs = NEEDS_REQUESTS | NEEDS_EXCHANGES,
    .contract = contract,
    .end = end,
    .row = at,
    .id = id,
    .find = find,
    .age = id,
    .rows = rows,
    .generation = model_generation,
};
