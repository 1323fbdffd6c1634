/* Made-up round trips: long connections that send in each tick, one that has long been silent, and short ones that are
 * opened and over within a tick, some of them only once their SYN was sent again. */
#include "time_recording.h"

#include <string.h>

#include "clock.h"
#include "histogram.h"

#define NEAR 12     /* connections to the near host */
#define FAR 4       /* … and to the far one */
#define SHORT 3     /* a tick */
#define SYN_AGAIN 9 /* of so many ticks one has a connection that took two SYNs */

static struct record_socket connection(u64 id, u8 host, u32 pid, const char *comm, u64 now_ns)
{
	struct record_socket s = {.id = id,
				  .has = HAS_UID | HAS_REMOTE | HAS_OWNER | HAS_TCP | HAS_RX_BYTES | HAS_TX_BYTES,
				  .sample_ns = now_ns,
				  .netns = 4026531840,
				  .uid = 1000,
				  .laddr = {10, 0, 0, 1},
				  .raddr = {10, 1, 0, host},
				  .lport = (u16)(20000 + id),
				  .rport = 443,
				  .family = 4,
				  .proto = IPPROTO_TCP,
				  .dir = DIR_OUT,
				  .state = STATE_ESTABLISHED,
				  .owner = OWNER_EXACT,
				  .owners = 1,
				  .pid = pid,
				  .minrtt_us = 4000,
				  .cwnd = 10,
				  .mss = 1448};

	memcpy(s.comm, comm, strlen(comm));
	return s;
}

/* They send in each tick, and so have a new RTT. */
static void put_long(struct buf *out, u64 id, unsigned tick, u64 now_ns)
{
	bool far = id > NEAR;
	u64 wobble = (id * 7 + tick * 3) % 11;
	struct record_socket s = connection(id, far ? 9 : 5, 301, "api", now_ns);

	s.tx_bytes = tick * 1000;
	s.rtt_us = (u32)(far ? (tick >= TIME_FARTHER ? 200000 : 50000) + wobble * 900 : 4600 + wobble * 90);
	stream_put(out, RECORD_SOCKET, &s);
}

/* Of a connection to the far host each fiftieth round trip takes much longer, which its smoothed RTT does not show. */
static void put_each(struct buf *out, u64 id, unsigned tick)
{
	const u64 usual = (id > NEAR ? 60 : 5) * NSEC_PER_MSEC, longest = 400 * NSEC_PER_MSEC;
	u32 late = id > NEAR ? tick : 0, all = 50 * tick, *buckets;
	struct record_layers r = {.id = id, .n[LAYER_TX_ACK] = all};

	buckets = r.buckets + (size_t)LAYER_TX_ACK * LAYER_BUCKETS;
	buckets[histogram_bucket(usual)] = all - late;
	buckets[histogram_bucket(longest)] = late;
	r.max_ns[LAYER_TX_ACK] = late ? longest : usual;
	r.sum_ns[LAYER_TX_ACK] = (all - late) * usual + late * longest;
	stream_put(out, RECORD_LAYERS, &r);
}

/* What is known of the last of its data is an hour old. */
static void put_silent(struct buf *out, u64 now_ns)
{
	struct record_socket s = connection(NEAR + FAR + 1, 5, 302, "pool", now_ns);

	s.tx_bytes = 77;
	s.rtt_us = 1200000;
	stream_put(out, RECORD_SOCKET, &s);
}

static void put_short(struct buf *out, unsigned tick, unsigned i, u64 now_ns)
{
	struct record_socket s = connection(1000 + tick * SHORT + i, 5, 303, "crawler", now_ns);

	s.has |= HAS_BIRTH;
	s.connect_us = i == 0 && tick % SYN_AGAIN == 0 ? 1004000 : 4700 + i * 40 + tick % 5 * 30;
	s.rtt_us = 4700 + i * 40;
	s.tx_bytes = 120;
	s.ended_ns = now_ns - 100 * NSEC_PER_MSEC;
	s.birth_ns = s.ended_ns - (s.connect_us + 3000) * NSEC_PER_USEC;
	s.state = STATE_CLOSE;
	s.last_state = STATE_FIN_WAIT2;
	s.ended_by = ENDED_LOCAL;
	s.flags = SOCKET_ENDED;
	stream_put(out, RECORD_SOCKET, &s);
}

void put_times(struct buf *out, unsigned tick, u64 now_ns)
{
	for (u64 id = 1; id <= NEAR + FAR; id++)
		put_long(out, id, tick, now_ns);
	put_silent(out, now_ns);
	stream_put(out, RECORD_STAGES, &(struct record_stages){.sample = 1});
	for (u64 id = 1; id <= NEAR + FAR; id++)
		put_each(out, id, tick);
	for (unsigned i = 0; i < SHORT; i++)
		put_short(out, tick, i, now_ns);
}
