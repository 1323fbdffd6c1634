/* From the kernel's losses to the stream's: conversion, and functions found in the text of kallsyms. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "loss_convert.h"
#include "reasons.h"
#include "retransmit.h"
#include "symbols.h"

static char kallsyms[] = "ffffffff81000000 T _stext\n"
			 "ffffffff81000100 t nf_hook_slow\n"
			 "ffffffff81000180 D some_data\n"
			 "ffffffff81000200 T sk_stream_kill_queues\n"
			 "ffffffff81000300 T tcp_v4_rcv\n"
			 "garbage\n"
			 "ffffffff\n"
			 "\n"
			 "0000000000000000 T hidden\n"
			 "ffffffffc0001000 t nft_do_chain\t[nf_tables]\n"
			 "ffffffff81000380 W late_and_unsorted\n";

struct heard {
	u64 address[8];
	char text[8][RECORD_NAME_LEN];
	size_t count;
};

static void hear(void *context, u64 address, const char *text)
{
	struct heard *h = context;

	assert_true(h->count < 8);
	h->address[h->count] = address;
	strcpy(h->text[h->count++], text);
}

static void resolve(struct symbols *s, struct heard *h, char *text)
{
	FILE *f = fmemopen(text, strlen(text), "r");

	assert_non_null(f);
	h->count = 0;
	symbols_resolve_from(s, f, hear, h);
	fclose(f);
}

static void functions_are_found(void **state)
{
	char nothing[] = "\n";
	struct symbols s = {};
	struct heard h;

	symbols_want(&s, 0xffffffff81000190); /* behind data, still in the function before it */
	symbols_want(&s, 0xffffffff81000190);
	symbols_want(&s, 0xffffffffc0001010);
	symbols_want(&s, 0xffffffff81000300); /* the return address of a call at the end of the function before */
	symbols_want(&s, 0xffffffff81000390);
	symbols_want(&s, 0xffffffff90000000); /* far from everything */
	symbols_want(&s, 0);
	resolve(&s, &h, kallsyms);
	assert_int_equal(h.count, 4);
	assert_string_equal(h.text[0], "nf_hook_slow+0x90");
	assert_string_equal(h.text[1], "sk_stream_kill_queues+0x100");
	assert_string_equal(h.text[2], "late_and_unsorted+0x10");
	assert_string_equal(h.text[3], "nft_do_chain+0x10 [nf_tables]");
	assert_int_equal(symbols_kind(&s, 0xffffffff81000190), SYMBOL_FUNCTION);
	assert_int_equal(symbols_kind(&s, 0xffffffff81000300), SYMBOL_NO_LOSS);
	assert_int_equal(symbols_kind(&s, 0xffffffff90000000), SYMBOL_UNNAMED);
	/* The kernel's own functions need no second look at the file, also those that are not in order there. */
	symbols_want(&s, 0xffffffff81000191);
	symbols_want(&s, 0xffffffff81000392);
	symbols_want(&s, 0xffffffffc0001012);
	resolve(&s, &h, nothing);
	assert_int_equal(h.count, 2);
	assert_string_equal(h.text[0], "nf_hook_slow+0x91");
	assert_string_equal(h.text[1], "late_and_unsorted+0x12");
	assert_int_equal(symbols_kind(&s, 0xffffffffc0001012), SYMBOL_UNNAMED);
	/* Each is asked for once, found or not. */
	symbols_want(&s, 0xffffffff81000190);
	symbols_want(&s, 0xffffffff90000000);
	assert_int_equal(s.wanted_count, 0);
	symbols_deinit(&s);
}

static void addresses_are_bounded(void **state)
{
	struct symbols s = {};

	for (u64 i = 1; i <= SYMBOLS_MAX + 100; i++)
		symbols_want(&s, 0xffffffff80000000 + i);
	assert_int_equal(s.wanted_count, SYMBOLS_MAX);
	symbols_deinit(&s);
}

static void fields_are_converted(void **state)
{
	const struct abi_loss a = {
	    .time_ns = 5,
	    .cookie = 0x1234,
	    .location = 7,
	    .stack = {1, 2, 7, 8},
	    .laddr = {10, 0, 0, 1},
	    .raddr = {10, 0, 0, 2},
	    .netns = 99,
	    .reason = 12,
	    .seq = 1,
	    .end_seq = 2,
	    .cwnd = 7,
	    .prior_cwnd = 14,
	    .ssthresh = 7,
	    .ifindex = 3,
	    .length = 1500,
	    .lport = 80,
	    .rport = 5000,
	    .segments = 2,
	    .flags = ABI_LOSS_SOCKET | ABI_LOSS_REASON,
	    .kind = ABI_DROP,
	    .family = AF_INET,
	    .protocol = IPPROTO_TCP,
	    .state = 1,
	    .ca_state = 3,
	    .tcp_flags = TCP_PSH | TCP_ACK,
	};
	struct record_loss r;

	loss_convert(&a, 2, &r);
	assert_int_equal(r.id, 0x1234 | 2ULL << 56);
	assert_int_equal(r.kind, LOSS_DROP);
	assert_int_equal(r.flags, LOSS_SOCKET | LOSS_REASON);
	assert_int_equal(r.family, 4);
	assert_int_equal(r.cwnd_before, 14);
	assert_int_equal(r.stack[0], 7); /* what is above it is the tracepoint's own */
	assert_int_equal(r.stack[1], 8);
	assert_int_equal(r.stack[2], 0);
	assert_int_equal(r.raddr[3], 2);
	assert_int_equal(r.time_ns, 5);
	assert_int_equal(r.segments, 2);
	assert_int_equal(r.length, 1500);
	assert_int_equal(r.tcp_flags, 0x18);
}

