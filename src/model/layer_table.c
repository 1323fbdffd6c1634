/* The table of layers: the figures of each in three windows of time, and whose they are; and the table of alarms. */
#include "layer_table.h"

#include <math.h>
#include <stdio.h>

#include "socket_get.h"
#include "socket_table.h"
#include "text.h"

#define LAYER_GETTER(name) STATIC_GETTER_OF(struct model, m, struct layer_row, r, name)

/* -- figures ------------------------------------------------------------------------------------------------------- */

static enum layers_span span_of(const struct column *c)
{
	return (enum layers_span)c->offset;
}

/* A time that need not be whole nanoseconds; NaN: it is not known. */
static int value_ns(struct value *v, double ns)
{
	if (isnan(ns))
		return 0;
	value_nsec(v, (u64)ns);
	v->number = ns / 1e3;
	return 1;
}

/* It stands out while its layer's alarm is on. */
static int value_figure(struct value *v, const struct model *m, const struct layer_row *r, u64 ns)
{
	v->severity = layers_alarm(m, layer_row_layers(r)) >> layer_row_layer(r) & 1 ? 2 : 0;
	return value_nsec(v, ns);
}

LAYER_GETTER(row_n)
{
	u64 sum, n = layer_count(m, r, span_of(c), &sum);

	return n ? value_number(v, n) : 0;
}

LAYER_GETTER(row_mean)
{
	return value_ns(v, layer_mean(m, r, span_of(c)));
}

LAYER_GETTER(row_p50)
{
	struct histogram_figures f;

	return layer_figures(m, r, span_of(c), &f) ? value_figure(v, m, r, f.p50_ns) : 0;
}

LAYER_GETTER(row_p99)
{
	struct histogram_figures f;

	return layer_figures(m, r, span_of(c), &f) ? value_figure(v, m, r, f.p99_ns) : 0;
}

LAYER_GETTER(row_max)
{
	struct histogram_figures f;

	return layer_figures(m, r, span_of(c), &f) ? value_figure(v, m, r, f.max_ns) : 0;
}

LAYER_GETTER(row_share)
{
	double share = layer_share(m, r, span_of(c));

	return value_real(v, share);
}

/* Of parts the whole has it: so it adds up. */
LAYER_GETTER(row_time)
{
	u64 sum, n = layer_count(m, r, LAYERS_RECENT, &sum);

	return n && layer_row_layer(r) < LAYER_PARTS ? value_nsec(v, sum) : 0;
}

/* The rest of the wait is the program's. */
LAYER_GETTER(row_wakeup_share)
{
	double wakeup = layers_part(m, layer_row_layers(r), LAYER_RX_WAKEUP, span_of(c));
	double all = layer_row_layer(r) == LAYER_RX_APP ? layer_mean(m, r, span_of(c)) : NAN;

	return all > 0 && !isnan(wakeup) ? value_real(v, MIN(wakeup / all, 1.0)) : 0;
}

LAYER_GETTER(row_average)
{
	return value_ns(v, layers_average(layer_row_layers(r), layer_row_layer(r)));
}

LAYER_GETTER(row_dropped)
{
	const struct record_netfilter *nf = model_netfilter(m);
	unsigned layer = layer_row_layer(r);

	return nf && layer >= LAYER_HOOKS ? value_number(v, nf->dropped[layer - LAYER_HOOKS]) : 0;
}

static unsigned includes(const struct model *m, const struct layer_row *r)
{
	return model_layer_includes(m, layer_row_layer(r));
}

LAYER_GETTER(row_includes)
{
	value_number(v, (u64)__builtin_popcount(includes(m, r)));
	v->kind = VALUE_LIST;
	return v->integer > 0;
}

static size_t includes_item(const void *picture, const void *row, size_t i, char *dst, size_t size)
{
	unsigned bits = includes(picture, row);

	while (i--)
		bits &= bits - 1;
	return text_copy(dst, size, layer_name((unsigned)__builtin_ctz(bits)));
}

/* -- whose --------------------------------------------------------------------------------------------------------- */

static int put_id(struct value *v, const struct model *m, u64 owner)
{
	return model_find(m, owner) == IDMAP_NONE ? 0 : value_id(v, model_socket_id(m, owner));
}

LAYER_GETTER(row_id)
{
	return layer_row_socket(r) ? value_id(v, model_socket_id(m, layer_row_owner(r))) : 0;
}

LAYER_GETTER(row_who)
{
	layer_row_who(r, v->buffer, sizeof(v->buffer));
	return value_text(v, v->buffer);
}

LAYER_GETTER(row_process)
{
	layer_row_process(r, v->buffer, sizeof(v->buffer));
	return value_text(v, v->buffer);
}

LAYER_GETTER(row_layer)
{
	return value_word(v, layer_row_layer(r), layer_name(layer_row_layer(r)));
}

