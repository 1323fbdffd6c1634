/* Converts losses from the kernel's units to the stream's. Pure, tested without a kernel. */
#pragma once

#include "record.h"
#include "abi.h"

/* generation: of the socket that has the event's cookie. */
void loss_convert(const struct abi_loss *a, u8 generation, struct record_loss *r);
