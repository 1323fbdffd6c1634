/* Fuzzes what a terminal sends: whatever bytes come, every key has a name, none is made of a sequence's inside, the
 * same keys come of bytes one by one as of all at once, and in the end nothing is left to wait for. */
#include <string.h>

#include "fuzz.h"
#include "input.h"

#define LATE 100000000000ULL /* ns; longer than anything is waited for */

static void take_keys(struct input *in, uint64_t now, struct buf *keys)
{
	struct mouse m = {};
	uint32_t key;

	while (input_next(in, now, &key, &m)) {
		char name[KEY_NAME_MAX];

		if (key == K_NONE)
			continue;
		check(key <= K_LAST && !(key >= 0x80 && key < 0xa0));
		key_text(name, key);
		check(*name);
		if (key == K_MOUSE)
			check(m.x >= 0 && m.y >= 0 && m.kind <= MOUSE_WHEEL_DOWN);
		buf_put(keys, &key, sizeof(key));
	}
}

static void feed(const uint8_t *data, size_t size, size_t piece, unsigned kind, struct buf *keys)
{
	struct input in = {.utf8 = kind & 1, .x10_mouse = kind & 2};

	input_name(&in, K_UP, "\033[11^");
	while (size) {
		size_t room, n;
		void *to = input_room(&in, &room);

		n = MIN(MIN(room, piece), size);
		check(n);
		memcpy(to, data, n);
		data += n;
		size -= n;
		input_came(&in, n, 1);
		take_keys(&in, 1, keys);
	}
	for (int i = 0; i < INPUT_ROOM && input_wait_ms(&in, LATE) >= 0; i++)
		take_keys(&in, LATE, keys);
	check(input_wait_ms(&in, LATE) == -1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_buf struct buf whole = {}, pieces = {};

	if (!size)
		return 0;
	feed(data + 1, size - 1, INPUT_ROOM, *data, &whole);
	feed(data + 1, size - 1, 1, *data, &pieces);
	check(buf_len(&whole) == buf_len(&pieces));
	check(!buf_len(&whole) || memcmp(buf_at(&whole), buf_at(&pieces), buf_len(&whole)) == 0);
	return 0;
}
