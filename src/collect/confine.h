/* Giving up privileges for good. */
#pragma once

struct collector;

/* Lets go of the terminal and keeps only the capabilities that still serve something, in the calling thread. 0 or a
 * negative errno. */
int confine(const struct collector *c);
#define CONFINE_NONE (-1)
/* Keeps one capability at most, CONFINE_NONE: none, in the calling thread. */
int confine_to(int capability);
