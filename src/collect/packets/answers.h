/* Source: what name servers have answered, while somebody looks at names of hosts. */
#pragma once

#include "source.h"

extern const struct source_class answers_source;
