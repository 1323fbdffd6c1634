/* Made-up exchanges, and the sockets that they are of. */
#include "exchange_recording.h"

#include <string.h>

#include "clock.h"

enum { SERVER = 1, CLIENT, PIPELINED, NEAR, NEAR_SERVER, FAR };

#define HERE                                                                                                           \
	{                                                                                                              \
		127, 0, 0, 1                                                                                           \
	}

static const struct made_socket sockets[] = {
    [SERVER] = {"postgres", {10, 0, 0, 1}, {10, 0, 0, 21}, 5432, 50001, DIR_IN, 300, 200},
    [CLIENT] = {"api", {10, 0, 0, 1}, {10, 0, 0, 22}, 40001, 443, DIR_OUT, 24000, 200},
    [PIPELINED] = {"redis-server", {10, 0, 0, 1}, {10, 0, 0, 23}, 6379, 50003, DIR_IN, 300, 200},
    [NEAR] = {"worker", HERE, HERE, 40004, 11211, DIR_OUT, 40, 20},
    [NEAR_SERVER] = {"memcached", HERE, HERE, 11211, 40004, DIR_IN, 40, 20},
    [FAR] = {"fetch", {10, 0, 0, 1}, {192, 0, 2, 26}, 40006, 443, DIR_OUT, 62000, 20000},
};

void put_made_socket(struct buf *out, u64 id, const struct made_socket *made, u64 now_ns)
{
	struct record_socket s = {.id = id,
				  .has = HAS_UID | HAS_REMOTE | HAS_OWNER | HAS_TCP | HAS_RX_BYTES | HAS_TX_BYTES,
				  .sample_ns = now_ns,
				  .netns = 4026531840,
				  .uid = 1000,
				  .lport = made->lport,
				  .rport = made->rport,
				  .family = 4,
				  .proto = IPPROTO_TCP,
				  .dir = made->dir,
				  .state = STATE_ESTABLISHED,
				  .owner = OWNER_EXACT,
				  .owners = 1,
				  .pid = (u32)(500 + id),
				  .rtt_us = made->rtt_us,
				  .minrtt_us = made->minrtt_us,
				  .cwnd = 10,
				  .mss = 1448};

	memcpy(s.laddr, made->laddr, sizeof(made->laddr));
	memcpy(s.raddr, made->raddr, sizeof(made->raddr));
	memcpy(s.comm, made->comm, strlen(made->comm));
	stream_put(out, RECORD_SOCKET, &s);
}

/* A quick one in each tick, and a slow one in some. */
static void put_server(struct buf *out, unsigned tick, u64 now_ns)
{
	for (unsigned i = 0; i < 3; i++) {
		struct record_exchange x = {
		    .id = SERVER,
		    .begin_ns = now_ns - 900 * NSEC_PER_MSEC + i * 250 * NSEC_PER_MSEC,
		    .ns = {[EXCHANGE_IN] = 20000,
			   [EXCHANGE_WAIT] = 60000 + i * 1000,
			   [EXCHANGE_THINK] = i == 2 && tick % 4 == 0 ? 180 * NSEC_PER_MSEC : 800000 + i * 5000,
			   [EXCHANGE_WRITE] = 30000,
			   [EXCHANGE_OUT] = 310000},
		    .rx_bytes = 90,
		    .tx_bytes = 4000 + i,
		    .retrans = i == 2 && tick % 4 == 0,
		    .role = EXCHANGE_SERVER,
		    .has = EXCHANGE_HAS_WAKEUP,
		    .wakeup_ns = 45000};

		stream_put(out, RECORD_EXCHANGE, &x);
	}
}

static void put_client(struct buf *out, unsigned tick, u64 now_ns)
{
	struct record_exchange x = {.id = CLIENT,
				    .begin_ns = now_ns - 700 * NSEC_PER_MSEC,
				    .ns = {[EXCHANGE_WRITE] = 15000,
					   [EXCHANGE_AWAY] = 66 * NSEC_PER_MSEC + tick * 10000,
					   [EXCHANGE_IN] = 2 * NSEC_PER_MSEC,
					   [EXCHANGE_WAIT] = tick == 7 ? 3 * NSEC_PER_SEC : 40000},
				    .rx_bytes = 21000,
				    .tx_bytes = 600,
				    .role = EXCHANGE_CLIENT};

	stream_put(out, RECORD_EXCHANGE, &x);
}

