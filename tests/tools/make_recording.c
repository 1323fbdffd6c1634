/* Writes a recording for the batch tests: make_recording KIND FILE. The kinds are in the table at the end; all times
 * are fixed, so that the same bytes come out each time. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "device_recording.h"
#include "exchange_recording.h"
#include "file.h"
#include "echo_recording.h"
#include "interception_recording.h"
#include "layer_recording.h"
#include "local_recording.h"
#include "life_recording.h"
#include "loss_recording.h"
#include "packet_recording.h"
#include "request_recording.h"
#include "stream.h"
#include "time_recording.h"

#define START_NS (1000 * NSEC_PER_SEC)
#define REALTIME_OFFSET_NS (1700000000ULL * NSEC_PER_SEC)

/* More than the model keeps of closed connections by default. */
#define STORM_ENDS 25000

/* Twice as many as a line of a report has points, and some. */
#define LONG_TICKS 1500

static u64 tick_time(u64 number)
{
	return START_NS + number * NSEC_PER_SEC;
}

static void put_hello(struct buf *out)
{
	struct record_hello h = {
	    .start_ns = START_NS, .realtime_offset_ns = REALTIME_OFFSET_NS, .cpus = 2, .netns = 4026531840};

	strcpy((char *)h.host, "web\x1b[31m\n\"1\"");
	strcpy((char *)h.kernel, "6.1.0");
	stream_put(out, RECORD_HELLO, &h);
}

static void put_name(struct buf *out, u64 kind, u64 key, const char *text)
{
	struct record_name n = {.kind = kind, .key = key};

	memcpy(n.text, text, MIN(strlen(text), sizeof(n.text) - 1));
	stream_put(out, RECORD_NAME, &n);
}

static struct record_tick some_tick(u64 number)
{
	return (struct record_tick){.number = number,
				    .time_ns = tick_time(number),
				    .realtime_ns = tick_time(number) + REALTIME_OFFSET_NS,
				    .interval_ns = NSEC_PER_SEC,
				    .duration_ns = 5 * NSEC_PER_MSEC,
				    .collector_cpu_ns = number * 2 * NSEC_PER_MSEC,
				    .bpf_run_ns = ~0ULL,
				    .lost_events = 3,
				    .tcp_out_segs = 12345678901ULL,
				    .stat_has = number > 1,
				    .netns_count = 1};
}

static void put_tick(struct buf *out, u64 number)
{
	struct record_tick t = some_tick(number);

	stream_put(out, RECORD_TICK, &t);
}

static struct record_socket tcp_socket(u64 id, u64 tick)
{
	struct record_socket s = {.id = id,
				  .has = HAS_OWNER | HAS_UID | HAS_REMOTE | HAS_RX_BYTES | HAS_TX_BYTES | HAS_TCP |
					 HAS_MEM | HAS_CGROUP,
				  .sample_ns = tick_time(tick),
				  .cgroup_id = 7,
				  .inode = 1000 + id,
				  .rx_bytes = 1000 * tick,
				  .tx_bytes = 9007199254740993ULL, /* 2^53 + 1: a double cannot hold it */
				  .pacing_rate = ~0ULL,
				  .laddr = {10, 0, 0, 1},
				  .raddr = {10, 0, 0, 2},
				  .netns = 4026531840,
				  .pid = (u32)(100 + id),
				  .uid = 1000,
				  .rtt_us = 1500,
				  .minrtt_us = ~0U,
				  .rto_us = 200000,
				  .cwnd = 10,
				  .ssthresh = 0x7fffffff,
				  .lport = 443,
				  .rport = (u16)(50000 + id),
				  .owners = 1,
				  .family = 4,
				  .proto = IPPROTO_TCP,
				  .state = STATE_ESTABLISHED,
				  .dir = DIR_IN,
				  .owner = OWNER_EXACT};

	strcpy((char *)s.cc, "cubic");
	return s;
}

static void set_comm(struct record_socket *s, const char *comm)
{
	memset(s->comm, 0, sizeof(s->comm));
	memcpy(s->comm, comm, MIN(strlen(comm), sizeof(s->comm)));
}

