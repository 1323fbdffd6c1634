/* A crawler that runs out of ports, a web server whose pages ask a database over loopback, and a container that is
 * reached by a veth pair. */
#include "local_recording.h"

#include <string.h>

#include "clock.h"

#define HOST 4026531840U
#define CONTAINER 4026532500U
#define CRAWLED 60 /* connections of the crawler in the first tick; two more with each */
#define WAITING 24 /* … that it has closed */

enum { FIRST_CRAWLED = 1000, FIRST_WAITING = 2000, FIRST_ASKED = 3000, FIRST_ANSWERED = 3100, FIRST_OTHER = 4000 };

static struct record_socket with_owner(const struct record_socket *sample, u64 id, u32 pid, const char *comm)
{
	struct record_socket s = *sample;

	s.id = id;
	s.pid = pid;
	s.tx_bytes = s.rx_bytes / 4;
	memset(s.comm, 0, sizeof(s.comm));
	memcpy(s.comm, comm, MIN(strlen(comm), sizeof(s.comm) - 1));
	return s;
}

static void set_ends(struct record_socket *s, enum sock_dir dir, const u8 from[4], u16 lport, const u8 to[4], u16 rport)
{
	s->dir = (u8)dir;
	memcpy(s->laddr, from, 4);
	memcpy(s->raddr, to, 4);
	s->lport = lport;
	s->rport = rport;
}

/* A minisock: nobody holds it, and it counts nothing. It was there before the first tick. */
static void set_waiting(struct record_socket *s)
{
	s->state = STATE_TIME_WAIT;
	s->has = HAS_REMOTE | HAS_STATE_TIME;
	s->state_ns = 1;
	s->rx_bytes = s->tx_bytes = 0;
}

static const u8 here[4] = {10, 0, 0, 5}, site[4] = {192, 0, 2, 1}, loopback[4] = {127, 0, 0, 1},
		inside[4] = {172, 17, 0, 2}, bridge[4] = {172, 17, 0, 1};

static void put_crawler(struct buf *out, unsigned tick, const struct record_socket *sample)
{
	for (unsigned i = 0; i < CRAWLED + 2 * (tick - 1); i++) {
		struct record_socket s = with_owner(sample, FIRST_CRAWLED + i, i % 8 ? 300 : 301, "crawler");

		set_ends(&s, DIR_OUT, here, (u16)(40000 + i), site, 443);
		if (i >= CRAWLED) {
			s.has |= HAS_BIRTH;
			s.birth_ns = sample->sample_ns - (tick - 2 - (i - CRAWLED) / 2) * NSEC_PER_SEC;
		}
		stream_put(out, RECORD_SOCKET, &s);
	}
	for (unsigned i = 0; i < WAITING; i++) {
		struct record_socket s = *sample;

		s.id = FIRST_WAITING + i;
		set_waiting(&s);
		set_ends(&s, DIR_UNKNOWN, here, (u16)(40095 + i), site, 443);
		stream_put(out, RECORD_SOCKET, &s);
	}
}

/* Pages and their database: both ends are here. Two have closed. */
static void put_database(struct buf *out, const struct record_socket *sample)
{
	for (unsigned i = 0; i < 5; i++) {
		struct record_socket asks = with_owner(sample, FIRST_ASKED + i, 902, "php-fpm8.2");
		struct record_socket answers = with_owner(sample, FIRST_ANSWERED + i, 8841, "postgres");

		set_ends(&asks, DIR_OUT, loopback, (u16)(40050 + i), loopback, 5432);
		set_ends(&answers, DIR_IN, loopback, 5432, loopback, (u16)(40050 + i));
		if (i < 3) {
			stream_put(out, RECORD_SOCKET, &asks);
			stream_put(out, RECORD_SOCKET, &answers);
			continue;
		}
		set_waiting(&asks);
		stream_put(out, RECORD_SOCKET, &asks);
	}
}

static void put_container(struct buf *out, const struct record_socket *sample)
{
	struct record_socket asks = with_owner(sample, FIRST_OTHER, 902, "php-fpm8.2");
	struct record_socket answers = with_owner(sample, FIRST_OTHER + 1, 7001, "redis-server");
	struct record_socket out6 = with_owner(sample, FIRST_OTHER + 2, 7001, "redis-server");

	set_ends(&asks, DIR_OUT, bridge, 40060, inside, 6379);
	set_ends(&answers, DIR_IN, inside, 6379, bridge, 40060);
	answers.netns = CONTAINER;
	stream_put(out, RECORD_SOCKET, &asks);
	stream_put(out, RECORD_SOCKET, &answers);
	out6.netns = CONTAINER;
	out6.dir = DIR_OUT;
	out6.family = 6;
	memcpy(out6.laddr, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x05", 16);
	memcpy(out6.raddr, "\x20\x01\x0d\xb8\0\x17\0\x03\0\0\0\0\0\0\0\x09", 16);
	out6.lport = 50000;
	out6.rport = 6380;
	stream_put(out, RECORD_SOCKET, &out6);
}

void put_local_names(struct buf *out)
{
	struct record_name name = {.kind = NAME_NETNS, .key = CONTAINER};

	strcpy((char *)name.text, "redis");
	stream_put(out, RECORD_NAME, &name);
	stream_put(out, RECORD_PORTS,
		   &(struct record_ports){
		       .netns = HOST, .kept = 5, .reuse_delay_ms = 1000, .first = 40000, .last = 40124, .reuse = 2});
}

void put_local(struct buf *out, unsigned tick, const struct record_socket *sample)
{
	put_crawler(out, tick, sample);
	put_database(out, sample);
	put_container(out, sample);
}
