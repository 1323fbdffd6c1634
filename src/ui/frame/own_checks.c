/* The user's own checks: section [findings] of config.ini. */
#include "own_checks.h"

#include <errno.h>
#include <string.h>

#include "config.h"
#include "findings.h"

int own_checks_load(struct findings *f, const struct config *config, struct notes *notes)
{
	const struct ini *ini = &config->ini;

	for (size_t i = 0; i < ini->count; i++) {
		const struct ini_line *l = &ini->lines[i];
		struct error err = {};
		int r;

		if (!l->key || strcmp(l->section, CONFIG_FINDINGS) != 0)
			continue;
		r = findings_add_own(f, l->key, l->value, &err);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			notes_add(notes, "%s:%zu: %s", notes_file(config->path), i + 1, err.text);
	}
	return 0;
}
