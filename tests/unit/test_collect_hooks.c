/* Which hooks are chosen, and what --without excludes. What this kernel lets attach is made up: the test replaces
 * probe.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "feature_table.h"
#include "probe.h"

int probe_hook(const struct btf *btf, enum hook_kind kind, const char *target, bool attach, char *reason, size_t size)
{
	return 0;
}

const char *probe_kind_name(enum hook_kind kind)
{
	return "kind";
}

int probe_function_args(const struct btf *btf, const char *function)
{
	return -1;
}

int probe_tracepoint_args(const struct btf *btf, const char *tracepoint)
{
	return -1;
}

struct choice {
	struct collect_options options;
	struct hooks hooks;
	int result;
};

/* Every hook attaches, but those of a kind that these words rule out. */
static void choose(struct choice *c, const char *const *words, size_t count)
{
	struct error err;

	*c = (struct choice){};
	c->options.without_count = count;
	for (size_t i = 0; i < count; i++)
		c->options.without[i] = words[i];
	hooks_init(&c->hooks, &c->options);
	c->hooks.types = btf__new_empty();
	assert_non_null(c->hooks.types);
	c->result = 0;
	for (enum hook_set set = 0; set < SET_COUNT; set++)
		if (hooks_choose(&c->hooks, set, &err) < 0)
			c->result = -1;
}

static const char *chosen(const struct choice *c, enum feature_id f)
{
	const char *target, *program;

	return hooks_each(&c->hooks, f, 0, &target, &program) ? target : "";
}

static bool any_of_kind(const struct choice *c, enum hook_kind kind)
{
	for (enum feature_id f = 0; f < FEATURE_COUNT; f++)
		if (!features[f].required && hooks_serves(&c->hooks, f, kind))
			return true;
	return false;
}

static void the_best_is_chosen(void **state)
{
	struct choice c;

	choose(&c, NULL, 0);
	assert_int_equal(c.result, 0);
	assert_true(hooks_serves(&c.hooks, FEATURE_UDP_SEND, HOOK_FEXIT));
	assert_string_equal(chosen(&c, FEATURE_UDP_SEND), "udp_sendmsg");
	hooks_deinit(&c.hooks);
}

static void without_rules_its_kinds_out(void **state)
{
	static const struct {
		const char *word;
		enum hook_kind kinds[2];
	} words[] = {{"fentry", {HOOK_FENTRY, HOOK_FEXIT}},
		     {"fexit", {HOOK_FENTRY, HOOK_FEXIT}},
		     {"kprobe", {HOOK_KPROBE, HOOK_KRETPROBE}},
		     {"tracepoint", {HOOK_TP_BTF, HOOK_RAW_TP}}};
	struct choice c;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		choose(&c, &words[i].word, 1);
		assert_int_equal(c.result, 0);
		assert_false(any_of_kind(&c, words[i].kinds[0]));
		assert_false(any_of_kind(&c, words[i].kinds[1]));
		hooks_deinit(&c.hooks);
	}
}

/* Required features are served all the same, and the others say why they are not. */
static void all_but_what_is_required(void **state)
{
	static const char *const words[] = {"fentry", "kprobe", "tracepoint"};
	struct choice c;

	choose(&c, words, 3);
	assert_int_equal(c.result, 0);
	for (enum feature_id f = 0; f < FEATURE_COUNT; f++)
		if (features[f].required)
			assert_true(hooks_has(&c.hooks, f));
	assert_false(hooks_has(&c.hooks, FEATURE_LOSS_DROP));
	assert_non_null(strstr(c.hooks.state[FEATURE_LOSS_DROP].reason, "ruled out by --without"));
	hooks_deinit(&c.hooks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_best_is_chosen),
	    cmocka_unit_test(without_rules_its_kinds_out),
	    cmocka_unit_test(all_but_what_is_required),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
