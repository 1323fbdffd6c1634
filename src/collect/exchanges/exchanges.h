/* Exchanges: the programs that see the turns of TCP conversations are loaded only while somebody looks. */
#pragma once

#include "source.h"

extern const struct source_class exchanges_source;
