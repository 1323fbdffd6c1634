/* Private to the table of sockets: the getters that it names. Each sets v and returns 1, or returns 0: not known.
 * A getter never formats and never allocates, so that filters and sorting may call it for every row. */
#pragma once

#include <string.h>

#include "socket_words.h"
#include "store.h"
#include "table.h"

/* How a getter of sockets is defined: m is the model, r the row. */
#define SOCKET_GETTER(name) COLUMN_GETTER_OF(struct model, m, struct row, r, name)

/* -- for getters --------------------------------------------------------------------------------------------------- */

/* The field at c->offset of a struct. */
static inline u64 load(const void *base, const struct column *c)
{
	return field_at(base, c->offset, c->size);
}

static inline bool has(const struct column *c, const struct row *r)
{
	return (r->s.has & c->has) == c->has;
}

static inline int set_usec_between(struct value *v, u64 from_ns, u64 to_ns)
{
	/* Stamps of one tick are taken one after the other: a small step back is 0, not a huge number. */
	return value_number(v, to_ns > from_ns ? (to_ns - from_ns) / 1000 : 0);
}

/* The time of the last tick, 0: there was none. */
static inline u64 present(const struct model *m)
{
	const struct record_tick *t = model_tick(m);

	return t ? t->time_ns : 0;
}

/* How full something is; of what has no room, it is either empty or more than full. */
static inline int value_fullness(struct value *v, u32 part, u32 whole)
{
	return value_real(v, whole ? (double)part / whole : part ? 2 : 0);
}

/* -- getters ------------------------------------------------------------------------------------------------------- */

/* Fields of struct row, at c->offset. */
COLUMN_GETTER(get_field);
COLUMN_GETTER(get_nonzero);  /* 0 means not known */
COLUMN_GETTER(get_not_max);  /* all ones means not known */
COLUMN_GETTER(get_queue);    /* a listener has none: there the kernel's fields count connections */
COLUMN_GETTER(get_ssthresh); /* 0x7fffffff and above mean infinite */
COLUMN_GETTER(get_accept_share);
COLUMN_GETTER(get_rtt_ratio);
COLUMN_GETTER(get_rttvar);   /* meaningless before the first RTT sample */
COLUMN_GETTER(get_rate);     /* a float; NaN means not known */
COLUMN_GETTER(get_per_tick); /* not known before the second sample */
COLUMN_GETTER(get_drops_tick);
COLUMN_GETTER(get_resets_tick);
COLUMN_GETTER(get_text); /* NUL-terminated in the row; "" means not known */

/* For column.series: rates of the last 60 s, bytes/s. */
u64 socket_moment(const void *picture, u32 *span); /* table.moment */
bool series_rx(const struct column *c, const void *picture, const void *row, struct series *s);
bool series_tx(const struct column *c, const void *picture, const void *row, struct series *s);

/* Fields of struct record_info, at c->offset. */
COLUMN_GETTER(get_info);
COLUMN_GETTER(get_tcp_info);
COLUMN_GETTER(get_info_nonzero);
COLUMN_GETTER(get_info_not_max);
COLUMN_GETTER(get_info_since);  /* a stamp in the past, 0: never */
COLUMN_GETTER(get_timer_until); /* a stamp in the future, 0: none */
COLUMN_GETTER(get_wscale);      /* known if the option was negotiated */
COLUMN_GETTER(get_timer);
COLUMN_GETTER(get_options);
COLUMN_GETTER(get_mptcp_flags);
COLUMN_GETTER(get_mptcp_token);
COLUMN_GETTER(get_mptcp_map);

/* The layer c->offset (see layers.h). */
COLUMN_GETTER(get_layer_p50);
COLUMN_GETTER(get_layer_p99);
COLUMN_GETTER(get_layer_max);
/* The histogram behind these figures: struct column.histogram. */
bool layer_times_of(const struct column *c, const void *picture, const void *row, struct histogram *h);
COLUMN_GETTER(get_layers); /* all of them, as bars */

/* Of listeners (listeners.h). */
COLUMN_GETTER(get_listener);         /* a field of its record, at c->offset */
COLUMN_GETTER(get_listener_counted); /* the same, if it was counted */
COLUMN_GETTER(get_syn_limit);
COLUMN_GETTER(get_syn_share);
COLUMN_GETTER(get_accept_peak);
COLUMN_GETTER(get_accept_high_share);
COLUMN_GETTER(get_accept_queue_met);
COLUMN_GETTER(get_accept_rate);
COLUMN_GETTER(get_refused_rate);
COLUMN_GETTER(get_alone_overflows);
COLUMN_GETTER(get_alone_cookies);
COLUMN_GETTER(get_reuseport_skew);
COLUMN_GETTER(get_accept_p50); /* of enum listener_times c->offset */
COLUMN_GETTER(get_accept_p99);
COLUMN_GETTER(get_waiting_client); /* of connections that wait */
COLUMN_GETTER(get_accept_waiting); /* of connections: for how long it waits */

