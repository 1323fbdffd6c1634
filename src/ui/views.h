/* The views that there are. */
#pragma once

#include "view.h"

/* All, in the order of their numbers; NULL at the end. */
extern const struct view_class *const ui_views[];
