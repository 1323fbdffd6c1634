/* The views of what was lost. */
#pragma once

#include "view.h"

extern const struct view_class view_retransmits_class, view_drops_class, view_resets_class;
/* Of one; arg is its number. */
extern const struct view_class view_loss_class;