static void mapped_addresses_are_ipv4(void **state)
{
	struct abi_loss a = {.family = AF_INET6,
			     .laddr = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1},
			     .raddr = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 2}};
	struct record_loss r;

	loss_convert(&a, 0, &r);
	assert_int_equal(r.family, 4);
	assert_memory_equal(r.laddr, ((u8[]){10, 0, 0, 1, 0, 0, 0, 0}), 8);
	a.laddr[0] = a.raddr[0] = 0x20;
	loss_convert(&a, 0, &r);
	assert_int_equal(r.family, 6);
	assert_int_equal(r.laddr[15], 1);
	a.family = 0;
	loss_convert(&a, 0, &r);
	assert_int_equal(r.family, 0);
	assert_int_equal(r.id, 0); /* a socket without a cookie is named by its addresses */
}

static void causes_of_retransmits(void **state)
{
	static const u8 none = 0, retrans = 1, probe = 5, reorder = 6;

	assert_int_equal(retransmit_cause(true, CA_LOSS, retrans), RETRANSMIT_SYN);
	for (u8 ca = CA_OPEN; ca < CA_RECOVERY; ca++)
		assert_int_equal(retransmit_cause(false, ca, probe), RETRANSMIT_TLP);
	/* The timer is still pending, but it is recovery that sends. */
	assert_int_equal(retransmit_cause(false, CA_RECOVERY, probe), RETRANSMIT_FAST);
	assert_int_equal(retransmit_cause(false, CA_LOSS, probe), RETRANSMIT_RTO);
	assert_int_equal(retransmit_cause(false, CA_LOSS, none), RETRANSMIT_RTO);
	assert_int_equal(retransmit_cause(false, CA_RECOVERY, reorder), RETRANSMIT_FAST);
	assert_int_equal(retransmit_cause(false, CA_OPEN, retrans), RETRANSMIT_FAST);
}

/* A failed retransmit (6.17): with these the segment did not leave TCP, and is in no counter of the kernel's. */
static void retransmits_that_were_not_tried(void **state)
{
	static const int not_tried[] = {-EBUSY, -EAGAIN, -EINVAL, -ENOMEM, -EHOSTUNREACH};
	static const int sent[] = {0, -EPERM, -ENOBUFS, 1 /* NET_XMIT_DROP */};

	for (size_t i = 0; i < sizeof(not_tried) / sizeof(*not_tried); i++)
		assert_true(retransmit_was_not_tried(not_tried[i]));
	for (size_t i = 0; i < sizeof(sent) / sizeof(*sent); i++)
		assert_false(retransmit_was_not_tried(sent[i]));
}

/* Numbers differ from kernel to kernel: they are taken from its types, by name. */
static void reasons_have_their_classes(void **state)
{
	static const struct {
		const char *name;
		enum reason_class class;
	} known[] = {
	    {"SKB_NOT_DROPPED_YET", REASON_NO_DROP},           {"SKB_CONSUMED", REASON_NO_DROP},
	    {"SKB_DROP_REASON_NOT_SPECIFIED", REASON_LOSS},    {"SKB_DROP_REASON_TCP_OLD_DATA", REASON_UNMISSED},
	    {"SKB_DROP_REASON_TCP_OFOMERGE", REASON_UNMISSED}, {"SKB_DROP_REASON_TCP_OVERWINDOW", REASON_LOSS},
	    {"SKB_DROP_REASON_QUEUE_PURGE", REASON_PURGED},    {"SKB_DROP_REASON_OF_A_LATER_KERNEL", REASON_LOSS}};
	const size_t count = sizeof(known) / sizeof(*known);
	struct btf *btf = btf__new_empty();
	struct reasons *r;
	u64 set = 0;

	assert_true(btf__add_enum(btf, "skb_drop_reason", 4) > 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(btf__add_enum_value(btf, known[i].name, 10 + (s64)i), 0);
	r = reasons_new(btf);
	btf__free(btf);
	for (size_t i = 0; i < count; i++)
		if (reasons_class(r, 10 + (u32)i) != known[i].class)
			fail_msg("%s: %d", known[i].name, reasons_class(r, 10 + (u32)i));
	assert_int_equal(reasons_class(r, 10 + (u32)count), REASON_LOSS);
	reasons_set(r, REASON_UNMISSED, &set, 64);
	assert_true(set == (3ULL << 13));
	reasons_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(functions_are_found),        cmocka_unit_test(addresses_are_bounded),
	    cmocka_unit_test(fields_are_converted),       cmocka_unit_test(mapped_addresses_are_ipv4),
	    cmocka_unit_test(causes_of_retransmits),      cmocka_unit_test(retransmits_that_were_not_tried),
	    cmocka_unit_test(reasons_have_their_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
