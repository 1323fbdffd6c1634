/* The user's own checks. */
#pragma once

#include "cleanup.h"

struct findings;
struct config;
struct notes;

/* Adds those of config.ini; what is wrong with one is noted with file and line. -ENOMEM. */
int own_checks_load(struct findings *f, const struct config *config, struct notes *notes) must_check;
