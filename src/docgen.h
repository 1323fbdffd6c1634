/* Private to the generator of documentation. */
#pragma once

#include "buf.h"
#include "options.h"

/* The completion scripts, made from the tables. */
void docgen_bash(struct buf *out);
void docgen_zsh(struct buf *out);
void docgen_fish(struct buf *out);
