/* What it takes to keep the last minutes, and to come back to a moment of them: past_bench [SOCKETS ...]. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "model.h"
#include "past.h"
#include "store.h"
#include "stream.h"

#define START_NS (1000 * NSEC_PER_SEC)
#define HISTORY (64ULL << 20)
#define LOOKS 15

struct bench {
	u32 sockets;
	unsigned share; /* one in so many moves in a tick */
	struct model *m;
	struct past *p;
	struct stream_decoder *decoder;
	u64 keys, key_ns, key_most_ns, put_ns, ticks;
};

static u64 scramble(u64 n)
{
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9ULL;
	n = (n ^ n >> 27) * 0x94d049bb133111ebULL;
	return n ^ n >> 31;
}

/* Counters, times and windows move as those of a connection do, which makes a record no easier to compress. */
static void put_socket(struct buf *out, u32 id, u64 tick)
{
	u64 random = scramble((u64)id << 32 | tick), base = scramble(id), moved = tick * (10000 + base % 1000000);
	struct record_socket s = {
	    .id = (u64)id << 8 | 1,
	    .has = HAS_OWNER | HAS_UID | HAS_REMOTE | HAS_BIRTH | HAS_RX_BYTES | HAS_TX_BYTES | HAS_RX_PKTS |
		   HAS_TX_PKTS | HAS_TCP | HAS_CHRONO | HAS_MEM | HAS_DROPS | HAS_CGROUP | HAS_DELIVERY,
	    .sample_ns = START_NS + tick * NSEC_PER_SEC + id * 500,
	    .birth_ns = START_NS - base % START_NS,
	    .rx_bytes = moved + random % 10000,
	    .tx_bytes = moved / 3 + random % 5000,
	    .rx_pkts = moved / 1400 + random % 10,
	    .tx_pkts = moved / 4000 + random % 10,
	    .bytes_sent = moved / 3 + random % 5000,
	    .delivery_rate = base % 100000000 + random % 1000000,
	    .busy_us = tick * 1000 + random % 1000,
	    .cgroup_id = 1000 + base % 40,
	    .laddr = {10, 0, 0, 5},
	    .raddr = {10, (u8)base, (u8)(base >> 8), (u8)(base >> 16)},
	    .cc = "cubic",
	    .netns = 4026531840U,
	    .pid = 1000 + (u32)(base % 200),
	    .owners = 1,
	    .rtt_us = 500 + (u32)(random % 300),
	    .rttvar_us = 100 + (u32)(random >> 20) % 90,
	    .minrtt_us = 480,
	    .cwnd = 10 + (u32)(random >> 32) % 30,
	    .ssthresh = 20,
	    .snd_wnd = 65536 + (u32)(random >> 40) % 8 * 1024,
	    .mss = 1448,
	    .sndbuf = 87040,
	    .rcvbuf = 131072,
	    .lport = 443,
	    .rport = (u16)(1024 + base % 60000),
	    .family = 4,
	    .proto = 6,
	    .state = STATE_ESTABLISHED,
	    .dir = DIR_IN,
	    .owner = OWNER_EXACT,
	};

	snprintf((char *)s.comm, sizeof(s.comm), "server%u", (unsigned)(base % 20));
	stream_put(out, RECORD_SOCKET, &s);
}

static void put_tick(struct buf *out, u64 n)
{
	stream_put(out, RECORD_TICK,
		   &(struct record_tick){.number = n,
					 .time_ns = START_NS + n * NSEC_PER_SEC,
					 .realtime_ns = START_NS + n * NSEC_PER_SEC,
					 .interval_ns = NSEC_PER_SEC});
}

static void check(bool fine, const char *what)
{
	if (fine)
		return;
	fprintf(stderr, "past_bench: %s\n", what);
	exit(1);
}

static void apply(struct bench *b, struct buf *in)
{
	struct record rec;
	struct error err = {};

	while (stream_next(b->decoder, in, &rec, &err) == 1)
		check(model_apply(b->m, &rec, &err) >= 0, err.text);
	check(!*err.text, err.text);
}

