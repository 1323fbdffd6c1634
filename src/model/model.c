/* The model's front: passes each kind of record to the part that keeps it, and lets the parts work out a tick in
 * turn. */
#include "model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "blackbox_private.h"
#include "bounds.h"
#include "devices_private.h"
#include "layers_private.h"
#include "listeners_private.h"
#include "lives_private.h"
#include "losses_private.h"
#include "exchanges_private.h"
#include "packets.h"
#include "requests_private.h"
#include "rows_private.h"
#include "text.h"

static void exchanges_end(struct model *m)
{
	exchanges_end_tick(m, m->settling.elapsed);
}

/* What is known beside the rows. Rows know none of it, nor does a part know another. */
static const struct part {
	int (*init)(struct model *m); /* -ENOMEM; deinit() is called even so */
	void (*deinit)(struct model *m);
	void (*gone)(struct model *m, u64 id); /* the row with this key; NULL: it keeps nothing of rows */
	void (*end_tick)(struct model *m);     /* the rows' tick is worked out; may be NULL */
	/* What it has to do before that and takes long; until deadline_ns (0: to the end). true: it is done. */
	bool (*settle)(struct model *m, u64 deadline_ns);
} parts[] = {
    {losses_init, losses_deinit, NULL, NULL, NULL},
    {lives_init, lives_deinit, NULL, NULL, NULL},
    {listeners_init, listeners_deinit, listeners_drop, listeners_end_tick, NULL},
    {boxes_init, boxes_deinit, NULL, boxes_end_tick, NULL},
    {layers_init, layers_deinit, layers_drop, layers_end_tick, NULL},
    {requests_init, requests_deinit, requests_drop, requests_end_tick, requests_settle}, /* before their exchanges */
    {exchanges_init, exchanges_deinit, exchanges_drop, exchanges_end, exchanges_settle},
    {devices_init, devices_deinit, NULL, NULL, NULL},
};

static void came(struct model *m, const struct row *r, struct record_socket *fresh)
{
	if (!m->loading) {
		losses_own_drops(m, r, fresh);
		lives_came(m, r, fresh);
	}
	pairs_came(m, r, fresh);
}

static void gone(struct model *m, u64 id)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].gone)
			parts[i].gone(m, id);
}

static void ended(struct model *m, const struct record_socket *s, u64 ended_ns)
{
	if (m->loading)
		return;
	lives_ended(m, s, ended_ns);
	boxes_ended(m, s, ended_ns);
}

static const struct row_watch watch = {
    .came = came,
    .ended = ended,
    .came_twice = losses_note_dsack,
    .gone = gone,
};

int model_new(struct model **out)
{
	struct model *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return -ENOMEM;
	rows_init(m, &watch);
	model_limit(m, MODEL_ROWS_MAX, UINT64_MAX);
	r = packets_new(&m->packets);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
		r = parts[i].init(m);
	if (r < 0)
		model_free(take(m));
	*out = m;
	return r;
}

void model_set_prefixes(struct model *m, const struct prefixes *p)
{
	m->prefixes = p;
}

/* Two hosts number their sockets alike. The hash has a key of the process, so that no host can choose an id that
 * collides with another's; among a million rows a collision happens once in 30 million times. */
void model_set_host(struct model *m, u32 number)
{
	m->host.number = number;
	m->host.mix = number ? idmap_hash(number) : 0;
}

void model_limit(struct model *m, u32 rows, u64 bytes)
{
	m->rows_max = MIN(rows, MODEL_ROWS_MAX);
	m->bytes_max = bytes;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	rows_deinit(m);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		parts[i].deinit(m);
	packets_free(m->packets);
	free(m);
}

/* -- records in ---------------------------------------------------------------------------------------------------- */

/* Makes a text field printable, in place. */
static void clean_field(u8 *field, size_t size)
{
	char text[512];
	size_t n = text_clean(text, MIN(size, sizeof(text)), (const char *)field, size);

	memset(field, 0, size);
	memcpy(field, text, n);
}

#define CLEAN(field) clean_field(field, sizeof(field))

static void take_hello(struct model *m, const struct record_hello *rec)
{
	m->host.hello = *rec;
	CLEAN(m->host.hello.host);
	CLEAN(m->host.hello.kernel);
	CLEAN(m->host.hello.version);
	m->host.has_hello = true;
}

static void take_bye(struct model *m, const struct record_bye *rec)
{
	m->host.bye = *rec;
	CLEAN(m->host.bye.text);
	m->host.has_bye = true;
}

/* A feature that is sent again (its hook has changed) keeps its place. */
static int take_feature(struct model *m, const struct record_feature *rec)
{
	struct record_feature f = *rec, *features;
	size_t i = 0;

	CLEAN(f.name);
	CLEAN(f.hook);
	CLEAN(f.reason);
	while (i < m->host.feature_count && memcmp(m->host.features[i].name, f.name, sizeof(f.name)) != 0)
		i++;
	if (i == MODEL_FEATURES_MAX)
		return 0;
	if (i == m->host.feature_count) {
		features = reallocarray(m->host.features, m->host.feature_count + 1, sizeof(*features));
		if (!features)
			return -ENOMEM;
		m->host.features = features;
		m->host.feature_count++;
	}
	m->host.features[i] = f;
	return 0;
}

