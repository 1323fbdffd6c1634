/* The black box: of connections that ended badly (by a reset, a time-out, an error, or before they were connections)
 * what was told of them last, kept when they end, so that what comes after does not push it out. Packets are in it only
 * where they were traced: nothing is recorded for it. Part of the model's picture. */
#pragma once

#include "cleanup.h"
#include "losses.h"
#include "packet.h"

#define BOXES_MAX 4096 /* connections; the oldest go first */
#define BOX_LOSSES 8   /* of each: the newest retransmits, drops and resets, … */
#define BOX_PACKETS 16 /* … and headers of packets */

enum box_what { BOX_RETRANSMIT = 1, BOX_DROP, BOX_RESET_SENT, BOX_RESET_RECEIVED, BOX_SENT, BOX_RECEIVED, BOX_WHATS };

struct box_event {
	u64 time_ns;      /* CLOCK_MONOTONIC */
	u64 location;     /* of a drop, as record_loss.location */
	u32 seq, end_seq; /* as on the wire; of a reset 0: not known */
	u32 ack, window;  /* of packets */
	u32 cwnd;         /* of retransmits, segments */
	u32 reason;       /* as record_loss.reason */
	u16 segments, loss_flags;
	u8 what;      /* enum box_what */
	u8 tcp_flags; /* of packets and drops */
	u8 marks;     /* enum loss_marks */
	u8 family;
};

struct box {
	u64 id; /* of the socket: row.s.id */
	u64 ended_ns, tick;
	u32 count, losses;
	struct box_event events[BOX_LOSSES + BOX_PACKETS]; /* in the order of time */
};

/* That of a socket; NULL: it did not end badly, or is not kept any more. */
const struct box *model_box(const struct model *m, u64 id);
/* A loss as the black box has it. */
struct box_event box_event_of(const struct loss *l);
/* "retransmit", "drop", "reset_sent", "reset_received", "sent", "received" */
const char *box_what_name(unsigned what);
/* The cause of a retransmit, the kernel's reason of a drop or reset; a segment's TCP flags. "" if not known. */
void box_event_reason(const struct model *m, const struct box_event *e, char *text, size_t size);
void box_event_flags(const struct box_event *e, char *text, size_t size);
/* All that is known of it but the time: "retransmit rto  seq 17-1465  cwnd 1". */
void box_event_text(const struct model *m, const struct box_event *e, char *text, size_t size);
