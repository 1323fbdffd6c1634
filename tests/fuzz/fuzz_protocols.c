/* Fuzzes what connections say, in every protocol: pieces of hostile bytes, each behind a byte that says whose it is and
 * two that say how long. What is told is printable and ends. The seeds are the conversations of tests/conversations. */
#include <string.h>

#include "conversation_file.h"
#include "fuzz.h"
#include "text.h"

enum { ANSWER = 1, CUT = 2, MISSED = 4, DATAGRAMS = 8, OLDER = 16 };

static void check_text(const char *text, size_t room)
{
	char clean[1024];

	check(strnlen(text, room) < room);
	text_clean(clean, sizeof(clean), text, room);
	check(strcmp(clean, text) == 0);
}

static void told(void *context, const struct call *call)
{
	unsigned *calls = context;

	check_text(call->name, sizeof(call->name));
	check_text(call->shown, sizeof(call->shown));
	check_text(call->host, sizeof(call->host));
	check_text(call->status, sizeof(call->status));
	/* Each takes a byte at least. */
	check((*calls)-- > 0);
}

static void feed(struct conversation *c, unsigned how, const uint8_t *data, size_t len)
{
	/* Of exactly these bytes, so that what is read beyond them is noticed. */
	uint8_t *copy = malloc(len ? len : 1);
	unsigned calls = (unsigned)len;
	struct call_sink sink = {told, &calls};
	struct piece p = {copy, (u32)len, how & MISSED ? PIECE_UNKNOWN : 0, how & CUT};

	check(copy);
	if (len)
		memcpy(copy, data, len);
	(how & ANSWER ? conversation_answer : conversation_request)(c, &p, &sink);
	check_text(conversation_subject(c), 512);
	check(conversation_word(c)[0]);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned flags = size ? data[0] : 0;
	struct conversation *c = conversation_new((flags & DATAGRAMS ? CONVERSATION_DATAGRAMS : 0U) |
						  (flags & OLDER ? CONVERSATION_OLDER : 0U));

	check(c);
	while (size >= 3) {
		size_t len = (size_t)data[1] << 8 | data[2];

		len = len < size - 3 ? len : size - 3;
		feed(c, data[0], data + 3, len);
		data += 3 + len;
		size -= 3 + len;
	}
	conversation_free(c);
	return 0;
}

bool fuzz_seed(unsigned i, struct buf *out)
{
	struct conversation_file f;

	if (!conversation_file_read(&f, CONVERSATIONS, i))
		return false;
	for (u32 k = 0; k < f.count; k++) {
		const struct said *s = &f.said[k];
		size_t len = buf_len(&s->bytes);

		buf_putc(out, (char)((s->answer ? ANSWER : 0) | (s->cut ? CUT : 0) | (s->missed ? MISSED : 0) |
				     (f.flags & CONVERSATION_DATAGRAMS ? DATAGRAMS : 0) |
				     (f.flags & CONVERSATION_OLDER ? OLDER : 0)));
		buf_putc(out, (char)(len >> 8));
		buf_putc(out, (char)len);
		buf_put(out, buf_at(&s->bytes), len);
	}
	conversation_file_deinit(&f);
	return true;
}
