/* The view of requests: what is asked for, how it is answered, and where the time of it goes. */
#include <stdio.h>

#include "exchange_table.h"
#include "request_table.h"
#include "table_view.h"
#include "view_sockets.h"

/* The exchanges of this name, at either end. A quote in it would end the filter's: any letter does there. */
static void open_exchanges(struct table_view *s, const void *row)
{
	const struct request *q = row;
	char filter[PROMPT_MAX + 1], name[128];
	size_t n = 0;

	for (const char *c = q->name; *c && n + 1 < sizeof(name); c++)
		name[n++] = *c == '"' || *c == '\\' ? '?' : *c;
	name[n] = '\0';
	snprintf(filter, sizeof(filter), "%sport = %u%s%s%s", q->role == EXCHANGE_SERVER ? "l" : "r", q->port,
		 n ? " and name = \"" : "", name, n ? "\"" : "");
	table_view_lead(s->view.app, &exchange_table, filter);
}

static void alarms(const struct table_view *s, const struct pane *p, int *x, int end)
{
	table_view_alarm(p, x, end, model_requests_lost(s->view.app->model), "beginnings did not fit");
	table_view_alarm(p, x, end, model_requests_other(s->view.app->model), "under other names");
}

static bool nothing(const struct table_view *s, const struct pane *p, int y)
{
	const struct model *m = s->view.app->model;
	const struct record_feature *f = model_unserved(m, TELLS_REQUESTS);
	int x = p->w >= 40 ? 2 : 0;

	if (s->query && model_requests_count(m))
		return false;
	if (f) {
		table_view_draw_unserved(p, y, f, "requests be read");
	} else if (model_requests_on(m)) {
		pane_put(p, y, x, -1, STYLE_LABEL, "nothing was asked for and answered so far");
		pane_put(p, y + 1, x, -1, STYLE_LABEL, "of a connection the next request is the first that is read");
	} else {
		pane_put(p, y, x, -1, STYLE_LABEL, "the programs are being loaded");
	}
	return true;
}

static const struct table_view_ops ops = {.open = open_exchanges, .alarms = alarms, .nothing = nothing};

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	(void)arg;
	return table_view_open(v, app, &view_requests_class, &request_table, app->model, &ops, err);
}

const struct view_class view_requests_class = {
    .name = "requests",
    .title = "Requests",
    .help = "what is asked for, how it is answered, where its time goes",
    .scope = SCOPE_LIST,
    .top = true,
    .key = ACTION_REQUESTS,
    .table = &request_table,
    .warm_up = 3,
    .open = open_view,
    TABLE_VIEW_CLASS,
};
