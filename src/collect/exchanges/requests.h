/* What requests and their answers begin with: the programs that take it are loaded only while somebody asks for names.
 */
#pragma once

#include "source.h"

extern const struct source_class requests_source;
