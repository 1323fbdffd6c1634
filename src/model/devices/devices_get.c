/* What the columns of devices, counters and namespaces share. */
#include "devices_get.h"

#include <string.h>

u64 stored_at(const void *row, size_t offset, u8 size)
{
	u64 wide = 0;
	u32 narrow;

	if (size == sizeof(wide)) {
		memcpy(&wide, (const u8 *)row + offset, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, (const u8 *)row + offset, sizeof(narrow));
	return narrow;
}

int value_rate(struct value *v, double rate)
{
	return isnan(rate) ? 0 : value_real(v, rate);
}

COLUMN_GETTER(get_stored)
{
	(void)picture;
	return value_number(v, stored_at(row, c->offset, c->size));
}

COLUMN_GETTER(get_growth)
{
	u64 now = stored_at(row, c->offset, sizeof(u64)), before = stored_at(row, c->offset + c->has, sizeof(u64));

	(void)picture;
	return value_rate(v, of_stack_rate(row, now, before));
}

const char *stack_name(const struct model *m, u32 netns)
{
	return model_name(m, NAME_NETNS, netns, 0);
}

COLUMN_GETTER(get_stack_netns)
{
	(void)c, (void)picture;
	return value_number(v, ((const struct of_stack *)row)->stack->r.netns);
}

COLUMN_GETTER(get_stack_name)
{
	(void)c;
	return value_text(v, stack_name(picture, ((const struct of_stack *)row)->stack->r.netns));
}
