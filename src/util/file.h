/* Whole files, read and written safely. */
#pragma once

#include <stddef.h>

#include "buf.h"
#include "error.h"

/* Every file is written by one of these two: it is new, the user's own, and has mode 0600. An existing file is replaced
 * only if it is a regular file of ours without other names: -ELOOP for a symbolic link, -EEXIST for a fifo, a device or
 * a folder, -EPERM for another user's, -EMLINK for one with hard links. */

/* Makes an empty file to write to. Returns the descriptor, or a negative errno. */
int file_create(const char *path, struct error *err) must_check;

/* Writes the len bytes to path so that a reader sees the old file or the whole new one: a temporary file beside it,
 * fsync, rename. On failure nothing is left behind. */
int file_write_atomic(const char *path, const void *data, size_t len, struct error *err) must_check;

/* Appends the whole file to out; -EFBIG if it has more than limit bytes. Only a regular file is read (else -EINVAL),
 * because others may not end. */
int file_read(const char *path, size_t limit, struct buf *out, struct error *err) must_check;

/* Opens fd's file again, with other flags (O_NONBLOCK, say): those of fd are shared with others who have it. Returns
 * the new descriptor, or a negative errno: not everything can be opened again (sockets, another user's file). */
int file_reopen(int fd, int flags) must_check;
