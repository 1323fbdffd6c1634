/* The name of a container, from the files that its runtime keeps. No runtime is asked. */
#pragma once

#include "container_path.h"

/* As it is shown: NAME, NAMESPACE/POD/CONTAINER of Kubernetes', of a user's own NAME@UID; "RUNTIME:" and the first 12
 * digits of the id while no file says more. */
#define CONTAINER_TEXT_MAX 256

/* root stands before every path that is read: "" but for tests. Returns whether a name was found; dst has
 * CONTAINER_TEXT_MAX bytes and is set in any case. May wait for a file system. */
bool container_name(const char *root, const struct container *c, char *dst);
