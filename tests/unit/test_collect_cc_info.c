/* BBR's own words out of its private state, by a layout that only BTF tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bpf/btf.h>
#include <string.h>

#include "cc_info.h"

/* As a kernel might have it: bw two words in, and the gains in the middle of a word. */
static struct btf *make_btf(bool with_gains)
{
	struct btf *b = btf__new_empty();
	int u32_id = btf__add_int(b, "unsigned int", 4, 0), sample, array, minmax;

	sample = btf__add_struct(b, "minmax_sample", 8);
	btf__add_field(b, "t", u32_id, 0, 0);
	btf__add_field(b, "v", u32_id, 32, 0);
	array = btf__add_array(b, u32_id, sample, 3);
	minmax = btf__add_struct(b, "minmax", 24);
	btf__add_field(b, "s", array, 0, 0);
	btf__add_struct(b, "bbr", 44);
	btf__add_field(b, "min_rtt_us", u32_id, 0, 0);
	btf__add_field(b, "bw", minmax, 64, 0);
	btf__add_field(b, "lt_use_bw", u32_id, 256 + 5, 1);
	btf__add_field(b, "lt_bw", u32_id, 288, 0);
	if (with_gains) {
		btf__add_field(b, "pacing_gain", u32_id, 320 + 3, 10);
		btf__add_field(b, "cwnd_gain", u32_id, 320 + 13, 10);
	}
	return b;
}

static void put(u8 *priv, size_t at, u32 v)
{
	memcpy(priv + at, &v, sizeof(v));
}

static void words_of(const struct record_info *info, u32 words[8])
{
	memcpy(words, info->cc_info, sizeof(info->cc_info));
}

static void test_values(void **state)
{
	struct btf *b = make_btf(true);
	u8 priv[CC_PRIV_BYTES] = {};
	struct record_info info = {};
	struct cc_bbr bbr;
	u32 words[8];

	assert_true(cc_bbr_layout(b, &bbr));
	put(priv, 0, 1234);
	put(priv, 8, 77);       /* when, not how much */
	put(priv, 12, 1 << 20); /* 1/16 segment a microsecond */
	put(priv, 36, 1 << 21);
	put(priv, 40, 739U << 3 | 512U << 13 | 7U);
	cc_bbr_fill(&bbr, priv, 1000, &info);
	assert_int_equal(info.cc_info_kind, CC_INFO_BBR);
	assert_int_equal(info.bbr_bw, 62500000);
	words_of(&info, words);
	assert_int_equal(words[0], 62500000);
	assert_int_equal(words[1], 0);
	assert_int_equal(words[2], 1234);
	assert_int_equal(words[3], 739);
	assert_int_equal(words[4], 512);
	/* The long-term estimate, where it is in use. */
	put(priv, 32, 1U << 5);
	cc_bbr_fill(&bbr, priv, 1000, &info);
	assert_int_equal(info.bbr_bw, 125000000);
	/* More than 32 bits of bytes a second, and more than 64 on the way there. */
	put(priv, 36, UINT32_MAX);
	cc_bbr_fill(&bbr, priv, 65535, &info);
	assert_true(info.bbr_bw == 16776959996093ULL);
	words_of(&info, words);
	assert_true(((u64)words[1] << 32 | words[0]) == info.bbr_bw);
	btf__free(b);
}

static void test_another_layout_is_not_guessed(void **state)
{
	struct btf *b = make_btf(false), *none = btf__new_empty();
	struct cc_bbr bbr;

	assert_false(cc_bbr_layout(b, &bbr));
	assert_false(cc_bbr_layout(none, &bbr));
	btf__free(b);
	btf__free(none);
}

static void test_others_tell_nothing(void **state)
{
	struct record_info info = {};
	struct cc_info c = {};
	u8 priv[CC_PRIV_BYTES] = {};

	cc_info_fill(&c, "cubic", priv, 1000, &info);
	assert_int_equal(info.cc_info_kind, CC_INFO_NONE);
	assert_false(c.bbr_tried);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_another_layout_is_not_guessed),
	    cmocka_unit_test(test_others_tell_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
