/* The lines of a list of losses: the newest first, or under the heads of groups; and where the cursor is among them. */
#include "losses_view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "idmap.h"
#include "text.h"

#define GROUPS_MAX 4096

static const struct model *model_of(const struct losses_view *v)
{
	return v->view.app->model;
}

void losses_free(struct losses_view *v)
{
	query_free(v->query);
	free(v->lines);
	free(v->groups);
	free(v->unfolded);
	free(v);
}

/* -- groups ------------------------------------------------------------------------------------------------------- */

static u64 hash_text(const char *text)
{
	u64 hash = 0;

	for (; *text; text++)
		hash = idmap_hash(hash ^ (u8)*text);
	return hash | 1;
}

/* "NETFILTER_DROP  nft_do_chain"; "rto"; "received"; "sent TCP_ABORT_ON_CLOSE" */
static void reason_label(const struct losses_view *v, const struct record_loss *r, char *text, size_t size)
{
	char reason[RECORD_NAME_LEN], function[RECORD_NAME_LEN];
	const char *way = r->kind == LOSS_RESET_SENT ? "sent" : r->kind == LOSS_RESET_RECEIVED ? "received" : "";

	loss_reason(model_of(v), r, reason, sizeof(reason));
	loss_function(model_of(v), r->location, false, function, sizeof(function));
	snprintf(text, size, "%s%s%.80s%s%.60s", way, *way && *reason ? "  " : "", reason,
		 *function && *reason ? "  " : "", function);
	if (!*text)
		text_copy(text, size, "reason unknown");
}

static void socket_label(const struct losses_view *v, const struct loss *l, char *text, size_t size)
{
	static const char *const names[] = {"comm", "local", "remote"};
	char word[LOSS_TEXT_MAX];

	*text = '\0';
	if (!l->r.id) {
		text_copy(text, size, "no socket");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		for (size_t c = 0; loss_column_at(c); c++) {
			const struct loss_column *column = loss_column_at(c);

			if (strcmp(column->name, names[i]) != 0 || !column->show ||
			    !column->show(model_of(v), l, word, sizeof(word)))
				continue;
			text_join(text, size, i == 2 ? " -> " : "  ", "%s", word);
		}
	}
}

/* Groups by their keys; and by what an event has, so that a label is made for the first of its kind only. */
struct finder {
	struct idmap by_key, by_event;
};

static void finder_deinit(struct finder *f)
{
	idmap_deinit(&f->by_key);
	idmap_deinit(&f->by_event);
}

static struct losses_group *group_of(struct losses_view *v, struct finder *f, u64 key, const char *label)
{
	u32 i = idmap_get(&f->by_key, key);
	struct losses_group *g;

	if (i != IDMAP_NONE)
		return &v->groups[i];
	if (v->group_count == GROUPS_MAX ||
	    array_append(&v->groups, &v->group_cap, v->group_count, sizeof(*v->groups)) < 0 ||
	    idmap_set(&f->by_key, key, v->group_count) < 0)
		return NULL;
	g = &v->groups[v->group_count];
	*g = (struct losses_group){.key = key, .made = v->group_count++};
	text_copy(g->label, sizeof(g->label), label);
	for (u32 k = 0; k < v->unfolded_count; k++)
		g->unfolded |= v->unfolded[k] == key;
	return g;
}

/* The group of an event, made if it is missing; NULL: there are too many. */
static struct losses_group *event_group(struct losses_view *v, struct finder *f, const struct loss *l)
{
	const struct record_loss *r = &l->r;
	u64 event = idmap_hash(r->id) | 1;
	struct losses_group *g;
	char label[160];
	u32 i;

	if (v->by == LOSSES_BY_REASON)
		event = idmap_hash(idmap_hash(r->location) ^ (u64)r->reason << 24 ^ (u64)r->kind << 16 ^ r->flags) | 1;
	i = idmap_get(&f->by_event, event);
	if (i != IDMAP_NONE)
		return &v->groups[i];
	if (v->by == LOSSES_BY_REASON)
		reason_label(v, r, label, sizeof(label));
	else
		socket_label(v, l, label, sizeof(label));
	g = group_of(v, f, v->by == LOSSES_BY_REASON ? hash_text(label) : event, label);
	return g && idmap_set(&f->by_event, event, g->made) == 0 ? g : NULL;
}

