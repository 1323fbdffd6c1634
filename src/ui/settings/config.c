/* Finds, reads and writes config.ini. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "nss.h"

static char *default_path(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");
	struct passwd entry, *pw = NULL;
	char space[4096];
	char *path = NULL;
	int n;

	if (xdg && *xdg == '/') {
		n = asprintf(&path, "%s/skbtop/config.ini", xdg);
	} else {
		/* Not $HOME: under sudo it can be root's. */
		n = nss_user(NULL, getuid(), &entry, space, sizeof(space), &pw) == 0 && pw
			? asprintf(&path, "%s/.config/skbtop/config.ini", pw->pw_dir)
			: -1;
	}
	return n < 0 ? NULL : path;
}

static int read_ini(struct ini *ini, const char *path, struct notes *notes)
{
	cleanup_buf struct buf text = {};
	struct error err = {};
	int r;

	if (access(path, F_OK) < 0)
		return 0;
	r = file_read(path, INI_FILE_MAX, &text, &err);
	if (r < 0) {
		notes_add(notes, "%s", err.text);
		return r;
	}
	return buf_len(&text) ? ini_parse(ini, notes_file(path), (const char *)buf_at(&text), buf_len(&text), notes)
			      : 0;
}

/* NULL: out of memory. */
static char *beside(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	char *other = NULL;

	if (asprintf(&other, "%.*s/%s", slash ? (int)(slash - path) : 1, slash ? path : ".", name) < 0)
		return NULL;
	return other;
}

int config_load(struct config *c, const char *path, struct notes *notes)
{
	*c = (struct config){};
	c->path = path ? strdup(path) : default_path();
	if (!c->path)
		return path ? -ENOMEM : 0;
	c->themes = beside(c->path, "themes");
	c->history = beside(c->path, "history");
	if (!c->themes || !c->history)
		return -ENOMEM;
	return read_ini(&c->ini, c->path, notes) == -ENOMEM ? -ENOMEM : 0;
}

void config_deinit(struct config *c)
{
	ini_deinit(&c->ini);
	free(c->path);
	free(c->themes);
	free(c->history);
	*c = (struct config){};
}

const char *config_get(const struct config *c, const char *key, size_t *line)
{
	return ini_get(&c->ini, CONFIG_SCREEN, key, line);
}

bool config_get_bool(const struct config *c, const char *key, bool fallback, struct notes *notes)
{
	static const char *const words[2][4] = {{"false", "no", "off", "0"}, {"true", "yes", "on", "1"}};
	size_t line = 0;
	const char *value = config_get(c, key, &line);

	for (size_t i = 0; value && i < 8; i++)
		if (strcasecmp(value, words[i / 4][i % 4]) == 0)
			return i >= 4;
	if (value)
		notes_add(notes, "%s:%zu: %s is true or false, not '%s'", notes_file(c->path), line, key, value);
	return fallback;
}

/* Makes the folders above path; new ones are for the user only. */
static int make_folders(const char *path, struct error *err)
{
	cleanup_free char *copy = strdup(path);

	if (!copy)
		return error_set(err, -ENOMEM, "out of memory");
	for (char *s = strchr(copy + 1, '/'); s; s = strchr(s + 1, '/')) {
		*s = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST)
			return error_set(err, -errno, "%s: %s", copy, strerror(errno));
		*s = '/';
	}
	return 0;
}

int config_make_folder(const struct config *c, struct error *err)
{
	return c->path ? make_folders(c->path, err) : -ENOENT;
}

int config_store(struct config *c, const char *section, const char *key, const char *value, struct error *err)
{
	cleanup_buf struct buf out = {};
	struct ini fresh = {};
	int r;

	if (!c->path)
		return error_set(err, -ENOENT, "no home folder for config.ini: not saved");
	r = read_ini(&fresh, c->path, NULL);
	if (r == 0)
		r = ini_set(&fresh, section, key, value);
	if (r < 0) {
		ini_deinit(&fresh);
		return error_set(err, r, "%s: not saved: %s", c->path, strerror(-r));
	}
	ini_deinit(&c->ini);
	c->ini = fresh;
	ini_write(&c->ini, &out);
	if (out.failed)
		return error_set(err, -ENOMEM, "out of memory");
	r = make_folders(c->path, err);
	return r < 0 ? r : file_write_atomic(c->path, buf_at(&out), buf_len(&out), err);
}