/* Names of which each would break something: a terminal, a line, a string, UTF-8, the reading direction. */
static const char *const hostile_comms[] = {
    "esc\x1b]0;own\x07",
    "new\nline\r\ttab",
    "quo\"te\\back'",
    "\xff\xfe\xc3(\x80",
    "a\xe2\x80\xae"
    "gpj.exe",
    "c1\xc2\x9b"
    "31m",
    "nul",
    "comma,;\"x\"",
    "wide\xe4\xb8\xad\xe6\x96\x87",
    "cut\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
    "<b>&amp;</b>",
    " lead trail ",
    "=cmd|'/c'!A0",
    "-",
    "",
};

static void put_hostile_sockets(struct buf *out, u64 tick)
{
	for (size_t i = 0; i < ARRAY_SIZE(hostile_comms); i++) {
		struct record_socket s = tcp_socket(1 + i, tick);

		set_comm(&s, hostile_comms[i]);
		memcpy(s.cc, "cu\x1b\"", 4);
		stream_put(out, RECORD_SOCKET, &s);
	}
}

/* Sockets of which little is known, or of other kinds. */
static void put_other_sockets(struct buf *out, u64 tick)
{
	struct record_socket blank = {
	    .id = 101, .sample_ns = tick_time(tick), .family = 4, .proto = IPPROTO_UDP, .state = STATE_CLOSE};
	struct record_socket listener = {.id = 102,
					 .has = HAS_ACCEPT,
					 .sample_ns = tick_time(tick),
					 .family = 6,
					 .proto = IPPROTO_TCP,
					 .lport = 80,
					 .accept_queue = 3,
					 .accept_limit = 128,
					 .state = STATE_LISTEN,
					 .dir = DIR_LISTEN};
	struct record_socket wild = {.id = 103,
				     .has = ~0ULL,
				     .sample_ns = ~0ULL,
				     .birth_ns = ~0ULL,
				     .rx_bytes = INT64_MAX,
				     .tx_bytes = INT64_MAX,
				     .family = 99,
				     .proto = 200,
				     .state = 250,
				     .dir = 77,
				     .owner = 66,
				     .ca_state = 55};

	memset(wild.comm, 'A', sizeof(wild.comm));
	stream_put(out, RECORD_SOCKET, &blank);
	stream_put(out, RECORD_SOCKET, &listener);
	stream_put(out, RECORD_SOCKET, &wild);
}

static void make_hostile(struct buf *out)
{
	put_hello(out);
	put_name(out, NAME_CGROUP, 7, "/sys\x1b[2J,\"tem\"\n.slice");
	put_name(out, NAME_USER, 1000,
		 "us\x1b"
		 "er");
	for (u64 tick = 1; tick <= 3; tick++) {
		put_hostile_sockets(out, tick);
		put_other_sockets(out, tick);
		put_tick(out, tick);
	}
}

/* Names that would be markup where a page is made of them, or would end the script that they lie in. */
static void make_markup(struct buf *out)
{
	struct record_hello h = {.start_ns = START_NS, .realtime_offset_ns = REALTIME_OFFSET_NS, .cpus = 2};
	static const char *const comms[] = {
	    "</script><script", "<img src=x onerr", "<!--<script>", "\"'>&lt;\\u003c", "\xd7\xa9\xd7\x9c\xe2\x80\xae",
	    "__proto__"};

	strcpy((char *)h.host, "</title></script><script>owned=1</script>");
	strcpy((char *)h.kernel, "<svg onload=owned=1>");
	stream_put(out, RECORD_HELLO, &h);
	put_name(out, NAME_CGROUP, 7, "/</script><script>owned=1</script>.slice");
	put_name(out, NAME_USER, 1000, "<iframe src=javascript:owned=1>");
	for (u64 tick = 1; tick <= 4; tick++) {
		for (size_t i = 0; i < ARRAY_SIZE(comms); i++) {
			struct record_socket s = tcp_socket(11 + i, tick);

			set_comm(&s, comms[i]);
			stream_put(out, RECORD_SOCKET, &s);
		}
		put_markup_requests(out, (unsigned)tick, tick_time(tick));
		put_tick(out, tick);
	}
}

