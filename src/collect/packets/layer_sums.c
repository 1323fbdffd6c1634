/* How long packets were in each layer: sends what the programs have summed up for each socket, for the machine and for
 * ICMP echo. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <string.h>

#include "id.h"
#include "maps.h"
#include "sockets.h"
#include "stages.h"
#include "stages.skel.h"

/* -- starting afresh ----------------------------------------------------------------------------------------------- */

static void nothing(void *context, const void *key, const void *value)
{
	(void)context;
	(void)key;
	(void)value;
}

/* Without an iterator that can clear them, the entries are deleted with their stamps; there are no kprobes there that
 * this would keep from running. */
static int clear_socks(struct stages *s)
{
	struct collector *c = s->source.c;
	const struct bpf_map *socks = c->hooks->stages->maps.socks;
	const struct bpf_program *clear = hooks_program(c->hooks, FEATURE_STAGES_WALK, 1);
	u64 key;

	if (clear)
		return map_each(socks, clear, 0, nothing, NULL);
	while (bpf_map_get_next_key(bpf_map__fd(socks), NULL, &key) == 0 &&
	       bpf_map_delete_elem(bpf_map__fd(socks), &key) == 0)
		;
	return 0;
}

static void clear_netfilter(struct stages *s)
{
	struct collector *c = s->source.c;
	u32 cpus;
	struct abi_nf_times *each = hooks_view(c->hooks, c->hooks->stages->maps.nf_times, &cpus);

	if (each)
		memset(each, 0, cpus * sizeof(*each));
}

/* Clears the sums of sockets that are gone, too. */
static void clear_machine(struct stages *s)
{
	struct collector *c = s->source.c;
	u32 cpus;
	struct abi_histograms *each = hooks_view(c->hooks, c->hooks->stages->maps.machine, &cpus);

	if (each)
		memset(each, 0, cpus * ABI_MACHINE_PARTS * sizeof(*each));
	memset(&s->machine, 0, sizeof(s->machine));
	s->echo_sum = 0;
}

/* The histograms start when the layers are turned on; a trace may have loaded the programs before. */
void layer_sums_clear(struct stages *s)
{
	struct collector *c = s->source.c;

	if (clear_socks(s) < 0)
		c->errors++;
	clear_netfilter(s);
	clear_machine(s);
	for (u32 i = 0; i < c->sockets->entries.end; i++)
		c->sockets->entries.at[i].layers_sum = 0;
}

/* -- sending ------------------------------------------------------------------------------------------------------- */

static void put_layers(struct stages *s, u64 id, const struct abi_histograms *h)
{
	struct collector *c = s->source.c;
	struct record_layers r = {.id = id};

	for (size_t l = 0; l < LAYER_COUNT; l++) {
		r.sum_ns[l] = h->sum_ns[l];
		r.max_ns[l] = h->max_ns[l];
		for (size_t b = 0; b < LAYER_BUCKETS; b++) {
			r.buckets[l * LAYER_BUCKETS + b] = h->buckets[l][b];
			r.n[l] += h->buckets[l][b];
		}
	}
	stream_put(&c->tick, RECORD_LAYERS, &r);
}

static void add(struct abi_histograms *to, const struct abi_histograms *h)
{
	for (size_t l = 0; l < LAYER_COUNT; l++) {
		to->sum_ns[l] += h->sum_ns[l];
		to->max_ns[l] = MAX(to->max_ns[l], h->max_ns[l]);
		for (size_t b = 0; b < LAYER_BUCKETS; b++)
			to->buckets[l][b] += h->buckets[l][b];
	}
}

/* Adds one part of the machine's histograms, from all processors: sockets that are gone, or ICMP echo packets. */
static void add_part(struct stages *s, u32 part, struct abi_histograms *all)
{
	struct collector *c = s->source.c;
	u32 cpus;
	const struct abi_histograms *each = hooks_view(c->hooks, c->hooks->stages->maps.machine, &cpus);

	for (u32 i = 0; i < cpus; i++)
		add(all, &each[i * ABI_MACHINE_PARTS + part]);
}

/* The context of a walk over the sockets' histograms. */
struct sum_walk {
	struct stages *s;
	struct abi_histograms all;
};

static void put_sock(void *walk, const void *key, const void *value)
{
	struct sum_walk *w = walk;
	const struct abi_stages *v = value;
	struct entry *e = v->cookie ? entries_find(&w->s->source.c->sockets->entries, v->cookie) : NULL;
	u64 sum = 0;

	(void)key;
	add(&w->all, &v->h);
	for (size_t l = 0; l < LAYER_COUNT; l++)
		sum += v->h.sum_ns[l];
	if (!e || !sum || e->layers_sum == sum)
		return;
	e->layers_sum = sum;
	put_layers(w->s, id_make(e->cookie, e->generation), &v->h);
}

/* A socket that ends between the two reads is in neither sum: then the machine's figures stay as they were for this
 * tick. */
void layer_sums_never_back(struct abi_histograms *now, const struct abi_histograms *before)
{
	for (size_t l = 0; l < LAYER_COUNT; l++) {
		now->sum_ns[l] = MAX(now->sum_ns[l], before->sum_ns[l]);
		now->max_ns[l] = MAX(now->max_ns[l], before->max_ns[l]);
		for (size_t b = 0; b < LAYER_BUCKETS; b++)
			now->buckets[l][b] = MAX(now->buckets[l][b], before->buckets[l][b]);
	}
}

/* Sends those of ICMP echo packets, if there were any. */
static void put_echo(struct stages *s)
{
	struct abi_histograms now = {};
	u64 sum = 0;

	add_part(s, ABI_MACHINE_ECHO, &now);
	for (size_t l = 0; l < LAYER_COUNT; l++)
		sum += now.sum_ns[l];
	if (sum && sum != s->echo_sum)
		put_layers(s, ECHO_ID, &now);
	s->echo_sum = sum;
}

/* Sends each socket's, and the sum of all. */
static void put_histograms(struct stages *s)
{
	struct collector *c = s->source.c;
	struct sum_walk w = {.s = s};

	add_part(s, ABI_MACHINE_SOCKETS, &w.all);
	if (map_each(c->hooks->stages->maps.socks, hooks_program(c->hooks, FEATURE_STAGES_WALK, 0), ABI_STAGES_READ,
		     put_sock, &w) < 0)
		c->errors++;
	layer_sums_never_back(&w.all, &s->machine);
	s->machine = w.all;
	put_layers(s, 0, &w.all);
	put_echo(s);
}

/* Sends the time in netfilter's hooks, summed over all processors. */
static void put_netfilter(struct stages *s)
{
	struct collector *c = s->source.c;
	struct record_netfilter r = {};
	u32 cpus;
	const struct abi_nf_times *each = hooks_view(c->hooks, c->hooks->stages->maps.nf_times, &cpus);

	for (u32 i = 0; i < cpus; i++)
		convert_netfilter(&each[i], &r);
	if (each)
		stream_put(&c->tick, RECORD_NETFILTER, &r);
}

void layer_sums_put(struct stages *s)
{
	put_histograms(s);
	if (hooks_has(s->source.c->hooks, FEATURE_NETFILTER))
		put_netfilter(s);
}
