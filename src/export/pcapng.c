/* Blocks of a pcapng file: lengths at both ends, options padded to four bytes, all in this machine's byte order. */
#include "pcapng.h"

#include <errno.h>
#include <string.h>

#include "file.h"

#define LINKTYPE_RAW 101
#define INTERFACES_MAX 4096 /* packets of further devices are written without a known device */

enum { BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6 };
enum { OPT_END = 0, OPT_COMMENT = 1, SHB_USERAPPL = 4, IF_NAME = 2, IF_TSRESOL = 9, EPB_FLAGS = 2 };
enum { FLAGS_INBOUND = 1, FLAGS_OUTBOUND = 2 };

struct pcapng {
	/* In the order of their numbers in the file. */
	struct interface {
		u32 netns, ifindex;
	} interfaces[INTERFACES_MAX];
	u32 count;
};

int pcapng_new(struct pcapng **w)
{
	*w = calloc(1, sizeof(**w));
	return *w ? 0 : -ENOMEM;
}

void pcapng_free(struct pcapng *w)
{
	free(w);
}

/* -- blocks -------------------------------------------------------------------------------------------------------- */

static void put32(struct buf *out, u32 v)
{
	buf_put(out, &v, sizeof(v));
}

static void put16(struct buf *out, u16 v)
{
	buf_put(out, &v, sizeof(v));
}

static void put_padded(struct buf *out, const void *p, size_t len)
{
	static const u8 zeros[4];

	buf_put(out, p, len);
	buf_put(out, zeros, -len & 3);
}

static void put_option(struct buf *out, u16 code, const void *p, size_t len)
{
	len = MIN(len, (size_t)UINT16_MAX);
	put16(out, code);
	put16(out, (u16)len);
	put_padded(out, p, len);
}

/* Opens a block, of unknown length so far. Returns where it begins. */
static size_t begin(struct buf *out, u32 type)
{
	size_t at = buf_len(out);

	put32(out, type);
	put32(out, 0);
	return at;
}

static void end(struct buf *out, size_t at)
{
	u32 len;

	put_option(out, OPT_END, NULL, 0);
	len = (u32)(buf_len(out) - at + 4);
	put32(out, len);
	if (!out->failed)
		memcpy(buf_at(out) + at + 4, &len, sizeof(len));
}

void pcapng_begin(struct pcapng *w, const struct model *m, struct buf *out)
{
	static const char app[] = "skbtop " SKBTOP_VERSION;
	const struct record_hello *h = model_hello(m);
	char text[2 * sizeof(h->host)];
	size_t at = begin(out, BLOCK_SECTION);
	s64 unknown = -1; /* the section's length */

	w->count = 0;
	put32(out, 0x1a2b3c4d);
	put16(out, 1);
	put16(out, 0);
	buf_put(out, &unknown, sizeof(unknown));
	put_option(out, SHB_USERAPPL, app, strlen(app));
	if (h && h->host[0]) {
		int n = snprintf(text, sizeof(text), "seen by %.*s", (int)sizeof(h->host), (const char *)h->host);

		put_option(out, OPT_COMMENT, text, MIN((size_t)n, sizeof(text) - 1));
	}
	end(out, at);
}

static void describe(const struct model *m, const struct packet *p, u32 ifindex, struct buf *out)
{
	char name[RECORD_NAME_LEN * 3 + 1] = "";
	size_t at = begin(out, BLOCK_INTERFACE);
	u8 nanoseconds = 9;

	put16(out, LINKTYPE_RAW);
	put16(out, 0);
	put32(out, 0); /* no bound on the captured length */
	packet_device_text(m, &p->r, ifindex, name, sizeof(name));
	put_option(out, IF_NAME, *name ? name : "unknown", strlen(*name ? name : "unknown"));
	put_option(out, IF_TSRESOL, &nanoseconds, 1);
	end(out, at);
}

/* The number of the first device that the packet passed; describes the device if it is new. */
static u32 interface(struct pcapng *w, const struct model *m, const struct packet *p, struct buf *out)
{
	struct interface wanted = {p->r.netns, p->r.ifindex[0]};

	for (u32 i = 0; i < w->count; i++)
		if (w->interfaces[i].netns == wanted.netns && w->interfaces[i].ifindex == wanted.ifindex)
			return i;
	if (w->count == INTERFACES_MAX)
		return 0;
	describe(m, p, wanted.ifindex, out);
	w->interfaces[w->count] = wanted;
	return w->count++;
}

void pcapng_packet(struct pcapng *w, const struct model *m, const struct packet *p, struct buf *out)
{
	u32 number = interface(w, m, p, out);
	u32 captured = MIN(p->r.captured, (u32)PACKET_DATA), flags;
	u64 ns = model_realtime(m, p->r.time_ns);
	char comment[2 * PACKET_TEXT];
	size_t at = begin(out, BLOCK_PACKET);

	if (!ns)
		ns = p->r.time_ns;
	put32(out, number);
	put32(out, (u32)(ns >> 32));
	put32(out, (u32)ns);
	put32(out, captured);
	put32(out, MAX(p->r.frame, captured));
	put_padded(out, p->r.data, captured);
	put_option(out, OPT_COMMENT, comment, packet_comment(m, p, comment, sizeof(comment)));
	flags = packet_is_tx(&p->r) ? FLAGS_OUTBOUND : FLAGS_INBOUND;
	put_option(out, EPB_FLAGS, &flags, sizeof(flags));
	end(out, at);
}

/* -- a whole file -------------------------------------------------------------------------------------------------- */

static void cleanup_pcapng_p(struct pcapng **w)
{
	pcapng_free(*w);
}

int pcapng_write(const char *path, const struct model *m, u64 id, struct error *err)
{
	cleanup(cleanup_pcapng_p) struct pcapng *w = NULL;
	cleanup_buf struct buf out = {};
	const struct packets *store = model_packets(m);
	int count = 0, r;

	if (pcapng_new(&w) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	pcapng_begin(w, m, &out);
	for (size_t i = 0; i < packets_count(store); i++) {
		const struct packet *p = packets_at(store, i);

		if ((id && p->r.id != id) || !packets_is_settled(store, p))
			continue;
		pcapng_packet(w, m, p, &out);
		count++;
	}
	if (out.failed)
		return error_set(err, -ENOMEM, "out of memory");
	r = file_write_atomic(path, buf_at(&out), buf_len(&out), err);
	return r < 0 ? r : count;
}
