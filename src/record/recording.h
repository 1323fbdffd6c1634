/* A recording: the stream as it came, in a file, compressed by zstd; "zstd -d" gives the bare stream, which can be read
 * as well. What was flushed can be read however the file ends. */
#pragma once

#include <sys/types.h>

#include "buf.h"
#include "error.h"
#include "types.h"

struct recorder;

/* Makes the file (file_create()). */
int recorder_new(struct recorder **r, const char *path, struct error *err) must_check;
/* The same into memory: what is compressed is appended to `to`, which is borrowed. -ENOMEM. */
int recorder_to(struct recorder **r, struct buf *to) must_check;
/* Bytes that it has written so far. */
u64 recorder_size(const struct recorder *r);
/* Adds bytes; and has all that was added in the file, to be read even if we are killed then. A negative errno (a full
 * disk) ends the recording: what follows is not written. */
int recorder_put(struct recorder *r, const void *p, size_t len) must_check;
int recorder_flush(struct recorder *r) must_check;
/* Ends the file. */
void recorder_free(struct recorder *r);

struct player;

int player_new(struct player **p) must_check;
void player_free(struct player *p);
/* Up to size bytes of the stream from the file. 0: its end; -EAGAIN: none for now; -EPROTO: what is in it cannot be
 * decompressed; any other errno of read(). */
ssize_t player_read(struct player *p, int fd, void *to, size_t size) must_check;
/* From now on all len bytes of a recording, or of as much of it as there is, are read from memory and not from a file
 * (fd is -1): those that were given before, wherever they are now, and more behind them. Borrowed until the next
 * call. */
void player_give(struct player *p, const void *bytes, size_t len);
/* Did the file end within what was flushed at once? Something of it could not be read. */
bool player_is_torn(const struct player *p);