static void put_key(struct bench *b)
{
	cleanup_buf struct buf out = {};
	struct model_writer w = {};
	u64 began = now_ns(), took;

	past_begin(b->p);
	stream_open(&out);
	check(model_write(b->m, &w, &out, 0) && !out.failed, "no memory");
	stream_schemas(b->decoder, &out);
	past_put(b->p, buf_at(&out), buf_len(&out));
	past_begun(b->p);
	took = now_ns() - began;
	b->keys++;
	b->key_ns += took;
	b->key_most_ns = MAX(b->key_most_ns, took);
}

static void tick(struct bench *b, u64 n)
{
	cleanup_buf struct buf out = {};
	u64 began;
	bool due;

	if (n == 1)
		stream_open(&out);
	for (u32 id = 1; id <= b->sockets; id++)
		if (n == 1 || (id + n) % b->share == 0)
			put_socket(&out, id, n);
	put_tick(&out, n);
	began = now_ns();
	past_put(b->p, buf_at(&out), buf_len(&out));
	b->put_ns += now_ns() - began;
	apply(b, &out);
	began = now_ns();
	due = past_tick(b->p, model_tick(b->m));
	b->put_ns += now_ns() - began;
	b->ticks++;
	if (due)
		put_key(b);
}

static int compare(const void *a, const void *b)
{
	return *(const double *)a < *(const double *)b ? -1 : 1;
}

/* Until the moment is there, alone; and in it on to the next. ms. */
static void look(struct bench *b, double *back, double *on)
{
	u64 first = past_first(b->p), last = past_last(b->p);

	for (unsigned i = 0; i < LOOKS; i++) {
		u64 moment = first + scramble(i) % (last - first), began = now_ns();
		struct past_view *v;
		struct error err;

		check(past_view_new(&v, b->p, b->m, moment) == 0, "no such moment");
		check(past_view_work(v, 0, &err) == 1, "no model of a moment");
		back[i] = (double)(now_ns() - began) / 1e6;
		check(model_tick(past_view_model(v))->number == moment, "the wrong moment");
		began = now_ns();
		check(past_view_go_on(v, moment + 1) && past_view_work(v, 0, &err) == 1, "no next moment");
		on[i] = (double)(now_ns() - began) / 1e6;
		past_view_free(v);
	}
	qsort(back, LOOKS, sizeof(*back), compare);
	qsort(on, LOOKS, sizeof(*on), compare);
}

/* As many ticks as it takes until the oldest are dropped, at most a quarter of an hour. */
static void run(u32 sockets, unsigned share)
{
	struct bench b = {.sockets = sockets, .share = share};
	double back[LOOKS], on[LOOKS];
	u64 kept, bytes;

	check(model_new(&b.m) == 0 && past_new(&b.p, HISTORY) == 0 && stream_decoder_new(&b.decoder) == 0, "no memory");
	for (u64 n = 1; n <= 900 && (n < 40 || past_first(b.p) == 1); n++)
		tick(&b, n);
	kept = past_last(b.p) - past_first(b.p);
	bytes = past_bytes(b.p);
	look(&b, back, on);
	printf("| %u | 1 in %u | %.1f | %.0f | %.2f | %.1f | %.1f | %.0f | %.0f | %.1f |\n", sockets, share,
	       (double)bytes / (double)kept / 1024, (double)kept / 60 * (double)HISTORY / (double)MAX(bytes, 1ULL),
	       (double)b.put_ns / (double)b.ticks / 1e6, (double)b.key_ns / (double)b.keys / 1e6,
	       (double)b.ticks / (double)b.keys, back[LOOKS / 2], back[LOOKS - 1], on[LOOKS / 2]);
	fflush(stdout);
	stream_decoder_free(b.decoder);
	past_free(b.p);
	model_free(b.m);
}

int main(int argc, char **argv)
{
	static const u32 some[] = {1000, 10000, 114000};

	printf(
	    "| sockets | move in a tick | KiB a tick | minutes in 64 MiB | ms a tick | ms a key frame | ticks between "
	    "them | back: median ms | most | on: median ms |\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
	for (int i = 1; i < argc; i++)
		run((u32)strtoul(argv[i], NULL, 10), 1);
	for (size_t i = 0; argc == 1 && i < ARRAY_SIZE(some); i++) {
		run(some[i], 20);
		run(some[i], 4);
		run(some[i], 1);
	}
	return 0;
}
