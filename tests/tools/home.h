/* The world of the program under test: an empty home folder that goes afterwards, and an environment made from nothing.
 */
#pragma once

#include "buf.h"
#include "error.h"

#define HOME_ENV_MAX 32
#define HOME_RANDOM 6 /* last characters of the path */

struct home {
	char path[64];
	char *env[HOME_ENV_MAX + 1]; /* NULL-terminated, owned */
};

int home_init(struct home *h, struct error *err) must_check;
/* Removes the folder and all that is in it. */
void home_deinit(struct home *h);
/* "NAME=VALUE", in place of an older one. */
int home_setenv(struct home *h, const char *assignment) must_check;
void home_unsetenv(struct home *h, const char *name);
/* Writes a file below the home, making the folders on its way. */
int home_write(struct home *h, const char *path, struct buf *text, struct error *err) must_check;
/* Is there a regular file that holds the text in a line, and no control character but newline? */
int home_check(struct home *h, const char *path, const char *text, struct error *err) must_check;
