/* The capture file, read back block by block: lengths, interfaces, packets, comments; and how it reaches the disk. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "rows.h"

#include "file.h"
#include "packet_make.h"
#include "pcapng.h"

static struct model *world(void)
{
	struct record_socket s = rows_tcp(7, "10.0.0.1", 443, "10.0.0.2", 50000);
	struct record_hello hello = {.start_ns = 1, .realtime_offset_ns = 5, .host = "web1"};
	struct model *m;

	m = fixture_new();
	apply(m, RECORD_HELLO, &hello);
	rows_name(m, NAME_IFACE, 2, s.netns, "eth0");
	rows_put(m, &s);
	return m;
}

static void put(struct model *m, u64 number, u64 id, u32 ifindex, bool tx)
{
	struct record_packet r = make_packet(number, number * MS, tx, (u32)number * 100, 1, 61);

	r.id = id;
	r.ifindex[0] = ifindex;
	apply(m, RECORD_PACKET, &r);
}

static u32 get32(const u8 *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* What is read of a file. */
struct found {
	unsigned sections, interfaces, packets;
	char names[8][32];
	u32 of[8], captured[8], original[8], flags[8];
	u64 ns[8];
	char comments[8][512];
};

/* The options of a block, up to its closing length. */
static void read_options(const u8 *p, const u8 *end, struct found *f, u32 type)
{
	u16 code = 1, len;

	while (p < end) {
		memcpy(&code, p, 2);
		memcpy(&len, p + 2, 2);
		p += 4;
		assert_true(p + len <= end);
		if (type == 1 && code == 2)
			snprintf(f->names[f->interfaces], 32, "%.*s", len, (const char *)p);
		if (type == 1 && code == 9)
			assert_int_equal(*p, 9);
		if (type == 6 && code == 1)
			snprintf(f->comments[f->packets], 512, "%.*s", len, (const char *)p);
		if (type == 6 && code == 2)
			f->flags[f->packets] = get32(p);
		p += (len + 3) & ~3;
		if (code == 0)
			break;
	}
	assert_int_equal(code, 0);
	assert_ptr_equal(p, end);
}

static void read_packet(const u8 *p, const u8 *end, struct found *f)
{
	f->of[f->packets] = get32(p);
	f->ns[f->packets] = (u64)get32(p + 4) << 32 | get32(p + 8);
	f->captured[f->packets] = get32(p + 12);
	f->original[f->packets] = get32(p + 16);
	assert_true(f->of[f->packets] < f->interfaces);
	read_options(p + 20 + ((get32(p + 12) + 3) & ~3U), end, f, 6);
	f->packets++;
}

static void read_all(const struct buf *b, struct found *f)
{
	const u8 *p = buf_at(b), *end = p + buf_len(b);

	*f = (struct found){};
	while (p < end) {
		u32 type = get32(p), len = get32(p + 4);

		assert_true(len >= 12 && len % 4 == 0 && len <= (size_t)(end - p));
		assert_int_equal(get32(p + len - 4), len);
		if (type == 0x0a0d0d0a) {
			assert_int_equal(get32(p + 8), 0x1a2b3c4d);
			f->sections++;
		} else if (type == 1) {
			assert_int_equal(get32(p + 8), 101);
			read_options(p + 16, p + len - 4, f, 1);
			f->interfaces++;
		} else {
			assert_int_equal(type, 6);
			read_packet(p + 8, p + len - 4, f);
		}
		p += len;
	}
}

static void write_store(const struct model *m, struct buf *out)
{
	struct packets *store = model_packets(m);
	struct pcapng *w;

	assert_int_equal(pcapng_new(&w), 0);
	pcapng_begin(w, m, out);
	for (size_t i = 0; i < packets_count(store); i++)
		pcapng_packet(w, m, packets_at(store, i), out);
	pcapng_free(w);
}

static void test_blocks(void **state)
{
	cleanup_buf struct buf out = {};
	struct model *m = world();
	struct found f;

	put(m, 1, 7, 2, false);
	put(m, 2, 7, 2, true);
	put(m, 3, 7, 9, true);
	put(m, 4, 7, 0, false);
	put(m, 5, 7, 2, false);
	rows_tick(m, 1);
	write_store(m, &out);
	read_all(&out, &f);
	assert_int_equal(f.sections, 1);
	assert_int_equal(f.interfaces, 3);
	assert_int_equal(f.packets, 5);
	assert_string_equal(f.names[0], "eth0");
	assert_string_equal(f.names[1], "if9");
	assert_string_equal(f.names[2], "unknown");
	assert_int_equal(f.of[4], 0);
	/* Headers only; what it was in truth beside. */
	assert_int_equal(f.captured[0], 40);
	assert_int_equal(f.original[0], 101);
	assert_int_equal(f.flags[0], 1);
	assert_int_equal(f.flags[1], 2);
	assert_int_equal(f.ns[1] - f.ns[0], MS);
	assert_memory_equal(f.comments[0], "app[100] rx eth0; mac 1.0ms ip 1.0ms tcp 1.0ms app 1.0ms = 4.0ms", 64);
	fixture_free(m);
}

/* The lengths hold whatever the wire and the kernel said. */
static void test_hostile(void **state)
{
	cleanup_buf struct buf out = {};
	struct model *m = world();
	struct record_packet r;
	struct found f;

	memset(&r, 0xff, sizeof(r));
	packets_keep_payload(model_packets(m), true);
	apply(m, RECORD_PACKET, &r);
	r.captured = 3;
	r.frame = 0;
	r.id = 3;
	apply(m, RECORD_PACKET, &r);
	rows_tick(m, 1);
	write_store(m, &out);
	read_all(&out, &f);
	assert_int_equal(f.packets, 2);
	for (unsigned i = 0; i < 2; i++)
		assert_true(f.original[i] >= f.captured[i] && f.captured[i] <= PACKET_DATA);
	fixture_free(m);
}

static void test_file(void **state)
{
	char dir[] = "/tmp/skbtop-pcapng-XXXXXX", path[64], link[64];
	cleanup_buf struct buf b = {};
	struct model *m = world();
	struct error err = {};
	struct found f;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a.pcapng", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	put(m, 1, 7, 2, false);
	put(m, 2, 8, 2, false);
	rows_tick(m, 1);
	put(m, 3, 7, 2, false); /* of a tick that is not whole */
	assert_int_equal(pcapng_write(path, m, 0, &err), 2);
	assert_int_equal(pcapng_write(path, m, 7, &err), 1);
	assert_int_equal(file_read(path, 1 << 20, &b, &err), 0);
	read_all(&b, &f);
	assert_int_equal(f.packets, 1);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(pcapng_write(link, m, 7, &err), -ELOOP);
	assert_non_null(strstr(err.text, "symbolic link"));
	unlink(link);
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
	fixture_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_blocks),
	    cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
