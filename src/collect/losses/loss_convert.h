/* Losses from the kernel's units to the stream's: pure, tested without a kernel. */
#pragma once

#include "record.h"
#include "abi.h"

/* generation: of the socket with that cookie. */
void loss_convert(const struct abi_loss *a, u8 generation, struct record_loss *r);
