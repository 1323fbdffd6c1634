/* The view of the layers. */
#pragma once

#include "view.h"

extern const struct view_class view_layers_class;