LAYER_GETTER(row_profile)
{
	const struct layers *l = layer_row_layers(r);

	v->severity = layers_alarm(m, l) ? 2 : 0;
	return l && layers_bars(m, l, v->buffer) ? value_text(v, v->buffer) : 0;
}

#define OF_SOCKET(name, get)                                                                                           \
	LAYER_GETTER(name)                                                                                             \
	{                                                                                                              \
		const struct row *socket = layer_row_socket(r);                                                        \
                                                                                                                       \
		return socket ? get(c, m, socket, v) : 0;                                                              \
	}

OF_SOCKET(socket_field, get_field)
OF_SOCKET(socket_text, get_text)
OF_SOCKET(socket_proto, get_proto)
OF_SOCKET(socket_state, get_state)
OF_SOCKET(socket_local, get_local)
OF_SOCKET(socket_remote, get_remote)
OF_SOCKET(socket_local_port, get_local_port)
OF_SOCKET(socket_remote_port, get_remote_port)
OF_SOCKET(socket_user, get_user)
OF_SOCKET(socket_cgroup, get_cgroup)
OF_SOCKET(socket_container, get_container)

/* -- alarms -------------------------------------------------------------------------------------------------------- */

#define EVENT_GETTER(name, value)                                                                                      \
	STATIC_GETTER_OF(struct model, m, struct layer_event, e, name)                                                 \
	{                                                                                                              \
		return value;                                                                                          \
	}

EVENT_GETTER(event_kind, value_text(v, "layer"))
EVENT_GETTER(event_time, value_time(v, model_realtime(m, e->time_ns)))
EVENT_GETTER(event_id, put_id(v, m, e->id))
EVENT_GETTER(event_who, value_text(v, e->who))
EVENT_GETTER(event_layer, value_word(v, e->layer, layer_name(e->layer)))
EVENT_GETTER(event_n, value_number(v, e->n))
EVENT_GETTER(event_mean, value_ns(v, e->mean_ns))
EVENT_GETTER(event_average, value_ns(v, e->average_ns))

/* -- columns ------------------------------------------------------------------------------------------------------- */

/* clang-format off */
/* N: a number. T: text. */
#define N(name_, title_, width_, unit_, get_, help_, ...)                                                              \
	{.name = name_, .title = title_, .help = help_, .unit = UNIT_##unit_, .align = ALIGN_RIGHT, .width = width_,   \
	 .descending = 1, .get = get_, __VA_ARGS__},
#define T(name_, title_, width_, flex_, unit_, get_, help_, ...)                                                       \
	{.name = name_, .title = title_, .help = help_, .unit = UNIT_##unit_, .width = width_, .flex = flex_,          \
	 .get = get_, __VA_ARGS__},
#define EXTRA .extra = true
#define SOCK(field) .offset = offsetof(struct row, s.field), .size = sizeof(((struct row *)0)->s.field), EXTRA
/* The figures of a window, whose names and titles end like this. */
#define FIGURES(name_, title_, span_, what_, ...)                                                                      \
	N("n" name_, "N" title_, 6, COUNT, row_n, "packets measured " what_, .offset = span_, __VA_ARGS__)         \
	FIGURE("mean", name_, "MEAN" title_, row_mean, "mean " what_ "; those of a direction add up",             \
	       .offset = span_, __VA_ARGS__)                                                                           \
	FIGURE("p50", name_, "P50" title_, row_p50, "half took less " what_, .offset = span_, __VA_ARGS__)         \
	FIGURE("p99", name_, "P99" title_, row_p99, "99 of 100 took less " what_, .offset = span_, __VA_ARGS__)    \
	FIGURE("max", name_, "MAX" title_, row_max, "the longest " what_, .offset = span_, __VA_ARGS__)
#define FIGURE(stem_, name_, title_, get_, help_, ...)                                                                 \
	N(stem_ name_ "_us", title_, 6, NSEC, get_, help_, .severity = value_severity, __VA_ARGS__)

