/* What --version says. */
#pragma once

#include "buf.h"

void version_write(struct buf *out);
