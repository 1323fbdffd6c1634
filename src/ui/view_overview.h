/* The view Overview. */
#pragma once

#include "view.h"

extern const struct view_class view_overview_class;
