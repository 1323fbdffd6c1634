/* A home folder and an environment for one run of the program under test. */
#include "home.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"

/* What the sanitizers are told has to reach the program as well. */
static const char *const passed_on[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "PATH"};

int home_init(struct home *h, struct error *err)
{
	static const char *const fixed[] = {"TERM=xterm-256color", "LANG=C.UTF-8", "TZ=UTC", "SHELL=/bin/sh"};
	char line[4096];

	memset(h, 0, sizeof(*h));
	strcpy(h->path, "/tmp/skbtop-home-XXXXXX");
	if (!mkdtemp(h->path))
		return error_set(err, -errno, "no temporary folder: %s", strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		if (home_setenv(h, fixed[i]) < 0)
			return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++) {
		const char *value = getenv(passed_on[i]);

		if (value && snprintf(line, sizeof(line), "%s=%s", passed_on[i], value) < (int)sizeof(line) &&
		    home_setenv(h, line) < 0)
			return -ENOMEM;
	}
	snprintf(line, sizeof(line), "HOME=%s", h->path);
	if (home_setenv(h, line) < 0)
		return -ENOMEM;
	snprintf(line, sizeof(line), "XDG_CONFIG_HOME=%s/.config", h->path);
	return home_setenv(h, line);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void home_deinit(struct home *h)
{
	nftw(h->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	for (size_t i = 0; h->env[i]; i++)
		free(h->env[i]);
}

void home_unsetenv(struct home *h, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; h->env[i]; i++) {
		if (strncmp(h->env[i], name, len) != 0 || h->env[i][len] != '=')
			continue;
		free(h->env[i]);
		for (; h->env[i]; i++)
			h->env[i] = h->env[i + 1];
		return;
	}
}

int home_setenv(struct home *h, const char *assignment)
{
	size_t len = strcspn(assignment, "="), n = 0;
	char name[64];

	if (!assignment[len] || len >= sizeof(name))
		return -EINVAL;
	memcpy(name, assignment, len);
	name[len] = '\0';
	home_unsetenv(h, name);
	while (h->env[n])
		n++;
	if (n == HOME_ENV_MAX)
		return -E2BIG;
	h->env[n] = strdup(assignment);
	return h->env[n] ? 0 : -ENOMEM;
}

int home_write(struct home *h, const char *path, struct buf *text, struct error *err)
{
	char full[512];

	snprintf(full, sizeof(full), "%s/%s", h->path, path);
	for (char *p = full + strlen(h->path) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(full, 0700) < 0 && errno != EEXIST)
			return error_set(err, -errno, "%s: %s", full, strerror(errno));
		*p = '/';
	}
	return file_write_atomic(full, buf_at(text), buf_len(text), err);
}

int home_check(struct home *h, const char *path, const char *text, struct error *err)
{
	struct buf content cleanup_buf = {};
	struct stat st;
	char full[512];
	int r;

	snprintf(full, sizeof(full), "%s/%s", h->path, path);
	if (lstat(full, &st) < 0 || !S_ISREG(st.st_mode))
		return error_set(err, -ENOENT, "no regular file %s", path);
	r = file_read(full, 1 << 24, &content, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < buf_len(&content); i++)
		if (buf_at(&content)[i] < ' ' && buf_at(&content)[i] != '\n' && !strstr(path, ".ansi"))
			return error_set(err, -EBADMSG, "a control character in %s", path);
	buf_putc(&content, '\0');
	if (!strstr((const char *)buf_at(&content), text))
		return error_set(err, -EBADMSG, "%s does not hold: %s", path, text);
	return 0;
}
