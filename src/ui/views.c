/* The views that there are, in the order of their numbers. */
#include <errno.h>
#include <string.h>

#include "text.h"
#include "ui.h"
#include "view_folds.h"

/* clang-format off */
#define FOLD_CLASS(name, title, help) &view_##name##_class,
static const struct view_class *const classes[] = {
	&view_sockets_class, &view_layers_class, &view_retransmits_class, &view_drops_class, &view_resets_class,
	&view_packets_class, FOLDS(FOLD_CLASS) &view_help_class,
};
/* clang-format on */

const struct view_class *view_class_at(size_t i)
{
	return i < ARRAY_SIZE(classes) ? classes[i] : NULL;
}

const struct view_class *view_class_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (strcmp(classes[i]->name, name) == 0)
			return classes[i];
	return NULL;
}

const struct view_class *view_numbered(size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (classes[i]->top && n-- == 0)
			return classes[i];
	return NULL;
}

/* -- for the command line and the pages ----------------------------------------------------------------------- */

int ui_check_view(const char *name, struct error *err)
{
	char names[256] = "";

	if (view_class_find(name))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		text_join(names, sizeof(names), ", ", "%s", classes[i]->name);
	return error_set(err, -EINVAL, "no view '%s'; there are %s", name, names);
}

bool ui_view(size_t i, struct ui_view *out)
{
	const struct view_class *class = view_class_at(i);

	if (class)
		*out = (struct ui_view){class->name, class->help, class->table, class->table ? class->table->needs : 0U,
					class->traces};
	return class;
}

bool ui_view_find(const char *name, struct ui_view *out)
{
	size_t i = 0;

	while (ui_view(i, out) && strcmp(out->name, name) != 0)
		i++;
	return view_class_at(i);
}

const char *ui_view_name(size_t i)
{
	const struct view_class *class = view_class_at(i);

	return class ? class->name : NULL;
}
