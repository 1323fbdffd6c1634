/* Filters to choose from: the users that have sockets, and the filters saved in config.ini. */
#include "filters.h"

#include <errno.h>
#include <string.h>

#include "app.h"
#include "socket_table.h"
#include "text.h"

static void apply(struct app *app, const char *text)
{
	struct query_error err = {};

	if (app->filter_target.apply(app->filter_target.ctx, text, &err) < 0)
		app_say(app, STYLE_ERROR, "%s", err.text);
}

/* -- users ----------------------------------------------------------------------------------------------------------
 */

#define USERS_MAX 1024

struct users {
	u32 uids[USERS_MAX], counts[USERS_MAX];
	size_t count;
};

/* Sorted by uid: nearly all of very many rows belong to a few users. */
static void count_user(struct users *u, u32 uid)
{
	size_t low = 0, high = u->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (u->uids[middle] < uid)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < u->count && u->uids[low] == uid) {
		u->counts[low]++;
		return;
	}
	if (u->count == USERS_MAX)
		return;
	memmove(&u->uids[low + 1], &u->uids[low], (u->count - low) * sizeof(u->uids[0]));
	memmove(&u->counts[low + 1], &u->counts[low], (u->count - low) * sizeof(u->counts[0]));
	u->uids[low] = uid;
	u->counts[low] = 1;
	u->count++;
}

/* Of those that the list shows unasked: neither ended nor in TIME-WAIT. */
static void count_users(struct users *u, const struct model *m)
{
	for (u32 i = 0; i < model_rows_end(m); i++) {
		const struct row *r = model_row(m, i);

		if (r->live && !r->closed && r->s.state != STATE_TIME_WAIT && r->s.has & HAS_UID)
			count_user(u, r->s.uid);
	}
}

static void user_accept(void *ctx, struct chooser *c)
{
	const char *name = c->items[c->cursor].text;
	struct app *app = ctx;
	char value[256], text[300];

	if (!c->cursor) {
		apply(app, "");
		return;
	}
	complete_quote(name, value, sizeof(value));
	snprintf(text, sizeof(text), "%s = %s", c->items[c->cursor].value ? "uid" : "user", value);
	apply(app, text);
}

static int add_user(struct app *app, u32 uid, u32 count)
{
	const char *name = model_name(app->model, NAME_USER, uid, 0);
	char number[16], sockets[48];

	snprintf(number, sizeof(number), "%u", uid);
	table_counted(&socket_table, count, sockets, sizeof(sockets));
	/* A value says that there is no name to filter by. */
	return chooser_add(&app->chooser, name ? name : number, sockets, false, name ? NULL : app);
}

void filters_choose_user(struct app *app, const struct filter_target *target)
{
	static const struct chooser_ops ops = {.accept = user_accept};
	cleanup_free struct users *u = calloc(1, sizeof(*u));
	int r;

	if (!u)
		return;
	app->filter_target = *target;
	count_users(u, app->model);
	chooser_open(&app->chooser, CHOOSER_ONE, "user", &ops, app);
	r = chooser_add(&app->chooser, "(all)", "no filter", false, NULL);
	for (size_t i = 0; i < u->count && r == 0; i++)
		r = add_user(app, u->uids[i], u->counts[i]);
	if (r < 0)
		chooser_close(&app->chooser);
}

/* -- saved filters --------------------------------------------------------------------------------------------------
 */

static void saved_accept(void *ctx, struct chooser *c)
{
	apply(ctx, c->items[c->cursor].detail);
}

/* If two have the same name the last one counts, as everywhere in the file. */
static bool is_saved(const struct ini *ini, size_t i)
{
	const struct ini_line *l = &ini->lines[i];
	size_t line = 0;

	return l->key && strcmp(l->section, CONFIG_FILTERS) == 0 && ini_get(ini, l->section, l->key, &line) &&
	       line == i + 1;
}

/* The file may contain anything: what is shown is made printable. */
static int add_saved(struct app *app, const struct ini_line *l)
{
	char name[128], text[PROMPT_MAX + 1];

	text_clean(name, sizeof(name), l->key, strlen(l->key));
	text_clean(text, sizeof(text), l->value, strlen(l->value));
	return chooser_add(&app->chooser, name, text, false, NULL);
}

void filters_choose_saved(struct app *app, const struct filter_target *target)
{
	static const struct chooser_ops ops = {.accept = saved_accept};
	const struct ini *ini = &app->config.ini;
	int r = 0;

	app->filter_target = *target;
	chooser_open(&app->chooser, CHOOSER_ONE, "saved filters", &ops, app);
	for (size_t i = 0; i < ini->count && r == 0; i++)
		if (is_saved(ini, i))
			r = add_saved(app, &ini->lines[i]);
	if (r == 0 && app->chooser.count)
		return;
	chooser_close(&app->chooser);
	if (r == 0)
		app_say(app, STYLE_TEXT, "no filter is saved: C-s in the filter's prompt saves one");
}

static int name_accept(void *ctx, const char *text, struct query_error *err)
{
	struct app *app = ctx;
	struct error why = {};
	char name[64];

	text += strspn(text, " ");
	text_copy(name, sizeof(name), text);
	for (size_t n = strlen(name); n > 0 && name[n - 1] == ' '; n--)
		name[n - 1] = '\0';
	if (!*name || strlen(text) >= sizeof(name) || strpbrk(name, "=\t") || strchr("#;[", *name)) {
		text_copy(err->text, sizeof(err->text), "a short name without =, that does not begin with # ; or [");
		return -EINVAL;
	}
	if (config_store(&app->config, CONFIG_FILTERS, name, app->saving, &why) < 0) {
		text_copy(err->text, sizeof(err->text), why.text);
		return -EIO;
	}
	prompt_history_add(&app->filters, app->saving);
	app_say(app, STYLE_TEXT, "saved as %s", name);
	apply(app, app->saving);
	return 0;
}

void filters_ask_name(struct app *app, const char *text, const struct filter_target *target)
{
	static const struct prompt_ops ops = {.accept = name_accept};

	/* The text is the one of the prompt in which the name is entered. */
	text_copy(app->saving, sizeof(app->saving), text);
	app->filter_target = *target;
	prompt_open(&app->prompt, "save as", "a name for this filter in config.ini", "", &ops, app, NULL);
}
