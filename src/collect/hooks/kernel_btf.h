/* Where the kernel's types (BTF) come from. Which fields lie where can be read from a copy, and the kernel attaches
 * programs by the numbers of types in its own: so a copy must be of the very same build, with all its types. */
#pragma once

#include <stddef.h>

#include "error.h"

#define KERNEL_BTF_FROM_MAX 512

/* Looks for them: the file that the kernel shows, file (--btf; NULL: none), what BPF tells (Linux 5.11), a kernel's
 * image where libbpf looks for one. Sets from (KERNEL_BTF_FROM_MAX bytes) to where they were found, or to "missing". 0,
 * or negative with the line to print. */
int kernel_btf_look(const char *file, char *from, struct error *err) must_check;
/* Before confine(): the same, and where libbpf would not find them, this process gets a mount namespace in which it
 * does. */
int kernel_btf_provide(const char *file, char *from, struct error *err) must_check;
