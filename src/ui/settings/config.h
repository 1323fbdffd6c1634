/* The user's config.ini: read with notes about errors, written back one setting at a time without changing anything
 * else. */
#pragma once

#include "ini.h"

struct config {
	struct ini ini;
	char *path;    /* of config.ini; owned */
	char *themes;  /* the folder themes/ beside it; owned */
	char *history; /* the file history beside it; owned */
};

/* path NULL: $XDG_CONFIG_HOME/skbtop/config.ini, else ~/.config/skbtop/config.ini in the home from passwd. A missing
 * file counts as empty. An unreadable file is noted. -ENOMEM. */
int config_load(struct config *c, const char *path, struct notes *notes) must_check;
void config_deinit(struct config *c);
/* A setting of section CONFIG_SCREEN, or NULL; *line (may be NULL) is where it is. */
const char *config_get(const struct config *c, const char *key, size_t *line);
/* true, yes, on, 1 and their opposites; anything else is noted and yields fallback. */
bool config_get_bool(const struct config *c, const char *key, bool fallback, struct notes *notes);
/* Makes the folder of config.ini. */
int config_make_folder(const struct config *c, struct error *err) must_check;
/* Sets and saves; the file is read again first, so that another program's changes stay. */
int config_store(struct config *c, const char *section, const char *key, const char *value,
		 struct error *err) must_check;
/* The sections. */
#define CONFIG_SCREEN "screen"
#define CONFIG_KEYS "keys"
#define CONFIG_FILTERS "filters"   /* saved filters, by name */
#define CONFIG_FINDINGS "findings" /* the user's own checks, by name */