/* What is received, and how long the way is, changes with each tick. */
static void make_long(struct buf *out)
{
	put_hello(out);
	for (u64 tick = 1; tick <= LONG_TICKS; tick++) {
		struct record_socket s = tcp_socket(1, tick);

		s.rx_bytes = tick / 2 * 2000;
		s.tx_bytes = tick * 1000;
		s.rtt_us = tick % 2 ? 1000 : 3000;
		stream_put(out, RECORD_SOCKET, &s);
		put_tick(out, tick);
	}
}

/* A listener whose queue was full for a while, long before the end. */
static void make_over(struct buf *out)
{
	put_hello(out);
	for (u64 tick = 1; tick <= 120; tick++) {
		struct record_socket s = {.id = 1,
					  .has = HAS_OWNER | HAS_ACCEPT,
					  .sample_ns = tick_time(tick),
					  .accept_queue = tick >= 5 && tick < 15 ? 129 : 0,
					  .accept_limit = 128,
					  .netns = 4026531840,
					  .pid = 80,
					  .lport = 80,
					  .owners = 1,
					  .family = 4,
					  .proto = IPPROTO_TCP,
					  .state = STATE_LISTEN,
					  .dir = DIR_LISTEN,
					  .owner = OWNER_EXACT};

		set_comm(&s, "nginx");
		stream_put(out, RECORD_SOCKET, &s);
		put_tick(out, tick);
	}
}

/* A collector that has its troubles. */
static void make_held_up(struct buf *out)
{
	put_hello(out);
	for (u64 number = 1; number <= 2; number++) {
		struct record_tick t = some_tick(number);

		t.netns_unreachable = 2;
		t.netns_unlinked = 5;
		t.pass_ticks = 3;
		t.slow_ticks = 12;
		t.slow_held_ms = 12345;
		put_other_sockets(out, number);
		stream_put(out, RECORD_TICK, &t);
	}
}

static void put_end(struct buf *out, u64 id, u64 tick, u64 bytes)
{
	struct record_socket s = tcp_socket(id, tick);

	set_comm(&s, "short");
	s.flags = SOCKET_ENDED;
	s.state = STATE_CLOSE;
	s.rx_bytes = s.tx_bytes = bytes;
	s.ended_ns = tick_time(tick) - 500 * NSEC_PER_MSEC;
	stream_put(out, RECORD_SOCKET, &s);
}

static void put_time_wait(struct buf *out, u64 id, u64 tick)
{
	struct record_socket s = tcp_socket(id, tick);

	s.has = HAS_REMOTE;
	s.state = STATE_TIME_WAIT;
	stream_put(out, RECORD_SOCKET, &s);
}

/* 1 lives on; 2 ends in the second tick; 3 is born and ends within the second; 4 ends, is seen in TIME_WAIT after that
 * and is gone in the fourth; 5 ends twice; 6 goes without an end event. */
static void make_closing(struct buf *out)
{
	put_hello(out);
	for (u64 tick = 1; tick <= 5; tick++) {
		for (u64 id = 1; id <= 6; id++) {
			struct record_socket s = tcp_socket(id, tick);

			if (id == 1 || (tick == 1 && id != 3))
				stream_put(out, RECORD_SOCKET, &s);
		}
		if (tick == 2)
			for (u64 id = 2; id <= 5; id++)
				put_end(out, id, tick, id * 1111);
		if (tick == 3) {
			put_time_wait(out, 4, tick);
			put_end(out, 5, tick - 1, 5555);
		}
		if (tick == 4) {
			stream_put(out, RECORD_GONE, &(struct record_gone){.id = 4, .time_ns = tick_time(4)});
			stream_put(out, RECORD_GONE, &(struct record_gone){.id = 6, .time_ns = tick_time(4)});
		}
		put_tick(out, tick);
	}
}

/* More connections end within one tick than the model keeps otherwise. */
static void make_storm(struct buf *out)
{
	put_hello(out);
	put_tick(out, 1);
	for (u64 tick = 2; tick <= 3; tick++) {
		for (u64 i = 0; i < STORM_ENDS; i++)
			put_end(out, tick * 1000000 + i, tick, i);
		put_tick(out, tick);
	}
}

static void make_empty(struct buf *out)
{
	put_hello(out);
}

static void make_single(struct buf *out)
{
	put_hello(out);
	put_tick(out, 1);
}

