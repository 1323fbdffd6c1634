/* Fuzzes a line of a prompt: completion at any place of any text finds a place within it, offers words that begin with
 * what stands there, and what is kept of lines is what was typed. */
#include <string.h>
#include <strings.h>

#include "fuzz.h"
#include "history.h"

static const char *name_at(void *ctx, size_t i)
{
	static const char *const names[] = {"state", "comm", "rtt_us", "cgroup"};

	(void)ctx;
	return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

static void values_of(void *ctx, const char *column, struct complete *c)
{
	(void)ctx;
	check(strlen(column) < 64);
	complete_offer(c, "nginx");
	complete_offer(c, "\"a b\"");
	complete_offer(c, "網路");
	complete_offer(c, column);
}

static void complete_at_all_places(const char *text, size_t size)
{
	static const char *const words[] = {"src", "exclude", NULL}, *const states[] = {"connected", NULL};
	const struct complete_source source = {name_at, values_of, words, states, NULL};
	struct complete c;

	for (size_t cursor = 0; cursor <= size; cursor++) {
		complete_filter(&source, text, cursor, &c);
		check(c.from <= cursor && c.count <= COMPLETE_MAX);
		for (size_t i = 0; i < c.count; i++) {
			const char *word = complete_at(&c, i);

			check(complete_common(&c) <= strlen(word));
			word += *word == '"' && *c.prefix != '"';
			check(strncasecmp(word, c.prefix, strlen(c.prefix)) == 0);
		}
	}
}

static int accept_all(void *ctx, const char *text, struct query_error *err)
{
	(void)ctx;
	(void)text;
	(void)err;
	return 0;
}

static void complete_text(void *ctx, const char *text, size_t cursor, struct complete *c)
{
	(void)ctx;
	complete_filter(&(const struct complete_source){name_at, values_of, NULL, NULL, NULL}, text, cursor, c);
}

/* Every byte is a key; the bytes that are no characters are the keys that move and complete. */
static void type(const uint8_t *data, size_t size)
{
	static const uint32_t keys[] = {K_TAB,  K_LEFT, K_RIGHT,  K_UP,        K_DOWN,
					K_HOME, K_END,  K_DELETE, K_BACKSPACE, 0x7db2};
	static const struct prompt_ops ops = {.accept = accept_all, .complete = complete_text};
	struct prompt_history history = {};
	struct prompt p;

	prompt_open(&p, "filter", NULL, "", &ops, NULL, &history);
	for (size_t i = 0; i < size && p.open; i++) {
		prompt_key(&p, data[i] < 0x80 ? data[i] : keys[data[i] % ARRAY_SIZE(keys)]);
		check(p.cursor <= p.len && p.len <= PROMPT_MAX && p.text[p.len] == '\0');
	}
	prompt_history_add(&history, p.text);
	check(strcmp(prompt_history_last(&history), p.text) == 0);
	prompt_history_deinit(&history);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);

	type(data, size);
	complete_at_all_places(text, MIN(strlen(text), (size_t)400));
	return 0;
}
