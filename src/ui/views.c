/* The views that there are, in the order of their numbers. */
#include <errno.h>

#include "text.h"
#include "ui.h"
#include "view_devices.h"
#include "view_findings.h"
#include "view_folds.h"
#include "view_layers.h"
#include "view_losses.h"
#include "view_overview.h"
#include "view_packets.h"
#include "view_rtt.h"
#include "view_sockets.h"
#include "views.h"

/* clang-format off */
#define FOLD_CLASS(name, title, help) &view_##name##_class,
const struct view_class *const ui_views[] = {
	&view_sockets_class, &view_layers_class, &view_retransmits_class, &view_drops_class, &view_resets_class,
	&view_packets_class, FOLDS(FOLD_CLASS) &view_lives_class, &view_exchanges_class, &view_requests_class,
	&view_devices_class,
	&view_findings_class, &view_overview_class, &view_cpus_class, &view_counters_class, &view_stacks_class,
	&view_interceptions_class, &view_rtt_class, &view_help_class, NULL,
};
/* clang-format on */

static bool describe(const struct view_class *class, struct ui_view *out)
{
	if (class)
		*out = (struct ui_view){class->name,
					class->help,
					class->table,
					class->filters,
					class->table ? table_needs(class->table) : 0U,
					class->traces};
	return class;
}

/* -- for the command line and the pages ----------------------------------------------------------------------- */

int ui_check_view(const char *name, struct error *err)
{
	char names[256] = "";

	if (view_class_find(ui_views, name))
		return 0;
	for (size_t i = 0; ui_views[i]; i++)
		text_join(names, sizeof(names), ", ", "%s", ui_views[i]->name);
	return error_set(err, -EINVAL, "no view '%s'; there are %s", name, names);
}

bool ui_view(size_t i, struct ui_view *out)
{
	return i < ARRAY_SIZE(ui_views) && describe(ui_views[i], out);
}

bool ui_view_find(const char *name, struct ui_view *out)
{
	return describe(view_class_find(ui_views, name), out);
}

const char *ui_view_name(size_t i)
{
	struct ui_view view;

	return ui_view(i, &view) ? view.name : NULL;
}