static void put_none(struct buf *out, unsigned tick, u64 now_ns)
{
	static const u8 flags[] = {EXCHANGE_OVERLAP, EXCHANGE_PARTLY, EXCHANGE_OVERLAP | EXCHANGE_NO_ANSWER,
				   EXCHANGE_CUT};
	struct record_exchange x = {.id = PIPELINED,
				    .begin_ns = now_ns - 100 * NSEC_PER_MSEC,
				    .ns = {[EXCHANGE_THINK] = NSEC_PER_SEC},
				    .rx_bytes = 10,
				    .role = EXCHANGE_SERVER,
				    .flags = flags[tick % ARRAY_SIZE(flags)]};

	stream_put(out, RECORD_EXCHANGE, &x);
}

/* Both ends are here. */
static void put_near(struct buf *out, unsigned tick, u64 now_ns)
{
	struct record_exchange client = {
	    .id = NEAR,
	    .begin_ns = now_ns - 60 * NSEC_PER_MSEC,
	    .ns =
		{[EXCHANGE_WRITE] = 5000, [EXCHANGE_AWAY] = 4 * NSEC_PER_MSEC + tick * 1000, [EXCHANGE_WAIT] = 200000},
	    .rx_bytes = 1000,
	    .tx_bytes = 40,
	    .role = EXCHANGE_CLIENT};
	struct record_exchange server = {.id = NEAR_SERVER,
					 .begin_ns = client.begin_ns + 12000,
					 .ns = {[EXCHANGE_WAIT] = 900000, [EXCHANGE_THINK] = 3 * NSEC_PER_MSEC},
					 .rx_bytes = 40,
					 .tx_bytes = 1000,
					 .role = EXCHANGE_SERVER};

	stream_put(out, RECORD_EXCHANGE, &client);
	stream_put(out, RECORD_EXCHANGE, &server);
}

static void put_packet(struct buf *out, u64 number, u64 ns, bool tx)
{
	struct record_packet p = {.id = FAR,
				  .number = number,
				  .time_ns = ns,
				  .laddr = {10, 0, 0, 1},
				  .raddr = {192, 0, 2, 26},
				  .netns = 4026531840,
				  .seq = (u32)number * 700,
				  .payload = tx ? 700 : 9000,
				  .segments = tx ? 1 : 7,
				  .lport = sockets[FAR].lport,
				  .rport = sockets[FAR].rport,
				  .flags = tx ? PACKET_TX : 0,
				  .tcp_flags = TCP_ACK | TCP_PSH,
				  .family = 4,
				  .proto = IPPROTO_TCP};

	p.stamp_ns[0] = ns;
	p.stamp_ns[1] = ns + 20000;
	stream_put(out, RECORD_PACKET, &p);
}

/* The network takes most of it. Of the last one the packets are there, and one of before. */
static void put_far(struct buf *out, unsigned tick, u64 now_ns)
{
	struct record_exchange x = {
	    .id = FAR,
	    .begin_ns = now_ns - 500 * NSEC_PER_MSEC,
	    .ns = {[EXCHANGE_WRITE] = 5000000, [EXCHANGE_AWAY] = 66 * NSEC_PER_MSEC, [EXCHANGE_WAIT] = 10000000},
	    .rx_bytes = 9000,
	    .tx_bytes = 700,
	    .role = EXCHANGE_CLIENT};

	stream_put(out, RECORD_EXCHANGE, &x);
	if (tick < EXCHANGE_TICKS)
		return;
	put_packet(out, 1, x.begin_ns - 200 * NSEC_PER_MSEC, true);
	put_packet(out, 2, x.begin_ns + 5000, true);
	put_packet(out, 3, x.begin_ns + 71 * NSEC_PER_MSEC, false);
}

void put_exchanges(struct buf *out, unsigned tick, u64 now_ns)
{
	const struct record_exchanges state = {.on = 1, .lost = tick > 10 ? 4 : 0, .untold = tick > 10};

	for (u64 id = SERVER; id <= FAR; id++)
		put_made_socket(out, id, &sockets[id], now_ns);
	put_server(out, tick, now_ns);
	put_client(out, tick, now_ns);
	put_none(out, tick, now_ns);
	put_near(out, tick, now_ns);
	put_far(out, tick, now_ns);
	stream_put(out, RECORD_EXCHANGES, &state);
}
