/* Atomic writing: a temporary file in the same folder, then rename. All files are for the user only: they contain
 * everybody's connections. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#define TMP_ROOM 8 /* ".abcdef" */

int file_write_all(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;

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
 * anywhere), a device or a fifo; and another user's file would stay readable to that user. */
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

/* Overwrites an existing file in a folder in which we may not make files. */
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
	/* Others may still have the old file open from when they could read it: replace it. */
	if (unlink(path) < 0 && errno != ENOENT)
		return open_standing(path, err);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
	return fd < 0 ? error_set(err, -errno, "%s: %s", path, strerror(errno)) : fd;
}

int file_rename(const char *from, const char *to, struct error *err)
{
	int r = check_path(to, err);

	if (r == 0 && rename(from, to) < 0)
		r = error_set(err, -errno, "%s: %s", to, strerror(errno));
	return r;
}

/* Makes a new file beside path, write-only; its name goes to tmp (strlen(path) + TMP_ROOM bytes). mkostemp(3) would
 * open it for reading as well, which the monitor may not do where it writes (src/sandbox). */
static int open_new(char *tmp, const char *path)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567"; /* 32 */
	uint8_t random[6];
	int fd = -1;

	for (int i = 0; i < 100 && fd < 0; i++) {
		char *at = tmp + sprintf(tmp, "%s.", path);

		if (getrandom(random, sizeof(random), 0) != sizeof(random))
			return -EIO;
		for (size_t k = 0; k < sizeof(random); k++)
			*at++ = letters[random[k] % 32];
		*at = '\0';
		fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	return fd < 0 ? -errno : fd;
}

int file_write_atomic(const char *path, const void *data, size_t len, struct error *err)
{
	cleanup_free char *tmp = NULL;
	cleanup_close int fd = -1;
	int r = check_path(path, err);

	if (r < 0)
		return r;
	tmp = malloc(strlen(path) + TMP_ROOM);
	if (!tmp)
		return error_set(err, -ENOMEM, "out of memory");
	fd = open_new(tmp, path);
	if (fd < 0)
		return error_set(err, fd, "%s: %s", path, strerror(-fd));
	r = file_write_all(fd, data, len);
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
	/* A fifo without a writer would block us for ever. */
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return error_set(err, -errno, "%s: %s", path, strerror(errno));
	return file_read_fd(fd, path, limit, out, err);
}

int file_read_fd(int fd, const char *path, size_t limit, struct buf *out, struct error *err)
{
	size_t total = 0;
	struct stat st;

	if (fstat(fd, &st) < 0)
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

int file_open_null(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	return fd >= 0 ? fd : eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}
