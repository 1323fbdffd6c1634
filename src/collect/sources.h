/* Sources that have no folder of their own. */
#pragma once

#include "source.h"

extern const struct source_class meter_source, commands_source;
