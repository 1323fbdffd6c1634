/* Private to the layers: what is kept of a row, and of the machine. */
#pragma once

#include "idmap.h"
#include "layers.h"
#include "ring.h"

/* What was cumulative at the end of a tick. */
struct layer_mark {
	u64 tick; /* that one, as in struct layers */
	u64 n[LAYER_COUNT], sum_ns[LAYER_COUNT];
	u32 buckets[LAYER_COUNT * LAYER_BUCKETS];
};

/* Where a span begins. A mark that is NULL is the moment when the layers were turned on. */
enum layer_marks {
	MARK_TICK, /* the tick before the last record */
	MARK_NEAR, /* up to half a window back when it was last looked after … */
	MARK_FAR,  /* … and the one before that */
	MARKS,
};

/* A layer's usual mean. */
struct layer_average {
	float mean, deviation; /* ns */
	u16 ticks;             /* that went into it, up to LAYER_ALARM_WARMUP */
	u8 streak;             /* ticks in a row that were away from it, up to 2 */
	bool told;             /* and not back yet */
	u64 fired;             /* the tick of the last alarm; 0: none */
};

struct layers {
	u64 id;                         /* the row's; 0: the machine's */
	u64 epoch;                      /* of model.layers.epoch: those of another time say nothing now */
	u64 first, tick;                /* the ticks (model.ticks, once whole) of its first and its last record */
	struct record_layers now;       /* id unused */
	u64 max_tick[LAYER_COUNT];      /* in which max_ns last rose */
	struct layer_mark *mark[MARKS]; /* owned */
	struct layer_average average[LAYER_PARTS];
};

/* Bucket counts of the last ticks; the slot at `next` is being filled. */
struct layer_heat {
	u64 id, looked;  /* looked: the higher, the later it was asked for */
	u32 next, count; /* count: whole ticks, at most LAYERS_HISTORY */
	u32 slots[LAYERS_HISTORY + 1][LAYER_COUNT * LAYER_BUCKETS];
};

/* In struct model. */
struct model_layers {
	bool on, going_off, alarm;
	bool has_stages;
	u64 epoch;
	struct record_stages stages;
	struct layers *machine;            /* owned */
	struct layers *echo;               /* owned: of ICMP echo packets */
	struct layers *hooks;              /* owned: netfilter's, by enum netfilter_hook in place of enum layer */
	struct record_netfilter netfilter; /* as it came last */
	struct layer_heat *heat;           /* owned: the machine's */
	struct layer_heat *watched[LAYERS_WATCHED]; /* owned */
	u64 *touched;                               /* owned: ids of rows that had a record in this tick */
	u32 touched_count, touched_cap;
	struct idmap ids;     /* of rows → position in rows */
	struct layers **rows; /* owned, and what they point to: of the rows that have any */
	u32 row_count, row_cap;
	u64 left_out;
	u64 looks;          /* calls of model_layers_watch() */
	struct ring events; /* of struct layer_event */
};

int take_layers(struct model *m, const struct record_layers *rec, struct error *err);
void take_stages(struct model *m, const struct record_stages *rec);
/* layers_hooks.c */
int take_netfilter(struct model *m, const struct record_netfilter *rec, struct error *err);
/* The hooks' histograms, in the places of as many layers. -ENOMEM. */
int layers_take_hooks(struct model *m, const struct record_layers *rec);
/* The tick is whole: alarms are looked for, histories go one step on. */
void layers_end_tick(struct model *m);
/* The row with this id lets go of what it has. */
void layers_drop(struct model *m, u64 id);
void layers_init(struct model *m);
void layers_deinit(struct model *m);

/* layers_heat.c */
void layers_heat_add(struct layer_heat *h, const struct record_layers *now, const struct record_layers *before);
struct layer_heat *layers_heat_of(const struct model *m, u64 id);
void layers_heat_step(struct model *m);

/* layers_alarm.c: looks at a row's (id != 0) or the machine's last tick. */
void layers_alarm_check(struct model *m, struct layers *l, u64 id);
