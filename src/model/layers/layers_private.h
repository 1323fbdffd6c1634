/* Private to the layers: what is kept of a row, and of the machine. */
#pragma once

#include "layers.h"
#include "rows_private.h"

_Static_assert(LAYER_BUCKETS == HISTOGRAM_BUCKETS, "what the stream carries is kept as it comes");

/* A layer's usual mean. */
struct layer_average {
	float mean, deviation; /* ns */
	u16 ticks;             /* that went into it, up to LAYER_ALARM_WARMUP */
	u8 streak;             /* ticks in a row that were away from it, up to 2 */
	bool told;             /* and not back yet */
	u64 fired;             /* the tick of the last alarm; 0: none */
};

enum layers_whose { LAYERS_OF_MACHINE, LAYERS_OF_HOOKS, LAYERS_OF_ECHO, LAYERS_OF_SOCKET };

/* Histograms since the layers were turned on, by ticks (model.ticks, once whole). */
struct layer_times {
	const struct model *m;
	u64 id;     /* the socket's; ECHO_ID; 0: the machine's */
	u64 number; /* in the order of their making, those of the machine before all */
	u32 socket; /* index of its row, IDMAP_NONE: none's */
	u8 whose;   /* enum layers_whose */
	u64 epoch;  /* of model.layers.epoch: those of another time say nothing now */
	struct sliding s;
	struct layer_row row[LAYER_COUNT]; /* of hooks, as many as there are */
};

_Static_assert((int)NETFILTER_HOOKS <= (int)LAYER_COUNT, "the hooks are rows, too");

struct layers {
	struct layer_times times; /* first: its rows lead to it. Of each enum layer */
	struct layer_average average[LAYER_PARTS];
};

/* A place for a socket's; it stays the same as long as they are there. */
struct layers_slot {
	struct layers *l; /* owned; NULL: free */
	u32 next;         /* free: the next that is, or IDMAP_NONE */
};

/* Bucket counts of the last ticks; the slot at `next` is being filled. */
struct layer_heat {
	u64 id, looked;  /* looked: the higher, the later it was asked for */
	u32 next, count; /* count: whole ticks, at most LAYERS_HISTORY */
	u32 slots[LAYERS_HISTORY + 1][LAYER_COUNT * LAYER_BUCKETS];
};

/* The model's part of it. */
struct model_layers {
	bool on, going_off, alarm;
	bool has_stages;
	u64 epoch;
	struct record_stages stages;
	struct layers *machine;   /* owned */
	struct layers *echo;      /* owned: of ICMP echo packets */
	struct layer_times hooks; /* netfilter's: of each enum netfilter_hook; without memory until they come */
	struct record_netfilter netfilter;          /* as it came last */
	struct layer_heat *heat;                    /* owned: the machine's */
	struct layer_heat *watched[LAYERS_WATCHED]; /* owned */
	u64 *touched;                               /* owned: ids of rows that had a record in this tick */
	u32 touched_count, touched_cap;
	struct idmap ids;          /* of sockets → place in slots */
	struct layers_slot *slots; /* owned */
	u32 slot_end, slot_cap;    /* end: one past the last that was ever taken */
	u32 free_slot;             /* IDMAP_NONE: none below the end is free */
	u32 socket_count;          /* slots that are taken */
	u64 numbers;               /* that were given to sockets' */
	u64 left_out;
	u64 looks;          /* calls of model_layers_watch() */
	struct ring events; /* of struct layer_event */
};

/* layers.c */
int take_layers(struct model *m, const struct record_layers *rec, struct error *err);
void take_stages(struct model *m, const struct record_stages *rec);
void layers_turn_on(struct model *m);
/* The tick that records are coming in for, as model.ticks counts it once it is whole. */
static inline u64 layers_coming_tick(const struct model *m)
{
	return (u64)m->ticks + 1;
}
/* As many histograms as a record has side by side. */
void layers_unpack(struct histogram *h, size_t count, const u64 *n, const u64 *sum_ns, const u64 *max_ns,
		   const u32 *buckets);
/* Before values are taken: does another time begin with them? Then all that was is forgotten. */
bool layer_times_begin(struct model *m, struct layer_times *t, const struct histogram *values);

/* The tick is whole: alarms are looked for, histories go one step on. */
void layers_end_tick(struct model *m);
/* The row with this id lets go of what it has. */
void layers_drop(struct model *m, u64 id);
/* -ENOMEM. */
int layers_init(struct model *m) must_check;
void layers_deinit(struct model *m);

/* layers_figures.c: those that say something now, or NULL. */
const struct sliding *layer_times_now(const struct model *m, const struct layer_times *t);

/* layers_hooks.c */
int take_netfilter(struct model *m, const struct record_netfilter *rec, struct error *err);

/* layers_heat.c */
void layers_heat_add(struct layer_heat *h, const struct histogram *now, const struct histogram *before);
struct layer_heat *layers_heat_of(const struct model *m, u64 id);
void layers_heat_step(struct model *m);

/* layers_alarm.c: looks at their last tick. */
void layers_alarm_check(struct model *m, struct layers *l);
