/* Retransmits, drops and resets: what the object losses tells, with names for its numbers, as records. */
#pragma once

#include "record.h"
#include "abi.h"
#include "source.h"

extern const struct source_class losses_source;

/* Pure: from the kernel's units to the stream's. generation: of the socket with that cookie. */
void loss_convert(const struct abi_loss *a, u8 generation, struct record_loss *r);
