/* Recordings, compressed as they are written and as they are read: the only user of zstd. Whether a file is compressed
 * shows in its first bytes. */
#include "recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zstd.h>

#include "cleanup.h"
#include "file.h"

/* Of 10,000 sockets a tenth of the stream, 1 ms of CPU for each MiB: level 6 makes it a twelfth and takes five times as
 * long, a window of 8 MiB changes nothing. */
#define LEVEL 1
#define WINDOW_LOG 20 /* 1 MiB of memory at each end */
#define CHUNK 65536
#define FIRST_HINT 5 /* bytes with which a frame begins: ZSTD_frameHeaderSize_prefix */

static const u8 zstd_magic[4] = {0x28, 0xb5, 0x2f, 0xfd};

/* -- writing ------------------------------------------------------------------------------------------------------- */

struct recorder {
	ZSTD_CCtx *zstd;
	int fd;         /* -1: none */
	struct buf *to; /* borrowed; NULL: it is a file */
	u64 size;
	bool failed;
	u8 out[CHUNK];
};

static int new_recorder(struct recorder **out, struct error *err)
{
	struct recorder *r = calloc(1, sizeof(*r));

	if (!r)
		return error_set(err, -ENOMEM, "out of memory");
	r->fd = -1;
	r->zstd = ZSTD_createCCtx();
	if (!r->zstd || ZSTD_isError(ZSTD_CCtx_setParameter(r->zstd, ZSTD_c_compressionLevel, LEVEL)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(r->zstd, ZSTD_c_windowLog, WINDOW_LOG))) {
		recorder_free(r);
		return error_set(err, -ENOMEM, "out of memory");
	}
	*out = r;
	return 0;
}

int recorder_new(struct recorder **out, const char *path, struct error *err)
{
	struct recorder *r = NULL;
	int code = new_recorder(&r, err);

	if (code < 0)
		return code;
	r->fd = file_create(path, err);
	if (r->fd < 0) {
		code = r->fd;
		recorder_free(r);
		return code;
	}
	*out = r;
	return 0;
}

int recorder_to(struct recorder **out, struct buf *to)
{
	struct error err;
	int code = new_recorder(out, &err);

	if (code == 0)
		(*out)->to = to;
	return code;
}

u64 recorder_size(const struct recorder *r)
{
	return r->size;
}

/* Hands on what was compressed. */
static int emit(struct recorder *r, size_t len)
{
	r->size += len;
	if (!r->to)
		return file_write_all(r->fd, r->out, len);
	buf_put(r->to, r->out, len);
	return r->to->failed ? -ENOMEM : 0;
}

static int compress(struct recorder *r, const void *p, size_t len, ZSTD_EndDirective how)
{
	ZSTD_inBuffer in = {.src = p, .size = len};
	size_t left;

	do {
		ZSTD_outBuffer out = {.dst = r->out, .size = sizeof(r->out)};
		int code;

		left = ZSTD_compressStream2(r->zstd, &out, &in, how);
		code = ZSTD_isError(left) ? -ENOMEM : emit(r, out.pos);
		r->failed = code < 0;
		if (code < 0)
			return code;
	} while (how == ZSTD_e_continue ? in.pos < in.size : left > 0);
	return 0;
}

int recorder_put(struct recorder *r, const void *p, size_t len)
{
	return r->failed ? 0 : compress(r, p, len, ZSTD_e_continue);
}

int recorder_flush(struct recorder *r)
{
	return r->failed ? 0 : compress(r, NULL, 0, ZSTD_e_flush);
}