/* The store of packets does not know hosts. */
static int take_packet(struct model *m, const struct record_packet *rec)
{
	struct record_packet r = *rec;

	r.id = model_key(m, rec->id);
	return packets_take(m->packets, &r);
}

static void take_trace(struct model *m, const struct record_trace *rec)
{
	struct record_trace t = *rec;

	t.id = model_key(m, rec->id);
	packets_take_trace(m->packets, &t);
}

int model_apply(struct model *m, const struct record *rec, struct error *err)
{
	int r = 0;

	model_work(m, 0);
	switch (rec->kind) {
	case RECORD_SOCKET: return take_socket(m, rec->socket, err);
	case RECORD_GONE: return take_gone(m, rec->gone, err);
	case RECORD_OWNERS: return take_owners(m, rec->owners, err);
	case RECORD_RESETS: return take_resets(m, rec->resets, err);
	case RECORD_INFO: return take_info(m, rec->info, err);
	case RECORD_INTERCEPTION: return take_interception(m, rec->interception, err);
	case RECORD_LAYERS: return take_layers(m, rec->layers, err);
	case RECORD_NETFILTER: return take_netfilter(m, rec->netfilter, err);
	case RECORD_LOSS: return take_loss(m, rec->loss, err);
	case RECORD_LOSS_COUNT: return take_loss_count(m, rec->loss_count, err);
	case RECORD_TICK:
		model_begin_tick(m, rec->tick);
		model_work(m, 0);
		return 1;
	case RECORD_HELLO: take_hello(m, rec->hello); break;
	case RECORD_BYE: take_bye(m, rec->bye); break;
	case RECORD_STAGES: take_stages(m, rec->stages); break;
	case RECORD_LOSSES: take_losses(m, rec->losses); break;
	case RECORD_FEATURE: r = take_feature(m, rec->feature); break;
	case RECORD_PORTS: r = take_ports(m, rec->ports); break;
	case RECORD_NAME: r = take_name(m, rec->name); break;
	case RECORD_LISTENER: r = take_listener(m, rec->listener); break;
	case RECORD_LIFE: take_life(m, rec->life); break;
	case RECORD_PROCESS: r = take_process(m, rec->process); break;
	case RECORD_CMDLINE: r = take_cmdline(m, rec->cmdline); break;
	case RECORD_HOST: r = take_host(m, rec->host); break;
	case RECORD_ANSWER: r = take_answer(m, rec->answer); break;
	case RECORD_PACKET: r = take_packet(m, rec->packet); break;
	case RECORD_SPACE:
		if (rec->space->has & SPACE_GONE)
			nat_forget(m, rec->space->id);
		r = take_space(m, rec->space);
		break;
	case RECORD_DEVICE: r = take_device(m, rec->device); break;
	case RECORD_COUNTER: r = take_counter(m, rec->counter); break;
	case RECORD_ATTACHED: r = take_attached(m, rec->attached); break;
	case RECORD_NAT: r = take_nat(m, rec->nat); break;
	case RECORD_CPU: r = take_cpu(m, rec->cpu); break;
	case RECORD_TRACE: take_trace(m, rec->trace); break;
	case RECORD_EXCHANGE: r = take_exchange(m, rec->exchange); break;
	case RECORD_EXCHANGES: take_exchanges(m, rec->exchanges); break;
	case RECORD_DATAGRAM_READ: r = take_datagram_read(m, rec->datagram_read); break;
	case RECORD_BEGINNING: r = take_beginning(m, rec->beginning); break;
	case RECORD_HANDSHAKE: r = take_handshake(m, rec->handshake); break;
	case RECORD_BEGINNINGS: take_beginnings(m, rec->beginnings); break;
	case RECORD_KEY: m->loading = true; break;
	case RECORD_CHARGE: r = take_charge(m, rec->charge); break;
	case RECORD_COMMAND:
	case RECORD_KIND_COUNT: break;
	}
	return r < 0 ? error_set(err, r, "out of memory") : 0;
}

void model_begin_tick(struct model *m, const struct record_tick *tick)
{
	model_work(m, 0);
	rows_begin_tick(m, tick);
}

static bool rows_work(struct model *m, u64 deadline_ns)
{
	struct tick_losses losses;

	if (!m->settling.running)
		return true;
	if (!losses_settle(m, deadline_ns) || !rows_settle(m, deadline_ns))
		return false;
	losses = losses_end_tick(m, m->settling.elapsed);
	lives_end_tick(m, m->settling.elapsed);
	rows_end_tick(m, &losses);
	packets_settle(m->packets);
	return true;
}

/* Losses are charged to rows before their rates are worked out; the other parts follow when the rows are done. */
bool model_work(struct model *m, u64 deadline_ns)
{
	u32 *next = &m->settling.next_part;

	if (!rows_work(m, deadline_ns))
		return false;
	if (!m->settling.following)
		return true;
	for (; *next < ARRAY_SIZE(parts); ++*next)
		if (parts[*next].settle && !parts[*next].settle(m, deadline_ns))
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].end_tick)
			parts[i].end_tick(m);
	m->settling.following = false;
	m->loading = false;
	m->generation++;
	return true;
}

void model_keep_lives(struct model *m, u32 count)
{
	m->lives->events.most = count;
}

void model_keep_closed(struct model *m, u32 count)
{
	model_work(m, 0);
	m->closed_keep = count;
	closed_trim(m);
}