static void make_broken(struct buf *out)
{
	make_hostile(out);
	buf_put(out, "\xff\xff\xff\xff\xff\xff\xff\xff\xff", 9);
}

/* A web server's connection and a name server's, traced; the web server's ends with the last tick. */
static void make_packets(struct buf *out)
{
	put_hello(out);
	put_packet_names(out);
	for (unsigned tick = 1; tick <= 4; tick++) {
		struct record_socket web = tcp_socket(PACKET_TCP_ID, tick), dns = tcp_socket(PACKET_UDP_ID, tick);

		set_comm(&web, "nginx");
		set_comm(&dns, "named");
		dns.proto = IPPROTO_UDP;
		dns.lport = 53;
		dns.has &= ~(u64)HAS_TCP;
		if (tick == 4) {
			web.flags = SOCKET_ENDED;
			web.ended_ns = tick_time(tick) - NSEC_PER_MSEC;
		}
		stream_put(out, RECORD_SOCKET, &web);
		stream_put(out, RECORD_SOCKET, &dns);
		if (tick > 1)
			put_packets(out, tick, tick_time(tick));
		put_tick(out, tick);
	}
}

/* A recording that was cut off in the middle of a record: all before it counts. */
static void make_cut(struct buf *out)
{
	make_hostile(out);
	out->end -= 5;
}

/* A web server's connections with their layers; the last one has none. */
static void put_layer_sockets(struct buf *out, unsigned tick)
{
	static const char *const comms[] = {"nginx", "postgres", "backup", "worker"};

	for (unsigned i = 0; i <= LAYER_SOCKETS; i++) {
		struct record_socket s = tcp_socket(LAYER_FIRST_ID + i, tick);

		s.tx_bytes = (u64)tick * 100000 * (LAYER_SOCKETS - i + 1);
		set_comm(&s, comms[i % ARRAY_SIZE(comms)]);
		stream_put(out, RECORD_SOCKET, &s);
	}
}

static void put_layer_ticks(struct buf *out, enum layer_kernel kernel, unsigned ticks)
{
	put_hello(out);
	put_layer_features(out, kernel);
	for (unsigned tick = 1; tick <= ticks; tick++) {
		put_layer_sockets(out, tick);
		put_layers(out, tick, kernel);
		put_tick(out, tick);
	}
}

static void make_layers(struct buf *out)
{
	put_layer_ticks(out, LAYERS_FULL, LAYER_TICKS);
}

static void make_layers_partly(struct buf *out)
{
	put_layer_ticks(out, LAYERS_PARTLY, 12);
}

static void make_netfilter(struct buf *out)
{
	put_layer_ticks(out, LAYERS_NETFILTER, 12);
}

static void make_layers_none(struct buf *out)
{
	put_layer_ticks(out, LAYERS_NONE, 3);
}

/* They were turned on, and no packet has come. */
static void make_layers_empty(struct buf *out)
{
	put_hello(out);
	for (unsigned tick = 1; tick <= 3; tick++) {
		put_layer_sockets(out, tick);
		stream_put(out, RECORD_STAGES, &(struct record_stages){.sample = 1});
		put_tick(out, tick);
	}
}

/* A web server's connections and their losses. The second one's peer reports a segment that it received twice. */
static void put_loss_ticks(struct buf *out, enum loss_kernel kernel)
{
	static const char *const comms[] = {"nginx", "postgres", "backup"};

	put_hello(out);
	put_loss_names(out, kernel);
	for (unsigned tick = 1; tick <= LOSS_TICKS; tick++) {
		put_losses(out, tick, tick_time(tick), kernel);
		for (unsigned i = 0; i < LOSS_SOCKETS; i++) {
			struct record_socket s = tcp_socket(LOSS_FIRST_ID + i, tick);

			set_comm(&s, comms[i]);
			s.has |= HAS_DROPS;
			s.dsack_dups = i == 2 && tick == LOSS_TICKS ? 1 : 0;
			stream_put(out, RECORD_SOCKET, &s);
		}
		put_tick(out, tick);
	}
}

static void make_losses(struct buf *out)
{
	put_loss_ticks(out, LOSSES_FULL);
}

static void make_losses_plain(struct buf *out)
{
	put_loss_ticks(out, LOSSES_PLAIN);
}

