/* The user's config.ini: read with remarks on what is wrong, written back one setting at a time with everything else as
 * it was. */
#pragma once

#include "ini.h"

struct config {
	struct ini ini;
	char *path;    /* of config.ini; owned */
	char *themes;  /* the folder themes/ beside it; owned */
	char *history; /* the file history beside it; owned */
};

/* path NULL: $XDG_CONFIG_HOME/skbtop/config.ini, else ~/.config/skbtop/config.ini with the home of passwd. A file that
 * is not there is empty. A file that cannot be read is a note. -ENOMEM. */
int config_load(struct config *c, const char *path, struct notes *notes) must_check;
void config_deinit(struct config *c);
/* A setting of section CONFIG_SCREEN, or NULL; *line (may be NULL) is where it is. */
const char *config_get(const struct config *c, const char *key, size_t *line);
/* true, yes, on, 1 and their opposites; anything else is noted and yields fallback. */
bool config_get_bool(const struct config *c, const char *key, bool fallback, struct notes *notes);
/* Makes the folder that config.ini is saved in. */
int config_make_folder(const struct config *c, struct error *err) must_check;
/* Sets and saves; the file is read again first, so that what another program wrote meanwhile stays. */
int config_store(struct config *c, const char *section, const char *key, const char *value,
		 struct error *err) must_check;
/* The sections. */
#define CONFIG_SCREEN "screen"
#define CONFIG_KEYS "keys"
#define CONFIG_FILTERS "filters" /* saved filters, by name */
