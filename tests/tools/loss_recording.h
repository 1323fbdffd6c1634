/* Made-up losses of a few sockets of make_recording. */
#pragma once

#include "stream.h"

#define LOSS_FIRST_ID 1 /* sockets 1 … LOSS_SOCKETS of make_recording */
#define LOSS_SOCKETS 3
#define LOSS_TICKS 5

enum loss_kernel {
	LOSSES_FULL,  /* one that gives reasons */
	LOSSES_PLAIN, /* one that has no reasons, and a storm in which not every event was reported */
	LOSSES_NONE,  /* none of the hooks is there */
};

void put_loss_names(struct buf *out, enum loss_kernel kernel);
/* What a tick brings; nothing in the first, because losses are watched from its end on. */
void put_losses(struct buf *out, unsigned tick, u64 now_ns, enum loss_kernel kernel);
