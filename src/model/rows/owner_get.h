/* Private to the tables of events: the socket's owner, as long as its row exists. */
#pragma once

#include "store.h"
#include "table.h"

/* The row of a socket whose owner is known, or NULL. */
static inline const struct row *owned_row(const struct model *m, u64 id)
{
	u32 index = model_find(m, id);
	const struct row *r = index == IDMAP_NONE ? NULL : model_row(m, index);

	return r && r->s.has & HAS_OWNER ? r : NULL;
}

/* r may be NULL: not known. A name of the model's is printable. */
static inline int value_pid(struct value *v, const struct row *r)
{
	return r ? value_number(v, r->s.pid) : 0;
}
static inline int value_comm(struct value *v, const struct row *r)
{
	return r ? value_text(v, (const char *)r->s.comm) : 0;
}
