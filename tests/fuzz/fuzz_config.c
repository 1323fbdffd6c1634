/* Fuzzes config.ini: whatever bytes come, remarks are printable, every setting that is there is found, what was not
 * understood is written back as it was, and a setting that is made is read again. */
#include <string.h>

#include "fuzz.h"
#include "ini.h"
#include "key.h"

static void check_notes(const struct notes *n)
{
	for (unsigned i = 0; i < MIN(n->count, NOTES_KEPT); i++) {
		char clean[sizeof(n->text[0])];

		check(memchr(n->text[i], '\0', sizeof(n->text[i])));
		text_clean(clean, sizeof(clean), n->text[i], strlen(n->text[i]));
		check(strcmp(clean, n->text[i]) == 0);
	}
}

/* Each pair that was read: its value is that of the last line with its name. */
static void read_pairs(const struct ini *ini)
{
	for (size_t i = 0; i < ini->count; i++) {
		const struct ini_line *l = &ini->lines[i];
		size_t line = 0;

		check(l->text && l->section);
		if (!l->key)
			continue;
		check(l->value && ini_get(ini, l->section, l->key, &line) && line >= i + 1 && line <= ini->count);
		(void)key_parse(l->value);
	}
}

static void write_and_read(struct ini *ini)
{
	cleanup_buf struct buf once = {}, twice = {};
	struct ini again = {};

	check(ini_set(ini, "screen", "sort", "rtt:desc") == 0);
	ini_write(ini, &once);
	buf_putc(&once, '\0');
	check(ini_parse(&again, "again", (const char *)buf_at(&once), buf_len(&once) - 1, NULL) == 0);
	check(strcmp(ini_get(&again, "screen", "sort", NULL), "rtt:desc") == 0);
	ini_write(&again, &twice);
	buf_putc(&twice, '\0');
	check(buf_len(&once) == buf_len(&twice) && memcmp(buf_at(&once), buf_at(&twice), buf_len(&once)) == 0);
	ini_deinit(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text =
	    fuzz_text(data, size); /* strndup() of what is not terminated is an error to a strict sanitizer */
	struct notes notes = {};
	struct ini ini = {};

	check(ini_parse(&ini, "config.ini", text, size, &notes) == 0);
	check_notes(&notes);
	read_pairs(&ini);
	write_and_read(&ini);
	ini_deinit(&ini);
	return 0;
}
