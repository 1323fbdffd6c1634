/* Retransmits, drops and resets: what the object losses tells, with names for its numbers, as records. */
#pragma once

#include "source.h"

extern const struct source_class losses_source;
