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

/* Writes all of the len bytes, also where a write takes only some. 0, or a negative errno. */
int file_write_all(int fd, const void *data, size_t len) must_check;

/* Writes the len bytes to path so that a reader sees the old file or the whole new one: a temporary file beside it,
 * fsync, rename. On failure nothing is left behind. */
int file_write_atomic(const char *path, const void *data, size_t len, struct error *err) must_check;

/* Gives a file of ours another name in its folder, in place of a file that file_create() would replace. */
int file_rename(const char *from, const char *to, struct error *err) must_check;

/* Appends the whole file to out; -EFBIG if it has more than limit bytes. Only a regular file is read (else -EINVAL),
 * because others may not end. */
int file_read(const char *path, size_t limit, struct buf *out, struct error *err) must_check;
/* The same of one that is open; path is for err. */
int file_read_fd(int fd, const char *path, size_t limit, struct buf *out, struct error *err) must_check;

/* Opens fd's file again, with other flags (O_NONBLOCK, say): those of fd are shared with others who have it. Returns
 * the new descriptor, or a negative errno: not everything can be opened again (sockets, another user's file). */
int file_reopen(int fd, int flags) must_check;
/* Nothing, to stand for a descriptor that is not there: /dev/null, or where there is no /dev a descriptor that takes
 * and gives nothing either. Close-on-exec; for the caller to close. -1: there are no more. */
int file_open_null(void);