void recorder_free(struct recorder *r)
{
	if (!r)
		return;
	if ((r->fd >= 0 || r->to) && !r->failed)
		(void)!compress(r, NULL, 0, ZSTD_e_end);
	if (r->fd >= 0)
		close(r->fd);
	ZSTD_freeCCtx(r->zstd);
	free(r);
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

struct player {
	ZSTD_DCtx *zstd; /* NULL: the file is not compressed, or that is not known yet */
	bool known;
	bool full;        /* zstd has more than there was room for */
	size_t hint;      /* as ZSTD_decompressStream() returned it last */
	const u8 *memory; /* borrowed: what is read in place of a file; NULL: it is one */
	size_t memory_at, memory_end;
	size_t at, end;
	u8 in[CHUNK]; /* what was read: from at to end it was not taken yet */
};

int player_new(struct player **p)
{
	*p = calloc(1, sizeof(**p));
	return *p ? 0 : -ENOMEM;
}

void player_free(struct player *p)
{
	if (!p)
		return;
	ZSTD_freeDCtx(p->zstd);
	free(p);
}

void player_give(struct player *p, const void *bytes, size_t len)
{
	p->memory = bytes;
	p->memory_end = len;
}

static ssize_t fill_from_memory(struct player *p)
{
	size_t n = MIN(sizeof(p->in) - p->end, p->memory_end - p->memory_at);

	memcpy(p->in + p->end, p->memory + p->memory_at, n);
	p->memory_at += n;
	p->end += n;
	return (ssize_t)n;
}

static ssize_t fill(struct player *p, int fd)
{
	ssize_t n;

	if (p->at == p->end)
		p->at = p->end = 0;
	if (p->memory)
		return fill_from_memory(p);
	do
		n = read(fd, p->in + p->end, sizeof(p->in) - p->end);
	while (n < 0 && errno == EINTR);
	p->end += n > 0 ? (size_t)n : 0;
	return n < 0 ? -errno : n;
}

/* Its first bytes say what the file is. 1: known; 0: there are too few of them yet. */
static int look(struct player *p, bool end)
{
	if (p->end < sizeof(zstd_magic) && !end)
		return 0;
	p->known = true;
	if (p->end < sizeof(zstd_magic) || memcmp(p->in, zstd_magic, sizeof(zstd_magic)) != 0)
		return 1;
	p->zstd = ZSTD_createDCtx();
	/* Who made the file decides how much memory it takes to read it, up to this. */
	if (!p->zstd || ZSTD_isError(ZSTD_DCtx_setParameter(p->zstd, ZSTD_d_windowLogMax, WINDOW_LOG)))
		return -ENOMEM;
	return 1;
}

/* What can be had without reading more; 0: nothing. */
static ssize_t take_read(struct player *p, void *to, size_t size)
{
	ZSTD_inBuffer in = {.src = p->in, .size = p->end, .pos = p->at};
	ZSTD_outBuffer out = {.dst = to, .size = size};

	if (!p->zstd) {
		size = MIN(size, p->end - p->at);
		memcpy(to, p->in + p->at, size);
		p->at += size;
		return (ssize_t)size;
	}
	if (p->at == p->end && !p->full)
		return 0;
	/* One block at a time: of a call that finds one damaged, those before it would be lost. */
	in.size = MIN(in.size, in.pos + (p->hint ? p->hint : FIRST_HINT));
	p->hint = ZSTD_decompressStream(p->zstd, &out, &in);
	if (ZSTD_isError(p->hint))
		return -EPROTO;
	p->at = in.pos;
	p->full = out.pos == out.size;
	return (ssize_t)out.pos;
}

ssize_t player_read(struct player *p, int fd, void *to, size_t size)
{
	for (;;) {
		ssize_t n = p->known ? take_read(p, to, size) : 0;

		if (n != 0)
			return n;
		/* What it takes is of no length, such as a header: there may be more behind it. */
		if (p->known && p->at < p->end)
			continue;
		n = fill(p, fd);
		if (n < 0 || (n == 0 && p->known))
			return n;
		if (!p->known) {
			int r = look(p, n == 0);

			if (r < 0)
				return r;
		}
	}
}

/* Between two blocks, of which a flush ends one, zstd waits for the 3 bytes of the next one's header. */
bool player_is_torn(const struct player *p)
{
	return p->zstd && p->hint != 0 && p->hint != 3;
}
