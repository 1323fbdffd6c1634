/* Running an iterator: its records one by one. */
#pragma once

#include "collect.h"
#include "abi.h"

struct bpf_link;

/* Called for each record: an abi_sock (with its abi_info behind it when has_info), an abi_mini or an abi_same, told by kind. */
typedef void (*pass_fn)(void *context, const struct abi_sock *record);

/* Reads the iterator to its end. between is called now and then so that other work (the ring buffer) does not wait.
 * 0, or negative errno; a broken record ends the pass with -EPROTO. */
int pass_run(struct bpf_link *link, pass_fn each, void (*between)(void *context), void *context) must_check;
