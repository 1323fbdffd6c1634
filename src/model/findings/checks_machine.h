/* Private to the table of checks: those of the machine. */
#pragma once

#include "check.h"

extern const struct check checks_machine[];
extern const size_t checks_machine_count;
