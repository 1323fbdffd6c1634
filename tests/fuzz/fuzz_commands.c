/* Fuzzes what the reader may send to the collector: whatever bytes come, also in pieces, an interval stays within its
 * bounds, and a broken stream is reported in one printable line. */
#include <string.h>

#include "clock.h"
#include "commands.h"
#include "fuzz.h"

/* Large: one for all inputs. */
static struct collector collector;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct collector *c = &collector;
	struct commands r = {};
	bool whole = true, tick;

	check(commands_init(&r) == 0);
	c->interval_ns = NSEC_PER_SEC;
	c->why[0] = '\0';
	/* The first byte says how large the pieces are. */
	for (size_t at = 1; whole && at < size;) {
		size_t n = MIN(size - at, (size_t)data[0] + 1);

		buf_put(&r.in, data + at, n);
		whole = commands_decode(&r, c, &tick);
		at += n;
	}
	check(c->interval_ns >= COLLECT_INTERVAL_MIN_NS && c->interval_ns <= COLLECT_INTERVAL_MAX_NS);
	check(whole == !*c->why && memchr(c->why, '\0', sizeof(c->why)) && !strpbrk(c->why, "\n\r\033"));
	commands_deinit(&r);
	return 0;
}

bool fuzz_seed(unsigned i, struct buf *out)
{
	if (i > 2)
		return false;
	buf_putc(out, i == 1 ? 0 : (char)200);
	stream_open(out);
	for (u64 kind = 0; kind < 9; kind++)
		stream_put(out, RECORD_COMMAND,
			   &(struct record_command){.kind = kind, .value = i == 2 ? ~0ULL >> kind : kind * 1000});
	return true;
}
