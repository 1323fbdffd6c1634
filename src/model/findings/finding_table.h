/* The table of findings. */
#pragma once

#include "findings.h"

/* Rows are struct finding, the picture is a struct findings. */
extern const struct table finding_table;