static const struct column columns[] = {
	T("id", "ID", 10, 0, ID, row_id, "the socket; none: the machine, ICMP echo")
	T("who", "WHO", 15, 3, TEXT, row_who, "its process and ends; machine, icmp echo")
	T("layer", "LAYER", 15, 0, TEXT, row_layer, "which layer, or hook of netfilter",
	  .word = layer_name, .words = LAYER_WORDS)
	FIGURES("", "", LAYERS_SINCE, "since the layers were turned on", .sum = SUM_NONE)
	N("share", "SHARE", 5, SHARE, row_share, "of the sum of its direction's means; of a hook: of the hooks'",
	  .offset = LAYERS_SINCE)
	FIGURES("_tick", "/t", LAYERS_TICK, "in the last tick", .sum = SUM_NONE)
	N("average_us", "USUAL", 6, NSEC, row_average, "moving average of the ticks' means: what the alarm goes by")
	N("dropped", "DROPPED", 7, COUNT, row_dropped, "packets that the hook dropped")
	T("includes", "INCLUDES", 12, 1, LIST, row_includes, "layers that this kernel cannot tell apart from it",
	  .item = includes_item)
	FIGURES("_recent", "", LAYERS_RECENT, "in the last ten ticks", .sum = SUM_MOST, EXTRA)
	N("share_recent", "SHARE", 5, SHARE, row_share, "as share, in the last ten ticks",
	  .offset = LAYERS_RECENT, EXTRA)
	N("wakeup_share", "WAKE", 5, SHARE, row_wakeup_share,
	  "of rx_app: the woken reader waited for a processor; the rest it was busy", .offset = LAYERS_RECENT, EXTRA)
	N("time_us", "TIME", 6, NSEC, row_time,
	  "of all its packets in the last ten ticks; a part's is in its layer's",
	  .sum = SUM_ADD, EXTRA)
	T("profile", "RX   TX", 9, 0, TEXT, row_profile,
	  "shares of the mean time of all layers: rx mac ip tcp app, tx tcp ip qdisc nic", .severity = value_severity,
	  EXTRA)
	T("process", "OWNER", 12, 1, TEXT, row_process, "the process and its pid; machine, icmp echo", EXTRA)
	T("proto", "PROTO", 7, 0, TEXT, socket_proto, "transport protocol of the socket",
	  .word = proto_word, .words = 4, EXTRA)
	T("state", "STATE", 10, 0, STATE, socket_state, "of the socket, as ss names it", STATE_COLUMN, EXTRA)
	T("local", "LOCAL", 21, 3, ENDPOINT, socket_local, "the socket's address and port",
	  .elide = ELIDE_ADDRESS, EXTRA)
	T("remote", "REMOTE", 21, 3, ENDPOINT, socket_remote, "the other address and port",
	  .has = HAS_REMOTE, .elide = ELIDE_START, EXTRA)
	T("laddr", "LADDR", 15, 2, ADDRESS, socket_local, "the socket's address", EXTRA)
	N("lport", "LPORT", 5, PORT, socket_local_port, "its port", EXTRA)
	T("raddr", "RADDR", 15, 2, ADDRESS, socket_remote, "the other address", .has = HAS_REMOTE, EXTRA)
	N("rport", "RPORT", 5, PORT, socket_remote_port, "its port", .has = HAS_REMOTE, EXTRA)
	N("pid", "PID", 7, NONE, socket_field, "process that holds the socket", .has = HAS_OWNER, SOCK(pid))
	T("comm", "COMM", 10, 1, TEXT, socket_text, "name of that process", .has = HAS_OWNER, SOCK(comm))
	N("uid", "UID", 10, NONE, socket_field, "user id of the socket", .has = HAS_UID, SOCK(uid))
	T("user", "USER", 8, 1, TEXT, socket_user, "user name of the socket", .has = HAS_UID, EXTRA)
	T("cgroup", "CGROUP", 16, 3, TEXT, socket_cgroup, "cgroup v2 path of the socket",
	  .has = HAS_CGROUP, .operand = cgroup_operand, EXTRA)
	T("container", "CONTAINER", 16, 2, TEXT, socket_container, "container of that cgroup", .has = HAS_CGROUP, EXTRA)
	N("netns", "NETNS", 10, NONE, socket_field, "inode of the socket's network namespace", SOCK(netns))
};

static const struct column event_columns[] = {
	T("event", "EVENT", 8, 0, TEXT, event_kind, "layer")
	T("time", "TIME", 15, 0, TIME, event_time, "of the tick, unix seconds")
	T("id", "ID", 10, 0, ID, event_id, "the socket; none: the machine, ICMP echo, or it has gone")
	T("who", "WHO", 15, 3, TEXT, event_who, "its process and ends; machine, icmp echo")
	T("layer", "LAYER", 15, 0, TEXT, event_layer, "which one", .word = layer_name, .words = LAYER_WORDS)
	N("n_tick", "N/t", 6, COUNT, event_n, "packets measured in the tick")
	N("mean_tick_us", "MEAN/t", 6, NSEC, event_mean, "their mean")
	N("average_us", "USUAL", 6, NSEC, event_average, "the moving average before")
};
/* clang-format on */

static const struct column_alias aliases[] = {
    TABLE_END_ALIASES,
};

static const struct column predicates[] = {TABLE_END_PREDICATES};

/* The names that scripts can rely on, in the order of the CSV format. */
static const char *const contract[] = {
    "id",      "who",    "layer",        "n",           "mean_us",     "p50_us",      "p99_us",
    "max_us",  "n_tick", "mean_tick_us", "p50_tick_us", "p99_tick_us", "max_tick_us", "average_us",
    "dropped", "share",  "includes",     NULL,
};