/* Columns with rules of their own. */
COLUMN_GETTER(get_id);
COLUMN_GETTER(get_proto);
COLUMN_GETTER(get_state);
COLUMN_GETTER(get_dir);
COLUMN_GETTER(get_owner);
COLUMN_GETTER(get_limited);
COLUMN_GETTER(get_ca_state);
COLUMN_GETTER(get_local);
COLUMN_GETTER(get_remote);
COLUMN_GETTER(get_local_port);
COLUMN_GETTER(get_remote_port);
COLUMN_GETTER(get_ifname);
COLUMN_GETTER(get_via);
COLUMN_GETTER(get_user);
COLUMN_GETTER(get_cgroup);
COLUMN_GETTER(get_container);
COLUMN_GETTER(get_host); /* the name of the remote one */
COLUMN_GETTER(get_host_from);
COLUMN_GETTER(get_retrans_unknown);
COLUMN_GETTER(get_send_rate);
COLUMN_GETTER(get_class_id);
COLUMN_GETTER(get_tclass);
COLUMN_GETTER(get_bbr_bw);
COLUMN_GETTER(get_bbr_mrtt);
COLUMN_GETTER(get_bbr_pacing_gain);
COLUMN_GETTER(get_bbr_cwnd_gain);
COLUMN_GETTER(get_age);
COLUMN_GETTER(get_state_time);
COLUMN_GETTER(get_true);
COLUMN_GETTER(get_connected); /* is it an established connection that is somebody's? */
COLUMN_GETTER(get_ended);
COLUMN_GETTER(get_tagged);
COLUMN_GETTER(get_mapped);
COLUMN_GETTER(get_nofile);
COLUMN_GETTER(get_aborted);
COLUMN_GETTER(get_cwnd_limited);
COLUMN_GETTER(get_app_limited);
COLUMN_GETTER(get_reuseport);
COLUMN_GETTER(get_reuseaddr);
COLUMN_GETTER(get_v6only);
COLUMN_GETTER(get_bound);
COLUMN_GETTER(get_repair);
COLUMN_GETTER(get_mptcp);
COLUMN_GETTER(get_kernel);
COLUMN_GETTER(get_seeded);
COLUMN_GETTER(get_shut_rd);
COLUMN_GETTER(get_shut_wr);

bool socket_layers_object(const void *picture, const void *row, struct buf *out);
COLUMN_GETTER(get_ended_at);
/* Of the other end: model_peer(). */
COLUMN_GETTER(get_peer);
COLUMN_GETTER(get_peer_pid);
COLUMN_GETTER(get_peer_comm);
COLUMN_GETTER(get_ended_by);
COLUMN_GETTER(get_error);
COLUMN_GETTER(get_failed);
COLUMN_GETTER(get_old_state);

/* Words of columns. */
const char *timer_name(unsigned timer);
const char *proto_word(unsigned code);
const char *host_from_word(unsigned code);

/* For the last field of the table's columns. */
int severity_accept_queue(const void *row, const struct value *v);
int severity_drops(const void *row, const struct value *v);
int severity_recvq(const void *row, const struct value *v);
int severity_sendq(const void *row, const struct value *v);
int severity_limited(const void *row, const struct value *v);
int severity_ca_state(const void *row, const struct value *v);
const char *cgroup_operand(const char *typed);

/* Of the groups of the process and of the remote address: for tables of what is of sockets. */
u64 group_process_key(const void *picture, const void *row);
void group_process_label(const void *picture, const void *row, char *dst, size_t size);
/* Both ends of a connection within the machine. */
u64 group_pair_key(const void *picture, const void *row);
void group_pair_label(const void *picture, const void *row, char *dst, size_t size);
u64 group_remote_key(const void *picture, const void *row);
void group_remote_label(const void *picture, const void *row, char *dst, size_t size);

/* Additional predicates for filters: ss's own. */
COLUMN_GETTER(get_remote_as_ss);
COLUMN_GETTER(get_remote_port_as_ss);
COLUMN_GETTER(get_device);
COLUMN_GETTER(get_autobound);

/* The port of the service that a connection is for. */
static inline u16 socket_service(const struct record_socket *s)
{
	return s->dir == DIR_OUT ? s->rport : s->lport;
}
COLUMN_GETTER(get_service);
COLUMN_GETTER(get_prefix); /* does not look at the column */

/* What they add to groups: socket_folded.c. */
COLUMN_GETTER(get_in_state); /* 1: the state c->offset, 0: another */
COLUMN_GETTER(get_new_rate);
COLUMN_GETTER(get_fail_rate);
COLUMN_GETTER(get_process_number); /* of struct process */
COLUMN_GETTER(get_exe);
COLUMN_GETTER(get_cmdline);
COLUMN_GETTER(get_started_at);
COLUMN_GETTER(get_retrans_share);
COLUMN_GETTER(get_rtt_sample);     /* data was acknowledged in the last tick */
COLUMN_GETTER(get_connect_sample); /* it was connected in it */
COLUMN_GETTER(get_times);          /* of folds: the histogram of parts[0] */
COLUMN_GETTER(get_times_figure);   /* … and one of its figures */
bool rtt_hist_object(const void *picture, const void *row, struct buf *out);
bool connect_hist_object(const void *picture, const void *row, struct buf *out);
COLUMN_GETTER(get_oversized_share);
bool held_by_mix(const void *picture, const void *row, u8 amounts[MIX_WORDS]);

COLUMN_GETTER(get_rx_smooth);
COLUMN_GETTER(get_tx_smooth);
COLUMN_GETTER(get_both_rates);
COLUMN_GETTER(get_both_smooth);
