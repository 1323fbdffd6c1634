/* From an event to the socket that it was of. */
#include "socket_event.h"

#include "store.h"
#include "view_group.h"
#include "view_packets.h"

static void open_packets(struct app *app, const struct row *r)
{
	if (r && model_find(app->model, r->s.id) == IDMAP_NONE)
		app_say(app, STYLE_WARN, "the socket is not known any more");
	else if (r)
		app_open(app, &view_packets_class, r->s.id);
}

bool socket_event_action(struct table_view *s, enum action a)
{
	const struct row *r = table_view_selected(s);

	if (a == ACTION_PACKETS)
		open_packets(s->view.app, r);
	else if (a == ACTION_DETAILS)
		view_group_open_owner(s->view.app, r);
	else
		return false;
	return true;
}
