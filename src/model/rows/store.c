/* Reads the picture. */
#include "rows_private.h"

u32 model_rows_end(const struct model *m)
{
	return m->rows_end;
}

struct row *model_row(const struct model *m, u32 index)
{
	return &model_slot(m, index)->row;
}

const void *model_live_row(const void *m, u32 index)
{
	const struct row *r = &model_slot(m, index)->row;

	return r->live ? r : NULL;
}

u32 model_find(const struct model *m, u64 key)
{
	return key ? idmap_get(&m->ids, key) : IDMAP_NONE;
}

u64 model_ended_since(const struct model *m)
{
	bool full = m->counts.closed && m->counts.closed >= m->closed_keep;

	return full ? model_slot(m, m->closed_oldest)->row.s.ended_ns : 0;
}

u64 model_key(const struct model *m, u64 id)
{
	return id && id != ECHO_ID ? id ^ m->host.mix : id;
}

u64 model_socket_id(const struct model *m, u64 key)
{
	return model_key(m, key);
}

const struct record_tick *model_tick(const struct model *m)
{
	return m->ticks ? &m->tick : NULL;
}

double model_tick_seconds(const struct model *m)
{
	return m->tick_seconds;
}

const struct prefixes *model_prefixes(const struct model *m)
{
	return m->prefixes;
}

const struct record_hello *model_hello(const struct model *m)
{
	return m->host.has_hello ? &m->host.hello : NULL;
}

const struct record_bye *model_bye(const struct model *m)
{
	return m->host.has_bye ? &m->host.bye : NULL;
}

const struct record_feature *model_feature(const struct model *m, size_t i)
{
	return i < m->host.feature_count ? &m->host.features[i] : NULL;
}

const struct record_feature *model_unserved(const struct model *m, unsigned number)
{
	const struct record_feature *f;

	for (size_t i = 0; (f = model_feature(m, i)); i++)
		if (f->number == number && !f->hook[0])
			return f;
	return NULL;
}

struct packets *model_packets(const struct model *m)
{
	return m->packets;
}

u64 model_generation(const void *model)
{
	return ((const struct model *)model)->generation;
}

u64 model_realtime(const struct model *m, u64 monotonic_ns)
{
	u64 offset = m->host.has_hello ? m->host.hello.realtime_offset_ns : 0;

	/* The wall clock may have been set since the start. */
	if (m->ticks && m->tick.realtime_ns)
		offset = m->tick.realtime_ns - m->tick.time_ns;
	return monotonic_ns && offset ? monotonic_ns + offset : 0;
}
