/* Hosts whose names are to be looked up, for who can do that. */
#pragma once

#include "store.h"

/* From now on addresses whose name somebody has looked for in vain (model_host()) are wanted, each once. -ENOMEM. */
int model_want_hosts(struct model *m) must_check;
/* The first of them; false: none is. */
bool model_wanted_host(const struct model *m, struct record_host *r);
/* It was asked for: the next one is the first. */
void model_asked_host(struct model *m);
