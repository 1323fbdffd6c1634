/* Decodes the first bytes of a packet, which are hostile input. */
#pragma once

#include <stdbool.h>

#include "record.h"
#include "abi_stages.h"

/* Fills in the record's fields from its captured bytes. */
void packet_read(struct record_packet *p, bool tx);
/* Cuts the captured bytes down to the headers. */
void packet_cut(struct record_packet *p);
/* Fills in the other side of a NAT, after packet_read(). */
void packet_nat(struct record_packet *p, const struct abi_packet *a);
