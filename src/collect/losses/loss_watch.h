/* Retransmits, drops and resets: turns what the programs of SET_LOSSES report into records, with names for their
 * numbers. */
#pragma once

#include "source.h"

extern const struct source_class losses_source;
