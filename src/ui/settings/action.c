/* The table of actions, and keymaps over it. */
#include "action.h"

#include <string.h>

#include "config.h"
#include "named.h"
#include "text.h"

static const struct action_info infos[ACTION_COUNT] = {
#define A(id, name, scope, keys, bar, rank, help) [ACTION_##id] = {name, scope, keys, bar, rank, help},
    ACTIONS(A)
#undef A
};

const struct action_info *action_info(enum action a)
{
	return &infos[a];
}

void action_where(enum action a, char *dst, size_t size)
{
	static const struct {
		enum scope scope;
		const char *word;
	} words[] = {{SCOPE_LIST, "lists"},      {SCOPE_SOCKET, "socket"},   {SCOPE_HELP, "help"},
		     {SCOPE_PACKETS, "packets"}, {SCOPE_EVENTS, "losses"},   {SCOPE_FINDINGS, "findings"},
		     {SCOPE_GROUP, "process"},   {SCOPE_SOCKETS, "sockets"}, {SCOPE_RTT, "RTT"}};

	text_copy(dst, size, infos[a].scope == SCOPE_ALL ? "everywhere" : "");
	for (size_t i = 0; infos[a].scope != SCOPE_ALL && i < ARRAY_SIZE(words); i++)
		if (infos[a].scope & words[i].scope)
			text_join(dst, size, ", ", "%s", words[i].word);
}

void action_row(enum action a, char dst[ACTION_ROW_MAX])
{
	const struct action_info *info = action_info(a);
	char where[64], words[96], keys[160] = "", *save = NULL;

	action_where(a, where, sizeof(where));
	text_copy(words, sizeof(words), info->keys);
	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		text_join(keys, sizeof(keys), " ", "`%s`", w);
	snprintf(dst, ACTION_ROW_MAX, "| `%s` | %s | %s | %s |\n", info->name, keys, where, info->help);
}

/* No two actions that apply in the same place share a key. */
static void unbind(struct keymap *m, uint32_t key, enum action keep)
{
	for (size_t a = 0; a < ACTION_COUNT; a++) {
		uint32_t *keys = m->keys[a];
		size_t out = 0;

		if (a == keep || !(infos[a].scope & infos[keep].scope & SCOPE_ALL))
			continue;
		for (size_t i = 0; i < KEYMAP_KEYS; i++)
			if (keys[i] && keys[i] != key)
				keys[out++] = keys[i];
		while (out < KEYMAP_KEYS)
			keys[out++] = K_NONE;
	}
}

/* Returns the first word that is not a key (within words, cut off), or NULL. */
static const char *bind(struct keymap *m, enum action a, char *words)
{
	const char *wrong = NULL;
	char *save = NULL;
	size_t n = 0;

	memset(m->keys[a], 0, sizeof(m->keys[a]));
	for (char *w = strtok_r(words, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		uint32_t key = key_parse(w);

		if (key == K_NONE) {
			wrong = wrong ? wrong : w;
		} else if (n < KEYMAP_KEYS) {
			m->keys[a][n++] = key;
			unbind(m, key, a);
		}
	}
	return wrong;
}

void keymap_init(struct keymap *m)
{
	*m = (struct keymap){};
	for (size_t a = 0; a < ACTION_COUNT; a++) {
		char words[64];

		text_copy(words, sizeof(words), infos[a].keys);
		bind(m, (enum action)a, words);
	}
}

void keymap_configure(struct keymap *m, const struct ini *ini, const char *file, struct notes *notes)
{
	for (size_t i = 0; i < ini->count; i++) {
		const struct ini_line *l = &ini->lines[i];
		cleanup_free char *words = NULL;
		const char *wrong;
		size_t a;

		if (!l->key || strcmp(l->section, CONFIG_KEYS) != 0)
			continue;
		a = named_find(&infos[0].name, sizeof(infos[0]), ACTION_COUNT, l->key);
		words = strdup(l->value);
		if (a == ACTION_COUNT) {
			notes_add(notes, "%s:%zu: no action '%s'", file, i + 1, l->key);
		} else if (words) {
			wrong = bind(m, (enum action)a, words);
			if (wrong)
				notes_add(notes, "%s:%zu: no key '%s'", file, i + 1, wrong);
		}
	}
}

enum action keymap_find(const struct keymap *m, uint32_t key, unsigned scope, unsigned *which)
{
	for (size_t a = 0; key && a < ACTION_COUNT; a++) {
		if (!(infos[a].scope & scope))
			continue;
		for (unsigned i = 0; i < KEYMAP_KEYS; i++) {
			if (m->keys[a][i] != key)
				continue;
			if (which)
				*which = i;
			return (enum action)a;
		}
	}
	return ACTION_NONE;
}

void keymap_text(const struct keymap *m, enum action a, const char *separator, char *dst, size_t size)
{
	*dst = '\0';
	for (size_t i = 0; i < KEYMAP_KEYS && m->keys[a][i]; i++) {
		char name[KEY_NAME_MAX];

		key_text(name, m->keys[a][i]);
		text_join(dst, size, separator, "%s", name);
	}
}