static bool is_shown(const struct losses_view *v, const struct record_loss *r)
{
	return v->kinds & LOSS_BIT(r->kind) && (!v->errors || loss_is_error(model_of(v), r));
}

/* An event of no socket matches no filter, as in the batch. */
static bool is_listed(const struct losses_view *v, const struct loss *l)
{
	const struct row *row;

	if (!l || !is_shown(v, &l->r))
		return false;
	row = v->query ? loss_row(model_of(v), l) : NULL;
	return !v->query || (row && query_match(v->query, model_of(v), row));
}

/* Exact totals are kept by reason and place, not by socket: of a filter's sockets only the events that are kept count.
 */
static bool has_totals(const struct losses_view *v)
{
	return v->by == LOSSES_BY_REASON && !v->query;
}

/* The exact totals, whether or not their events are kept. */
static void add_totals(struct losses_view *v, struct finder *f)
{
	const struct loss_count *c;
	char label[160];

	for (size_t i = 0; (c = model_loss_count(model_of(v), i)); i++) {
		struct record_loss r = loss_count_event(c);
		struct losses_group *g;

		if (!is_shown(v, &r))
			continue;
		reason_label(v, &r, label, sizeof(label));
		g = group_of(v, f, hash_text(label), label);
		if (!g)
			return;
		g->count += c->r.count;
		g->moved += loss_count_moved(model_of(v), c);
	}
}

/* Where there are no totals the events are counted. */
static void add_event(const struct losses_view *v, struct losses_group *g, const struct loss *l)
{
	const struct record_tick *tick = model_tick(model_of(v));
	u32 n = l->r.kind == LOSS_RETRANSMIT ? l->r.segments : 1;

	g->newest = g->newest ? g->newest : l->number;
	g->events++;
	if (has_totals(v))
		return;
	g->count += n;
	if (tick && l->tick == tick->number)
		g->moved += n;
}

static int by_count(const void *a, const void *b)
{
	const struct losses_group *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(x->label, y->label);
}

/* -- lines -------------------------------------------------------------------------------------------------------- */

static int add_line(struct losses_view *v, struct losses_line line)
{
	if (array_append(&v->lines, &v->line_cap, v->line_count, sizeof(*v->lines)) < 0)
		return -ENOMEM;
	v->lines[v->line_count++] = line;
	return 0;
}

static int make_flat(struct losses_view *v)
{
	const struct model *m = model_of(v);

	for (u64 n = model_losses_newest(m); n && n >= model_losses_oldest(m); n--) {
		const struct loss *l = model_loss(m, n);

		if (is_listed(v, l) && add_line(v, (struct losses_line){.number = n}) < 0)
			return -ENOMEM;
	}
	v->events = v->line_count;
	return 0;
}

/* Heads, and room for the events of those that are unfolded. */
static int add_heads(struct losses_view *v)
{
	for (u32 i = 0; i < v->group_count; i++) {
		struct losses_group *g = &v->groups[i];

		if (add_line(v, (struct losses_line){.head = true, .group = i}) < 0)
			return -ENOMEM;
		g->first = v->line_count;
		for (u32 n = 0; g->unfolded && n < g->events; n++)
			if (add_line(v, (struct losses_line){.group = i}) < 0)
				return -ENOMEM;
	}
	return 0;
}

/* The events into the room of their groups, the newest first. */
static int fill_groups(struct losses_view *v, struct finder *f)
{
	const struct model *m = model_of(v);
	u32 groups = v->group_count;
	cleanup_free u32 *place = calloc(groups ? groups : 1, sizeof(*place));

	if (!place)
		return -ENOMEM;
	for (u32 i = 0; i < groups; i++)
		place[v->groups[i].made] = i;
	for (u64 n = model_losses_newest(m); n && n >= model_losses_oldest(m); n--) {
		const struct loss *l = model_loss(m, n);
		struct losses_group *g = is_listed(v, l) ? event_group(v, f, l) : NULL;

		/* What event_group() finds are places before the groups were ordered. */
		g = g && g - v->groups < groups ? &v->groups[place[g - v->groups]] : NULL;
		if (g && g->unfolded)
			v->lines[g->first++].number = n;
	}
	return 0;
}

