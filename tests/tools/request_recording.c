/* Made-up requests, and the sockets that they are of. */
#include "request_recording.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "exchange_recording.h"

enum { WEB = 1, CACHE_CLIENT, CACHE_SERVER, FAR, UNKNOWN, SOCKETS };

static const struct made_socket sockets[SOCKETS] = {
    [WEB] = {"nginx", {10, 0, 0, 1}, {198, 51, 100, 7}, 80, 50001, DIR_IN, 300, 200},
    [CACHE_CLIENT] = {"php-fpm", {127, 0, 0, 1}, {127, 0, 0, 1}, 40002, 6379, DIR_OUT, 300, 200},
    [CACHE_SERVER] = {"redis-server", {127, 0, 0, 1}, {127, 0, 0, 1}, 6379, 40002, DIR_IN, 300, 200},
    [FAR] = {"php-fpm", {10, 0, 0, 1}, {10, 0, 0, 9}, 40003, 8080, DIR_OUT, 300, 200},
    [UNKNOWN] = {"agent", {10, 0, 0, 1}, {10, 0, 0, 8}, 40004, 7777, DIR_OUT, 300, 200},
};

/* What has been said on each connection so far. */
struct said {
	u32 turn, seq[2];
};

static void put_beginning(struct buf *out, struct said *said, u64 id, bool tx, u64 ns, const char *text)
{
	struct record_beginning b = {.id = id,
				     .time_ns = ns,
				     .turn = ++said[id].turn,
				     .seq = said[id].seq[tx],
				     .len = (u16)strlen(text),
				     .proto = IPPROTO_TCP,
				     .flags =
					 (u8)((tx ? BEGINNING_TX : 0) | (said[id].turn == 1 ? BEGINNING_FIRST : 0))};

	said[id].seq[tx] += b.len;
	memcpy(b.data, text, b.len);
	stream_put(out, RECORD_BEGINNING, &b);
}

static void put_exchange(struct buf *out, u64 id, u64 ns, u64 took_ns)
{
	bool server = sockets[id].dir == DIR_IN;
	struct record_exchange x = {.id = id,
				    .begin_ns = ns,
				    .rx_bytes = 100,
				    .tx_bytes = 100,
				    .role = server ? EXCHANGE_SERVER : EXCHANGE_CLIENT};

	x.ns[server ? EXCHANGE_THINK : EXCHANGE_AWAY] = took_ns * 3 / 4;
	x.ns[EXCHANGE_WAIT] = took_ns / 8;
	x.ns[server ? EXCHANGE_OUT : EXCHANGE_WRITE] = took_ns / 8;
	stream_put(out, RECORD_EXCHANGE, &x);
}

static void put_call(struct buf *out, struct said *said, u64 id, u64 ns, u64 took_ns, const char *request,
		     const char *answer)
{
	bool asks = sockets[id].dir == DIR_OUT;

	put_beginning(out, said, id, asks, ns, request);
	put_beginning(out, said, id, !asks, ns + took_ns / 2, answer);
	put_exchange(out, id, ns, took_ns);
}

static void put_web(struct buf *out, struct said *said, unsigned tick, u64 ns)
{
	char request[128];

	for (unsigned i = 0; i < 3; i++) {
		bool missing = i == 2 && tick % 4 == 0;

		snprintf(request, sizeof(request), "GET %s%u/cart?q=1 HTTP/1.1\r\nHost: shop.example\r\n\r\n",
			 missing ? "/gone/" : "/user/", 1000 + 7 * tick + i);
		put_call(out, said, WEB, ns + i * 200 * NSEC_PER_MSEC, (5 + i + tick) * NSEC_PER_MSEC, request,
			 missing ? "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
				 : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	}
}

/* Both ends tell of it. */
static void put_cache(struct buf *out, struct said *said, unsigned tick, u64 ns)
{
	static const char get[] = "*2\r\n$3\r\nGET\r\n$9\r\nuser:1001\r\n",
			  lpush[] = "*3\r\n$5\r\nLPUSH\r\n$9\r\nuser:1001\r\n$1\r\nx\r\n";
	bool wrong = tick == 3;

	for (u64 id = CACHE_CLIENT; id <= CACHE_SERVER; id++)
		put_call(out, said, id, ns + id * 10000, 400000 + tick * 1000, wrong ? lpush : get,
			 wrong ? "-WRONGTYPE Operation against a key\r\n" : "$1\r\nx\r\n");
}

static void put_others(struct buf *out, struct said *said, unsigned tick, u64 ns)
{
	put_call(out, said, FAR, ns, tick == 5 ? 3 * NSEC_PER_SEC : 40 * NSEC_PER_MSEC,
		 "POST /orders HTTP/1.1\r\nHost: orders\r\nContent-Length: 2\r\n\r\n{}",
		 tick == 6 ? "HTTP/1.1 503 Service Unavailable\r\n\r\n" : "HTTP/1.1 201 Created\r\n\r\n");
	put_call(out, said, UNKNOWN, ns, 2 * NSEC_PER_MSEC, "\x01\x02hello\n", "\x03\x04world\n");
}

void put_requests(struct buf *out, unsigned tick, u64 now_ns)
{
	const struct record_exchanges exchanges = {.on = 1};
	const struct record_beginnings beginnings = {.on = 1, .lost = tick > 6 ? 12 : 0};
	struct said said[SOCKETS];

	for (u64 id = 0; id < SOCKETS; id++)
		said[id] = (struct said){.turn = tick == 1 ? 0 : tick * 100, .seq = {tick * 10000, tick * 10000}};
	for (u64 id = WEB; id < SOCKETS; id++)
		put_made_socket(out, id, &sockets[id], now_ns);
	put_web(out, said, tick, now_ns - 900 * NSEC_PER_MSEC);
	put_cache(out, said, tick, now_ns - 800 * NSEC_PER_MSEC);
	put_others(out, said, tick, now_ns - 700 * NSEC_PER_MSEC);
	stream_put(out, RECORD_EXCHANGES, &exchanges);
	stream_put(out, RECORD_BEGINNINGS, &beginnings);
}

void put_markup_requests(struct buf *out, unsigned tick, u64 now_ns)
{
	const struct record_exchanges exchanges = {.on = 1};
	const struct record_beginnings beginnings = {.on = 1};
	struct said said[SOCKETS] = {
	    [CACHE_SERVER] = {.turn = tick == 1 ? 0 : tick * 100, .seq = {tick * 10000, tick * 10000}}};

	put_made_socket(out, CACHE_SERVER, &sockets[CACHE_SERVER], now_ns);
	put_call(out, said, CACHE_SERVER, now_ns - 900 * NSEC_PER_MSEC, 5 * NSEC_PER_MSEC,
		 "*2\r\n$3\r\nGET\r\n$34\r\n</script><script>owned=1</script>:\r\n", "$1\r\nx\r\n");
	stream_put(out, RECORD_EXCHANGES, &exchanges);
	stream_put(out, RECORD_BEGINNINGS, &beginnings);
}
