/* Any bytes as traced packets, written as pcapng: the file is whole. Its blocks follow each other to the end, each says
 * its length twice, its options end within it, and each packet belongs to an interface that was described before. The
 * input is a run of packets: some of the record's own bytes, then the wire's. */
#include <string.h>

#include "fuzz.h"
#include "model.h"
#include "pcapng.h"

#define HEAD 32 /* bytes of the record that the input sets */

static u32 get32(const u8 *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static u16 get16(const u8 *p)
{
	u16 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void check_options(const u8 *p, const u8 *end)
{
	while (p < end) {
		u16 code, len;

		check(end - p >= 4);
		code = get16(p);
		len = get16(p + 2);
		check(p + 4 + (len + 3U) / 4 * 4 <= end);
		p += 4 + (len + 3U) / 4 * 4;
		if (!code)
			break;
	}
	check(p == end);
}

/* Where the options of a block begin. */
static size_t fixed(u32 type, const u8 *p, u32 len, u32 interfaces)
{
	switch (type) {
	case 0x0a0d0d0a: check(get32(p + 8) == 0x1a2b3c4d); return 24;
	case 1: return 16;
	case 6:
		check(get32(p + 8) < interfaces && get32(p + 20) <= get32(p + 24));
		check(28 + get32(p + 20) <= len);
		return 28 + (get32(p + 20) + 3U) / 4 * 4;
	default: abort();
	}
}

static void check_file(const u8 *p, size_t size, u32 wanted)
{
	u32 interfaces = 0, packets = 0;

	for (size_t at = 0; at < size;) {
		u32 type, len;

		check(size - at >= 12);
		type = get32(p + at);
		len = get32(p + at + 4);
		check(len >= 12 && len % 4 == 0 && len <= size - at && get32(p + at + len - 4) == len);
		check(at == 0 ? type == 0x0a0d0d0a : type != 0x0a0d0d0a);
		check_options(p + at + fixed(type, p + at, len, interfaces), p + at + len - 4);
		interfaces += type == 1;
		packets += type == 6;
		at += len;
	}
	check(packets == wanted);
}

static void put_packets(struct model *m, const u8 *data, size_t size)
{
	while (size > HEAD) {
		struct record_packet r = {.id = 1, .family = data[0] % 2 ? 4 : 6, .proto = IPPROTO_TCP};
		size_t n = MIN(size - HEAD, (size_t)data[0] % (PACKET_DATA + 1));
		struct record rec = {.kind = RECORD_PACKET, .data = &r};

		memcpy(&r.number, data + 1, 8);
		memcpy(&r.time_ns, data + 9, 8);
		memcpy(&r.ifindex, data + 17, 4);
		memcpy(&r.netns, data + 21, 1);
		memcpy(&r.frame, data + 22, 4);
		memcpy(&r.flags, data + 26, 4);
		memcpy(r.data, data + HEAD, n);
		/* From another collector: it may claim more than there is room for. */
		r.captured = data[30] ? (u32)n : data[31] * 100U;
		check(model_apply(m, &rec, NULL) == 0);
		data += HEAD + n;
		size -= HEAD + n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_buf struct buf out = {};
	struct packets *store;
	struct pcapng *w;
	struct model *m;

	check(model_new(&m) == 0);
	check(pcapng_new(&w) == 0);
	store = model_packets(m);
	packets_keep(store, 16);
	put_packets(m, data, size);
	packets_settle(store);
	pcapng_begin(w, m, &out);
	for (size_t i = 0; i < packets_count(store); i++)
		pcapng_packet(w, m, packets_at(store, i), &out);
	check(!out.failed);
	check_file(buf_at(&out), buf_len(&out), (u32)packets_count(store));
	pcapng_free(w);
	model_free(m);
	return 0;
}

bool fuzz_seed(unsigned i, struct buf *out)
{
	if (i > 1)
		return false;
	for (u8 k = 0; k < 6; k++) {
		u8 packet[HEAD + 60] = {
		    60, k, [9] = k, [17] = (u8)(k % 3), [22] = 100, [26] = k, [30] = (u8)i, [31] = k, [HEAD] = 0x45};

		buf_put(out, packet, sizeof(packet));
	}
	return true;
}
