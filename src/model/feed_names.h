/* Names of hosts that are looked up for a model. */
#pragma once

struct model;

/* Takes in the answers that have come, and asks for the names that were missed: fd is resolver.h's. Never blocks.
 * -ENOMEM. */
int feed_names(struct model *m, int fd);
