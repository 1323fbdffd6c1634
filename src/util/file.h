/* Whole files, read and written safely. */
#pragma once

#include <stddef.h>

#include "buf.h"
#include "error.h"

/* Every file that is written is made by one of these two: it is new, the user's own, and its mode is 0600. What stands
 * at path gives way only if it is a regular file of ours without other names: -ELOOP for a symbolic link, -EEXIST for a
 * fifo, a device or a folder, -EPERM for someone else's, -EMLINK for one that has other links. */

/* An empty file to write to; the descriptor, or a negative errno. */
int file_create(const char *path, struct error *err) must_check;

/* Writes the len bytes to path so that a reader sees the old file or the whole new one: a temporary file beside it,
 * fsync, rename. On failure nothing is left behind. */
int file_write_atomic(const char *path, const void *data, size_t len, struct error *err) must_check;

/* Appends the whole file to out, at most limit bytes (-EFBIG beyond). Only a regular file is read (else -EINVAL): no
 * other ends for sure. */
int file_read(const char *path, size_t limit, struct buf *out, struct error *err) must_check;

/* Opens what fd is open on once more, with flags of its own (O_NONBLOCK, say): those of fd are shared with whoever
 * has it, too. The new descriptor, or a negative errno: not everything can be opened again (sockets, or what belongs to
 * someone else). */
int file_reopen(int fd, int flags) must_check;
