/* The views of folds: one for each row of FOLDS. */
#pragma once

#include "folds.h"
#include "view.h"

#define FOLD_VIEW_EXTERN(name, title, help) extern const struct view_class view_##name##_class;
FOLDS(FOLD_VIEW_EXTERN)