static int make_tree(struct losses_view *v)
{
	cleanup(finder_deinit) struct finder f = {};
	const struct model *m = model_of(v);
	int r;

	v->group_count = 0;
	if (has_totals(v))
		add_totals(v, &f);
	for (u64 n = model_losses_newest(m); n && n >= model_losses_oldest(m); n--) {
		const struct loss *l = model_loss(m, n);
		struct losses_group *g = is_listed(v, l) ? event_group(v, &f, l) : NULL;

		if (!g)
			continue;
		v->events++;
		add_event(v, g, l);
	}
	if (v->group_count)
		qsort(v->groups, v->group_count, sizeof(*v->groups), by_count);
	r = add_heads(v);
	return r < 0 || !v->unfolded_count ? r : fill_groups(v, &f);
}

/* -- the cursor --------------------------------------------------------------------------------------------------- */

static void adopt(struct losses_view *v)
{
	const struct losses_line *l = v->cursor < v->line_count ? &v->lines[v->cursor] : NULL;

	v->on_head = l && l->head;
	v->key = !l ? 0 : l->head ? v->groups[l->group].key : l->number;
}

static void clamp(struct losses_view *v)
{
	u32 height = MAX(v->height, 1U);

	v->cursor = v->line_count ? MIN(v->cursor, v->line_count - 1) : 0;
	if (v->cursor < v->top)
		v->top = v->cursor;
	if (v->cursor >= v->top + height)
		v->top = v->cursor - height + 1;
	if (v->top + height > v->line_count)
		v->top = v->line_count > height ? v->line_count - height : 0;
}

/* Brings the cursor to its line again, which keeps its place on the screen. */
static void settle(struct losses_view *v)
{
	u32 line = v->cursor - v->top;

	if (!v->pinned)
		v->cursor = v->top = 0;
	for (u32 i = 0; v->pinned && i < v->line_count; i++) {
		const struct losses_line *l = &v->lines[i];

		if (l->head != v->on_head || (l->head ? v->groups[l->group].key : l->number) != v->key)
			continue;
		v->cursor = i;
		v->top = i > line ? i - line : 0;
		break;
	}
	clamp(v);
	adopt(v);
}

int losses_make(struct losses_view *v)
{
	int r;

	v->line_count = v->events = 0;
	r = v->by == LOSSES_FLAT ? make_flat(v) : make_tree(v);
	settle(v);
	return r;
}

void losses_move(struct losses_view *v, s64 to)
{
	v->cursor = v->line_count ? (u32)CLAMP(to, (s64)0, (s64)v->line_count - 1) : 0;
	v->pinned = true;
	clamp(v);
	adopt(v);
}

void losses_home(struct losses_view *v)
{
	v->cursor = v->top = 0;
	v->pinned = false;
	adopt(v);
}

void losses_fold(struct losses_view *v, u64 key, bool folded)
{
	u64 *unfolded;

	for (u32 i = 0; i < v->unfolded_count; i++)
		if (v->unfolded[i] == key)
			v->unfolded[i--] = v->unfolded[--v->unfolded_count];
	if (folded)
		return;
	unfolded = reallocarray(v->unfolded, v->unfolded_count + 1, sizeof(*unfolded));
	if (!unfolded)
		return;
	v->unfolded = unfolded;
	v->unfolded[v->unfolded_count++] = key;
}

void losses_fold_all(struct losses_view *v)
{
	bool any = v->unfolded_count;

	v->unfolded_count = 0;
	for (u32 g = 0; !any && g < v->group_count; g++)
		losses_fold(v, v->groups[g].key, false);
}
