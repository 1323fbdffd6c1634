/* Any bytes as traced packets: taken in, sorted, marked, decoded and put into words. The input is a run of packets: a
 * byte that says how much of the record the wire's bytes replace, and those bytes. */
#include <string.h>

#include "fuzz.h"
#include "model.h"
#include "packet_decode.h"
#include "packets.h"
#include "text.h"
#include "packet_table.h"

#define HEAD 64 /* bytes of the record that the input sets, besides the packet's own */

static void line(void *ctx, const char *title, const char *name, const char *value)
{
	char clean[PACKET_TEXT];

	check(*title && *name && strlen(value) < PACKET_TEXT);
	text_clean(clean, sizeof(clean), value, strlen(value));
	check(strcmp(clean, value) == 0);
	++*(unsigned *)ctx;
}

static void read_words(const struct model *m, const struct packet *p)
{
	char text[PACKET_TEXT], clean[2 * PACKET_TEXT];
	struct packet_times t;
	unsigned lines = 0;

	packet_times(&p->r, &t);
	check(!(t.known & t.merged) && t.known < 1U << PACKET_PARTS);
	table_each (&packet_table, c)
		check(column_print(c, m, p, text, sizeof(text)) == strlen(text));
	check(packet_note(m, p, text, sizeof(text)) == strlen(text));
	text_clean(clean, sizeof(clean), text, sizeof(text));
	check(strcmp(clean, text) == 0);
	check(packet_comment(m, p, text, sizeof(text)) == strlen(text));
	packet_note(m, p, text, 9);
	check(strlen(text) < 9);
	packet_decode(p->r.data, p->r.captured, line, &lines);
	check(lines < 200);
}

/* The headers lie within what there is, however short it is cut. */
static void read_headers(const uint8_t *data, size_t len)
{
	struct packet_headers h;

	packet_headers(data, len, &h);
	check(h.transport <= len && h.payload <= len && packet_headers_len(data, len) <= len);
	check(!h.payload || h.payload > h.transport);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const u8 protocols[8] = {17, 6, 6, 6, 1, 6, 58, 1};
	struct packets *store;
	struct model *m;
	struct record rec;

	read_headers(data, size);
	if (model_new(&m) < 0)
		return 0;
	store = model_packets(m);
	packets_keep(store, 5);
	packets_keep_payload(store, size % 2);
	while (size > HEAD) {
		struct record_packet r = {.id = 1 + data[0] % 3};
		size_t n = size - HEAD < PACKET_DATA ? size - HEAD : PACKET_DATA;

		/* The numbers, flags and stamps, then the bytes of the wire. */
		memcpy((u8 *)&r + 8, data, HEAD - 24);
		memcpy(&r.seq, data + HEAD - 24, 8);
		memcpy(&r.echo_id, data + HEAD - 20, 4);
		memcpy(&r.flags, data + HEAD - 16, 6);
		memcpy(&r.payload, data + HEAD - 8, 8);
		memcpy(r.data, data + HEAD, n);
		r.captured = (u32)n;
		r.proto = protocols[data[1] % 8];
		if (data[0] % 5 == 4)
			r.id = ECHO_ID;
		rec = (struct record){.kind = RECORD_PACKET, .data = &r};
		check(model_apply(m, &rec, NULL) == 0);
		data += HEAD + n;
		size -= HEAD + n;
	}
	packets_settle(store);
	for (size_t i = 0; i < packets_count(store); i++) {
		check(!i || packets_at(store, i - 1)->r.time_ns <= packets_at(store, i)->r.time_ns);
		read_words(m, packets_at(store, i));
	}
	model_free(m);
	return 0;
}

/* -- seeds --------------------------------------------------------------------------------------------------------- */

bool fuzz_seed(unsigned i, struct buf *out)
{
	static const u8 v4[] = {0x46, 0, 0, 64,   0,   1,  0x40, 0, 64, 6, 0, 0, 10, 0,  0,    1,    10, 0, 0, 2, 1, 1,
				1,    0, 1, 187,  195, 80, 0,    0, 0,  1, 0, 0, 0,  2,  0xa0, 0x12, 1,  0, 0, 0, 0, 0,
				2,    4, 5, 0xb4, 5,   10, 0,    0, 0,  9, 0, 0, 0,  19, 8,    10,   0,  0, 0, 1};
	static const u8 v6[] = {0x60, 0,         0, 0, 0,   40,  0,   64,  [8] = 0x20, [24] = 0x20, [40] = 44, 1, 1,
				4,    [48] = 17, 0, 0, 1,   0,   0,   0,   9,          19,          136,       0, 53,
				0,    20,        0, 0, 'G', 'E', 'T', ' ', '/',        13,          10};
	static const u8 echo[] = {0x45, 0, 0,  32, 0, 1, 0, 0, 64, 1, 0,  0,   10, 0,
				  0,    1, 10, 0,  0, 2, 8, 0, 0,  0, 18, 103, 0,  1};
	u8 head[HEAD] = {1, 1};

	if (i > 2)
		return false;
	if (i == 2) {
		/* A request that was sent, and its reply: flags, family, type. */
		for (u8 k = 0; k < 2; k++) {
			u8 bytes[PACKET_DATA] = {0};

			head[0] = head[1] = 4;
			head[8] = head[16] = (u8)(k + 1);
			head[48] = !k;
			head[51] = 4;
			head[53] = k ? 0 : 8;
			memcpy(bytes, echo, sizeof(echo));
			buf_put(out, head, sizeof(head));
			buf_put(out, bytes, sizeof(bytes));
		}
		return true;
	}
	for (u8 k = 0; k < 4; k++) {
		const u8 *wire = (i + k) % 2 ? v6 : v4;
		size_t len = (i + k) % 2 ? sizeof(v6) : sizeof(v4);
		u8 bytes[PACKET_DATA] = {0};

		memcpy(bytes, wire, len);
		head[8] = head[41] = k;
		buf_put(out, head, sizeof(head));
		buf_put(out, bytes, k < 3 ? sizeof(bytes) : len);
	}
	return true;
}