static void make_losses_none(struct buf *out)
{
	put_loss_ticks(out, LOSSES_NONE);
}

static void make_lives(struct buf *out)
{
	put_hello(out);
	put_name(out, NAME_CGROUP, 7, "/web.slice");
	for (unsigned tick = 1; tick <= LIFE_TICKS; tick++) {
		put_lives(out, tick, tick_time(tick));
		put_tick(out, tick);
	}
}

static void make_times(struct buf *out)
{
	put_hello(out);
	for (unsigned tick = 1; tick <= TIME_TICKS; tick++) {
		put_times(out, tick, tick_time(tick));
		put_tick(out, tick);
	}
}

static void make_exchanges(struct buf *out)
{
	put_hello(out);
	for (unsigned tick = 1; tick <= EXCHANGE_TICKS; tick++) {
		put_exchanges(out, tick, tick_time(tick));
		put_tick(out, tick);
	}
}

static void make_requests(struct buf *out)
{
	put_hello(out);
	for (unsigned tick = 1; tick <= REQUEST_TICKS; tick++) {
		put_requests(out, tick, tick_time(tick));
		put_tick(out, tick);
	}
}

/* A server that is pinged and pings, with the trace and the layers on. */
static void make_icmp(struct buf *out)
{
	put_hello(out);
	put_packet_names(out);
	for (unsigned tick = 1; tick <= ECHO_TICKS; tick++) {
		struct record_socket s = tcp_socket(1, tick);

		set_comm(&s, "nginx");
		stream_put(out, RECORD_SOCKET, &s);
		if (tick > 1)
			put_echoes(out, tick, tick_time(tick));
		put_echo_layers(out, tick);
		put_tick(out, tick);
	}
}

static void make_devices(struct buf *out)
{
	put_hello(out);
	put_device_names(out);
	for (unsigned tick = 1; tick <= DEVICE_TICKS; tick++) {
		put_devices(out, tick, tick_time(tick));
		put_tick(out, tick);
	}
}

static void make_local(struct buf *out)
{
	put_hello(out);
	put_local_names(out);
	for (unsigned tick = 1; tick <= LOCAL_TICKS; tick++) {
		struct record_socket s = tcp_socket(1, tick);

		put_local(out, tick, &s);
		put_tick(out, tick);
	}
}

static void make_interceptions(struct buf *out)
{
	put_hello(out);
	put_interception_names(out);
	for (unsigned tick = 1; tick <= INTERCEPTION_TICKS; tick++) {
		struct record_socket s = tcp_socket(1, tick);

		put_interceptions(out, tick, &s);
		put_tick(out, tick);
	}
}

static const struct {
	const char *kind;
	void (*make)(struct buf *out);
} kinds[] = {
    {"hostile", make_hostile},
    {"markup", make_markup},
    {"long", make_long},
    {"over", make_over},
    {"closing", make_closing},
    {"storm", make_storm},
    {"empty", make_empty},
    {"layers", make_layers},
    {"layers_partly", make_layers_partly},
    {"netfilter", make_netfilter},
    {"layers_none", make_layers_none},
    {"layers_empty", make_layers_empty},
    {"losses", make_losses},
    {"losses_plain", make_losses_plain},
    {"losses_none", make_losses_none},
    {"lives", make_lives},
    {"times", make_times},
    {"exchanges", make_exchanges},
    {"requests", make_requests},
    {"icmp", make_icmp},
    {"interceptions", make_interceptions},
    {"local", make_local},
    {"packets", make_packets},
    {"single", make_single},
    {"held_up", make_held_up},
    {"devices", make_devices},
    {"broken", make_broken},
    {"cut", make_cut},
};

int main(int argc, char **argv)
{
	cleanup_buf struct buf out = {};
	struct error err = {};

	for (size_t i = 0; argc == 3 && i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(argv[1], kinds[i].kind) != 0)
			continue;
		stream_open(&out);
		kinds[i].make(&out);
		if (!out.failed && file_write_atomic(argv[2], buf_at(&out), buf_len(&out), &err) == 0)
			return 0;
		fprintf(stderr, "make_recording: %s\n", err.text);
		return 1;
	}
	fprintf(stderr, "usage: make_recording KIND FILE\n");
	return 2;
}
