/* What the columns of devices, counters and namespaces share. */
#include "devices_get.h"

COLUMN_GETTER(get_stored)
{
	(void)picture;
	return value_number(v, field_at(row, c->offset, c->size));
}

COLUMN_GETTER(get_growth)
{
	u64 now = field_at(row, c->offset, sizeof(u64)), before = field_at(row, c->offset + c->has, sizeof(u64));

	(void)picture;
	return value_real(v, of_stack_rate(row, now, before));
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
