/* The sets of columns, by name: a name that this build's column table lacks would be a mistake of ours, so the unit
 * test resolves them all. */
#include "columns.h"

#include <errno.h>
#include <string.h>

#define NAME_MAX_LEN 64

/* What fits a terminal and answers the first questions. */
static const char *const text_names[] = {
    "proto", "pid",     "comm",    "state",  "local", "remote",  "recvq",
    "sendq", "rx_rate", "tx_rate", "rtt_us", "cwnd",  "retrans", "limited",
};

/* netwatcher's -x, as far as the default set does not show it. */
static const char *const text_extra_names[] = {
    "accept_queue", "accept_limit", "rcv_wnd",   "snd_wnd", "ssthresh",     "sndbuf",      "wmem_queued",
    "rx_bytes",     "tx_bytes",     "rttvar_us", "age_us",  "retrans_fast", "retrans_rto",
};

/* The names of a socket row that scripts can rely on. */
static const char *const contract_names[] = {
    "id",
    "netns",
    "netns_cookie",
    "proto",
    "state",
    "dir",
    "laddr",
    "lport",
    "raddr",
    "rport",
    "ifname",
    "pid",
    "comm",
    "uid",
    "cgroup",
    "owner",
    "age_us",
    "rx_bytes",
    "tx_bytes",
    "rx_rate",
    "tx_rate",
    "rx_pkts",
    "tx_pkts",
    "rtt_us",
    "rttvar_us",
    "minrtt_us",
    "rto_us",
    "cwnd",
    "ssthresh",
    "snd_wnd",
    "rcv_wnd",
    "mss",
    "pmtu",
    "cc",
    "ca_state",
    "pacing_rate",
    "delivery_rate",
    "inflight",
    "lost",
    "sacked",
    "reordering",
    "retrans",
    "retrans_out",
    "retrans_fast",
    "retrans_rto",
    "retrans_tlp",
    "dsack_dups",
    "ooo",
    "limited",
    "busy_us",
    "rwnd_limited_us",
    "sndbuf_limited_us",
    "recvq",
    "sendq",
    "sndbuf",
    "rcvbuf",
    "wmem_queued",
    "rmem_alloc",
    "accept_queue",
    "accept_limit",
    "sk_backlog",
    "drops",
    "resets",
    "owners",
    "ulp",
};

const char *export_format_name(unsigned format)
{
	static const char *const names[] = {"text", "json", "csv", "pcapng"};

	return format < ARRAY_SIZE(names) ? names[format] : NULL;
}

void columns_deinit(struct columns *c)
{
	free(c->at);
	*c = (struct columns){};
}

static int columns_add(struct columns *c, const struct column *column)
{
	const struct column **at = reallocarray(c->at, c->count + 1, sizeof(*at));

	if (!at)
		return -ENOMEM;
	c->at = at;
	c->at[c->count++] = column;
	return 0;
}

static bool columns_have(const struct columns *c, const struct column *column)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->at[i] == column)
			return true;
	return false;
}

static int columns_add_names(struct columns *c, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct column *column = table_find(&socket_table, names[i]);
		int r = !column || columns_have(c, column) ? 0 : columns_add(c, column);

		if (r < 0)
			return r;
	}
	return 0;
}

static int unknown_column(const char *name, struct error *err)
{
	const struct column *near;

	if (table_suggest(&socket_table, name, &near, 1) == 1)
		return error_set(err, -EINVAL, "unknown column '%s'; did you mean %s?", name, near->name);
	return error_set(err, -EINVAL, "unknown column '%s'", name);
}

int columns_parse(struct columns *c, const char *list, struct error *err)
{
	for (const char *p = list;; p++) {
		size_t n = strcspn(p, ",");
		char name[NAME_MAX_LEN];
		const struct column *column;

		if (n == 0)
			return error_set(err, -EINVAL, "an empty column name in '%s'", list);
		snprintf(name, sizeof(name), "%.*s", (int)MIN(n, sizeof(name)), p);
		column = n < sizeof(name) ? table_find(&socket_table, name) : NULL;
		if (!column)
			return unknown_column(name, err);
		if (columns_add(c, column) < 0)
			return error_set(err, -ENOMEM, "out of memory");
		p += n;
		if (!*p)
			return 0;
	}
}

int columns_default(struct columns *c, enum export_format format)
{
	if (format == EXPORT_TEXT)
		return columns_add_names(c, text_names, ARRAY_SIZE(text_names));
	return columns_add_names(c, contract_names, ARRAY_SIZE(contract_names));
}

int columns_extra(struct columns *c, enum export_format format)
{
	if (format == EXPORT_TEXT)
		return columns_add_names(c, text_extra_names, ARRAY_SIZE(text_extra_names));
	for (size_t i = 0; i < socket_table.count; i++) {
		/* The layers cost something for each packet: they come only where they were asked for. */
		bool out = columns_have(c, &socket_table.columns[i]) || socket_table.columns[i].needs & NEEDS_LAYERS;
		int r = out ? 0 : columns_add(c, &socket_table.columns[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

int columns_layers(struct columns *c, enum export_format format)
{
	for (size_t i = 0; i < socket_table.count; i++) {
		const struct column *column = &socket_table.columns[i];
		bool bars = column->unit == UNIT_TEXT;
		/* In JSON one object holds them all; a person takes in the bars, and how bad it gets. */
		bool in = format == EXPORT_JSON  ? bars
			  : format == EXPORT_CSV ? !bars
						 : bars || strstr(column->name, "_p99_");
		int r = in && column->needs & NEEDS_LAYERS && !columns_have(c, column) ? columns_add(c, column) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

unsigned columns_needs(const struct columns *c)
{
	unsigned needs = 0;

	for (size_t i = 0; i < c->count; i++)
		needs |= c->at[i]->needs;
	return needs;
}

bool column_is_contract(const struct column *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(contract_names); i++)
		if (strcmp(c->name, contract_names[i]) == 0)
			return true;
	return false;
}
