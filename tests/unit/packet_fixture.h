/* A store of packets for a test: in with put(), out with at() and marks(). Include after cmocka. */
#pragma once

#include "packet_make.h"

static inline int packets_setup(void **state)
{
	return packets_new((struct packets **)state);
}

static inline int packets_teardown(void **state)
{
	packets_free(*state);
	return 0;
}

static inline void put(struct packets *p, struct record_packet r)
{
	assert_int_equal(packets_take(p, &r), 0);
}

static inline const struct packet *at(struct packets *p, size_t i)
{
	packets_settle(p);
	assert_true(i < packets_count(p));
	return packets_at(p, i);
}

static inline u8 marks(struct packets *p, size_t i)
{
	return at(p, i)->marks & (u8) ~(PACKET_HAS_SEQ | PACKET_HAS_ACK);
}

#define PACKETS_TEST(f) cmocka_unit_test_setup_teardown(f, packets_setup, packets_teardown)
