/* Atomic writing: temporary file in the same folder, then rename. All files are for the user alone: they tell of
 * everyone's connections. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int write_all(int fd, const uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* What may be replaced or overwritten: a regular file of our own, with no other name. Never a link (it may point
 * anywhere), a device or a fifo; and what belongs to someone else would stay readable to them. */
static int check_target(const struct stat *st, const char *path, struct error *err)
{
	if (S_ISLNK(st->st_mode))
		return error_set(err, -ELOOP, "%s is a symbolic link: not written", path);
	if (!S_ISREG(st->st_mode))
		return error_set(err, -EEXIST, "%s exists and is not a regular file: not written", path);
	if (st->st_uid != geteuid())
		return error_set(err, -EPERM, "%s belongs to someone else: not written", path);
	if (st->st_nlink > 1)
		return error_set(err, -EMLINK, "%s has other names, too (hard links): not written", path);
	return 0;
}

static int check_path(const char *path, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : error_set(err, -errno, "%s: %s", path, strerror(errno));
	return check_target(&st, path, err);
}

/* One that stands in a folder in which we may not make files. */
static int open_standing(const char *path, struct error *err)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, -errno, "%s: %s", path, strerror(errno));
	r = check_target(&st, path, err);
	if (r < 0)
		return r;
	if (fchmod(fd, 0600) < 0 || ftruncate(fd, 0) < 0)
		return error_set(err, -errno, "%s: %s", path, strerror(errno));
	r = fd;
	fd = -1;
	return r;
}

int file_create(const char *path, struct error *err)
{
	int r = check_path(path, err), fd;

	if (r < 0)
		return r;
	/* Others may have the old one open, from when they could read it: a new one takes its place. */
	if (unlink(path) < 0 && errno != ENOENT)
		return open_standing(path, err);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
	return fd < 0 ? error_set(err, -errno, "%s: %s", path, strerror(errno)) : fd;
}

int file_write_atomic(const char *path, const void *data, size_t len, struct error *err)
{
	cleanup_free char *tmp = NULL;
	cleanup_close int fd = -1;
	int r = check_path(path, err);

	if (r < 0)
		return r;
	if (asprintf(&tmp, "%s.XXXXXX", path) < 0) {
		tmp = NULL;
		return error_set(err, -ENOMEM, "out of memory");
	}
	/* Its mode is 0600. */
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return error_set(err, -errno, "%s: %s", path, strerror(errno));
	r = write_all(fd, data, len);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0 && rename(tmp, path) < 0)
		r = -errno;
	if (r == 0)
		return 0;
	unlink(tmp);
	return error_set(err, r, "%s: %s", path, strerror(-r));
}

int file_reopen(int fd, int flags)
{
	char path[32];
	int own;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, flags | O_CLOEXEC);
	return own < 0 ? -errno : own;
}

int file_read(const char *path, size_t limit, struct buf *out, struct error *err)
{
	/* A fifo that nobody writes to would hold us up for ever. */
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t total = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err, -EINVAL, "%s is not a regular file: not read", path);
	for (;;) {
		void *room = buf_room(out, 4096);
		ssize_t n;

		if (!room)
			return error_set(err, -ENOMEM, "%s: out of memory", path);
		n = read(fd, room, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, -errno, "%s: %s", path, strerror(errno));
		if (n == 0)
			return 0;
		total += (size_t)n;
		if (total > limit)
			return error_set(err, -EFBIG, "%s: larger than %zu bytes", path, limit);
		buf_grown(out, (size_t)n);
	}
}
