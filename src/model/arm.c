/* Chooses the socket to be traced, and when its trace is over. Time is that of the ticks, so that a recording gives the
 * same result. */
#include "arm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "idmap.h"
#include "packets.h"
#include "socket_table.h"

#define RESTING_MAX 4096 /* sockets remembered; with one every tick of 0.1 s there are 600 */

struct arm {
	char *text;          /* owned */
	struct query *query; /* owned */
	u64 id;              /* being traced; 0: none */
	u64 since_ns;        /* of the tick that armed it */
	u64 taken;           /* packets that had been received by then */
	struct resting {
		u64 id, since_ns;
	} resting[RESTING_MAX]; /* a ring */
	size_t first, used;
};

int arm_new(struct arm **out, const char *text, struct query_error *err)
{
	struct query_error ignored;
	struct arm *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return -ENOMEM;
	if (!err)
		err = &ignored;
	r = query_parse(&socket_table, text, &a->query, err);
	if (r == 0 && !a->query) {
		snprintf(err->text, sizeof(err->text), "an empty expression would trace every socket");
		r = -EINVAL;
	}
	if (r == 0 && !(a->text = strdup(text)))
		r = -ENOMEM;
	if (r < 0) {
		arm_free(a);
		return r;
	}
	*out = a;
	return 0;
}

void arm_free(struct arm *a)
{
	if (!a)
		return;
	query_free(a->query);
	free(a->text);
	free(a);
}

const char *arm_text(const struct arm *a)
{
	return a->text;
}

unsigned arm_needs(const struct arm *a)
{
	return query_needs(a->query);
}

u64 arm_id(const struct arm *a)
{
	return a->id;
}

/* -- who ----------------------------------------------------------------------------------------------------------- */

/* TIME_WAIT and request sockets are not full sockets: nothing is sent or read through them. */
static bool can_be_traced(const struct row *r)
{
	return r->live && !r->closed && r->s.state != STATE_TIME_WAIT && r->s.state != STATE_NEW_SYN_RECV;
}

u32 arm_first(const struct model *m, const struct query *q)
{
	for (u32 i = 0; i < model_rows_end(m); i++) {
		const struct row *r = model_row(m, i);

		if (can_be_traced(r) && query_match(q, m, r))
			return i;
	}
	return IDMAP_NONE;
}

static bool rests(const struct arm *a, u64 id)
{
	for (size_t i = 0; i < a->used; i++)
		if (a->resting[(a->first + i) % RESTING_MAX].id == id)
			return true;
	return false;
}

static void wake(struct arm *a, u64 now)
{
	while (a->used && now - a->resting[a->first].since_ns >= ARM_REST_NS) {
		a->first = (a->first + 1) % RESTING_MAX;
		a->used--;
	}
}

static void begin(struct arm *a, const struct model *m, u64 id, u64 now)
{
	if (a->used == RESTING_MAX) {
		a->first = (a->first + 1) % RESTING_MAX;
		a->used--;
	}
	a->resting[(a->first + a->used++) % RESTING_MAX] = (struct resting){id, now};
	a->id = id;
	a->since_ns = now;
	a->taken = packets_counts(model_packets(m)).taken;
}

/* -- when ---------------------------------------------------------------------------------------------------------- */

static bool is_over(const struct arm *a, const struct model *m, u64 now)
{
	u32 index = model_find(m, a->id);

	return index == IDMAP_NONE || model_row(m, index)->closed || now - a->since_ns >= ARM_NS ||
	       packets_counts(model_packets(m)).taken - a->taken >= ARM_PACKETS;
}

u64 arm_tick(struct arm *a, const struct model *m)
{
	const struct record_tick *tick = model_tick(m);
	u64 now = tick ? tick->time_ns : 0;

	if (!tick || (a->id && !is_over(a, m, now)))
		return a->id;
	a->id = 0;
	wake(a, now);
	for (u32 i = 0; i < model_rows_end(m); i++) {
		const struct row *r = model_row(m, i);

		if (can_be_traced(r) && query_match(a->query, m, r) && !rests(a, r->s.id)) {
			begin(a, m, r->s.id, now);
			break;
		}
	}
	return a->id;
}
