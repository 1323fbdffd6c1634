/* What the first bytes of a packet say: hostile input. */
#pragma once

#include <stdbool.h>

#include "record.h"
#include "abi_stages.h"

/* Fills it in from the captured bytes of p. */
void packet_read(struct record_packet *p, bool tx);
/* Cuts the captured bytes down to the headers. */
void packet_cut(struct record_packet *p);
/* … and the other side of a translation, once that is done. */
void packet_nat(struct record_packet *p, const struct abi_packet *a);