static const char *const text[] = {"who", "layer", "share", "n", "mean_us", "p50_us", "p99_us", "max_us", NULL};

static const struct table_shown shown[] = {
    {"process", true, 3, 12, 14, 20},    {"local", false, 12, 15, 15, 47},    {"remote", true, 4, 15, 15, 47},
    {"layer", true, 1, 9, 9, 9},         {"profile", false, 10, 9, 9, 9},     {"share_recent", false, 11, 5, 5, 5},
    {"wakeup_share", true, 7, 4, 5, 5},  {"p50_recent_us", true, 6, 6, 6, 6}, {"p99_recent_us", true, 2, 6, 6, 6},
    {"max_recent_us", true, 8, 6, 6, 6}, {"n_recent", true, 9, 5, 5, 5},      {"time_us", true, 5, 6, 6, 6},
};

/* -- groups -------------------------------------------------------------------------------------------------------- */

static u64 socket_key(const void *picture, const void *row)
{
	(void)picture;
	return idmap_hash(layer_row_owner(row)) | 1;
}

static void socket_label(const void *picture, const void *row, char *dst, size_t size)
{
	(void)picture;
	layer_row_who(row, dst, size);
}

/* The machine's layers have what the sockets' have: in one group it would be counted twice. */
static bool is_machine(const struct layer_row *r)
{
	return !layer_row_owner(r);
}

static u64 layer_key(const void *picture, const void *row)
{
	(void)picture;
	return is_machine(row) ? LAYER_WORDS + 1 : layer_row_layer(row) + 1;
}

static void layer_label(const void *picture, const void *row, char *dst, size_t size)
{
	if (is_machine(row))
		socket_label(picture, row, dst, size);
	else
		snprintf(dst, size, "%s", layer_name(layer_row_layer(row)));
}

static u64 process_key(const void *picture, const void *row)
{
	const struct row *socket = layer_row_socket(row);

	return socket ? group_process_key(picture, socket) : socket_key(picture, row);
}

static void process_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct row *socket = layer_row_socket(row);

	if (socket)
		group_process_label(picture, socket, dst, size);
	else
		socket_label(picture, row, dst, size);
}

static const struct table_group groups[] = {
    {"socket", socket_key, socket_label, NULL, true},
    {"layer", layer_key, layer_label, NULL, true},
    {"process", process_key, process_label, NULL, true},
};

/* -- rows ---------------------------------------------------------------------------------------------------------- */

static const char *type(const void *row)
{
	(void)row;
	return "layer";
}

static bool ended(const void *row)
{
	const struct row *socket = layer_row_socket(row);

	return socket && socket->closed;
}

/* The machine's are drawn above the list, and who had no packet lately has nothing to show. */
static bool waiting(const void *row)
{
	return is_machine(row) || !layer_row_is_recent(row);
}

static u32 count(const void *picture, bool with_ended)
{
	u32 n = 0;

	for (u32 i = 0; i < layer_rows_end(picture); i++) {
		const struct layer_row *r = layer_rows_at(picture, i);

		n += r && (with_ended || !ended(r));
	}
	return n;
}

static unsigned look(const void *picture, const void *row)
{
	bool alarm = layers_alarm(picture, layer_row_layers(row)) >> layer_row_layer(row) & 1;

	return (alarm ? LOOK_ALARM : 0) | (ended(row) ? LOOK_PALE : 0);
}

static const void *owner_row(const void *picture, const void *row)
{
	(void)picture;
	return layer_row_socket(row);
}

const struct table layer_table = {
    .name = "layer",
    .one = "layer",
    .many = "layers",
    .columns = columns,
    .count = ARRAY_SIZE(columns),
    .predicates = predicates,
    .predicate_count = ARRAY_SIZE(predicates),
    .aliases = aliases,
    .alias_count = ARRAY_SIZE(aliases),
    .groups = groups,
    .group_count = ARRAY_SIZE(groups),
    .shown = shown,
    .shown_count = ARRAY_SIZE(shown),
    .sort = "time_us:desc",
    .needs = NEEDS_LAYERS,
    .contract = contract,
    .text = text,
    .owner = &socket_table,
    .owner_row = owner_row,
    .end = layer_rows_end,
    .row = layer_rows_at,
    .id = layer_row_id,
    .find = layer_rows_find,
    .type = type,
    .age = layer_row_age,
    .ended = ended,
    .all_words = "idle and closed too",
    .waiting = waiting,
    .look = look,
    .rows = count,
    .generation = model_generation,
};

const struct table layer_event_table = {.name = "event", .columns = event_columns, .count = ARRAY_SIZE(event_columns)};
