/* Where the time of packets goes: the histograms of each layer, of the machine and of each socket, over the last tick,
 * over about the last ten, and since the layers were turned on; their history for the heat map; and the alarm when a
 * layer leaves its own moving average. All times are nanoseconds. A layer that this kernel cannot stamp has no figures:
 * it is merged (its time is in the next layer's) or absent. */
#pragma once

#include "store.h"
#include "sliding.h"

#define LAYERS_HISTORY 60    /* ticks that the heat map shows */
#define LAYERS_WATCHED 16    /* sockets whose history is kept: those that were looked at last */
#define LAYERS_ROWS_MAX 8192 /* sockets whose histograms are kept, up to 15 kB each */
#define LAYER_EVENTS 200     /* alarms that are kept */

#define LAYERS_RX 0x0fU /* bits 1 << enum layer */
#define LAYERS_TX 0xf0U

/* The alarm (see docs/layers.md): a tick's mean against the average of the ticks before, two ticks in a row, or once
 * where it is twice as far away. */
#define LAYER_ALARM_PACKETS 20       /* a tick with fewer says nothing */
#define LAYER_ALARM_WARMUP 10        /* ticks that the average takes to be worth something */
#define LAYER_ALARM_DEVIATIONS 6.0   /* mean absolute deviations above the average … */
#define LAYER_ALARM_TIMES 2.0        /* … and this many times the average … */
#define LAYER_ALARM_FLOOR_NS 10000.0 /* … and this much longer */
#define LAYER_ALARM_HOLD 10          /* ticks that a row stays marked */

struct layers; /* of a socket, of the machine, or of ICMP echo packets */

/* One layer of somebody's, or one of netfilter's hooks: what the table of layers lists (layer_table.h). Its address
 * stays the same as long as its figures are kept; NULL is taken as one without any. */
struct layer_row {
	const struct layer_times *of; /* private */
	u8 at;
};

enum layers_span {
	LAYERS_TICK = SLIDING_TICK,     /* the last tick */
	LAYERS_RECENT = SLIDING_RECENT, /* about the last ten ticks */
	LAYERS_SINCE = SLIDING_SINCE,   /* since the layers were turned on */
};

/* -- one socket, or the machine ------------------------------------------------------------------------------------ */

/* What is kept of a row; NULL: no packet of it was measured. Valid until the model takes a record in. */
const struct layers *row_layers(const struct model *m, const struct row *r);

/* One of their layers; NULL: l is NULL, or there is no such layer. */
const struct layer_row *layers_row(const struct layers *l, unsigned layer);
/* The time that was spent in a direction's layers (LAYERS_RX or LAYERS_TX) together: packets times mean. Parts add up
 * for means, not for percentiles. 0: nothing was measured. */
double layers_time(const struct model *m, const struct layers *l, unsigned mask, enum layers_span span);
/* What a received packet waited for, from the device to the program, as means over the packets that were read, in ns:
 * the stack (mac, ip, tcp), the wake-up of the reader, the program itself. false: no packet was read. */
struct layers_wait {
	double stack, wakeup, program; /* NaN: not known; program then includes the wake-up */
};
bool layers_receive_wait(const struct model *m, const struct layers *l, enum layers_span span, struct layers_wait *w);
/* Of the mean of the layer that it is part of what a part (LAYER_PARTS …) takes, in ns; NaN: not known, or there was
 * none. */
double layers_part(const struct model *m, const struct layers *l, enum layer part, enum layers_span span);
/* Bits of the layers in which an alarm is on; 0: none. */
unsigned layers_alarm(const struct model *m, const struct layers *l);
/* What the alarm compares a layer's mean with, in ns: the moving average of its ticks' means. NaN: there is none. */
double layers_average(const struct layers *l, enum layer layer);

/* -- one layer, or one hook ---------------------------------------------------------------------------------------- */

/* false: nothing was measured in that time, or the layers are off, or this kernel does not give the layer. LAYERS_TICK
 * and LAYERS_RECENT: where the longest of all was in another time, max_ns is the end of the highest bucket. */
bool layer_figures(const struct model *m, const struct layer_row *r, enum layers_span span,
		   struct histogram_figures *f);
/* The histogram itself; false, and it is empty: as above. */
bool layer_histogram(const struct model *m, const struct layer_row *r, enum layers_span span, struct histogram *h);
/* Its packets; 0: as above. Their time goes to *sum_ns. Cheaper than the figures. */
u64 layer_count(const struct model *m, const struct layer_row *r, enum layers_span span, u64 *sum_ns);
/* The mean alone, in ns; NaN: as above. As cheap. */
double layer_mean(const struct model *m, const struct layer_row *r, enum layers_span span);
/* Its share of the sum of the means of its direction, of a hook of all hooks' means, 0 … 1; NaN: not known, or it is a
 * part of a layer. */
double layer_share(const struct model *m, const struct layer_row *r, enum layers_span span);

/* enum layer; of a hook LAYER_HOOKS + enum netfilter_hook. */
#define LAYER_HOOKS LAYER_COUNT
#define LAYER_WORDS (LAYER_HOOKS + NETFILTER_HOOKS)
unsigned layer_row_layer(const struct layer_row *r);
/* Whose it is; NULL: it is a hook. */
const struct layers *layer_row_layers(const struct layer_row *r);
/* The socket whose it is; NULL: none's. */
const struct row *layer_row_socket(const struct layer_row *r);
/* That socket's key; 0: the machine's; ECHO_ID. */
u64 layer_row_owner(const struct layer_row *r);
/* Were its packets measured lately (LAYERS_RECENT)? */
bool layer_row_is_recent(const struct layer_row *r);

/* The rows of all of which anything was measured since the layers were turned on, as struct table has them: the picture
 * is the model, a row a struct layer_row. The machine's come first, then the hooks, ICMP echo, and the sockets'; an
 * index stays that of its row. An id follows from the key of the socket and from the layer. */
u32 layer_rows_end(const void *picture);
const void *layer_rows_at(const void *picture, u32 index);
u32 layer_rows_find(const void *picture, u64 id);
u64 layer_row_id(const void *row);
u64 layer_row_age(const void *row);

/* -- the machine --------------------------------------------------------------------------------------------------- */

/* The machine's own, NULL before anything was measured. */
const struct layers *model_layers(const struct model *m);
/* Those of ICMP echo packets, which are no socket's and not in the machine's; NULL: none. */
const struct layers *model_layers_echo(const struct model *m);
/* Are they on, as far as the stream has told? */
bool model_layers_on(const struct model *m);
/* What the figures are worth, as the last tick told it; NULL: it never did. */
const struct record_stages *model_stages(const struct model *m);
/* Sockets whose histograms found no room here. */
u64 model_layers_left_out(const struct model *m);

/* Can this kernel tell the layer apart? */
enum layer_state { LAYER_STAMPED, LAYER_MERGED, LAYER_ABSENT };
enum layer_state model_layer_state(const struct model *m, enum layer layer);
/* Bits of the layers that are merged into this one. */
unsigned model_layer_includes(const struct model *m, enum layer layer);

/* -- netfilter's hooks, of the machine ---------------------------------------------------------------------------- */

/* What the last tick told of them; NULL: they are not measured. */
const struct record_netfilter *model_netfilter(const struct model *m);
/* NULL: there is no such hook. */
const struct layer_row *model_hook(const struct model *m, enum netfilter_hook hook);

/* -- history ------------------------------------------------------------------------------------------------------- */

/* Keeps the history of a socket (or of ECHO_ID) from now on; that of the one which was looked at longest ago may go.
 * Nothing happens for sockets that have no row. */
void model_layers_watch(struct model *m, u64 id);
/* The LAYER_BUCKETS counts of a tick (age 0: the last one) of a socket, of ECHO_ID, or of the machine (id 0); NULL: not
 * kept. */
const u32 *model_layers_heat(const struct model *m, u64 id, enum layer layer, unsigned age);

/* -- alarms -------------------------------------------------------------------------------------------------------- */

#define LAYERS_WHO_MAX 96

struct layer_event {
	u64 number;                 /* 1, 2, … */
	u64 time_ns;                /* of the tick */
	u64 id;                     /* the socket's; 0: none's */
	u64 n;                      /* packets of the tick */
	double mean_ns, average_ns; /* of the tick, and of those before */
	char who[LAYERS_WHO_MAX];   /* as layer_row_who() has it */
	u8 layer;
};

/* Turns the alarm on or off (default: off). */
void model_layers_set_alarm(struct model *m, bool on);
bool model_layers_has_alarm(const struct model *m);
/* Number of the last event; 0: there was none. */
u64 model_layer_events(const struct model *m);
/* By its number; NULL: not kept any more, or not there yet. */
const struct layer_event *model_layer_event(const struct model *m, u64 number);

/* -- words --------------------------------------------------------------------------------------------------------- */

/* "rx_mac" … "tx_direct"; from LAYER_HOOKS on "nf_pre_routing" … "nf_post_routing"; "?" outside. */
const char *layer_name(unsigned layer);
/* "mac" … "direct": within its direction. netfilter_hook_name() has that of a hook. */
const char *layer_short_name(unsigned layer);
/* Eight bars, a blank between the directions: each layer's share of its direction's mean over LAYERS_RECENT, a blank
 * where it is not known. dst: 32 bytes, always written. false: none is known. */
bool layers_bars(const struct model *m, const struct layers *l, char *dst);
/* Whose it is: "nginx[2211] 10.0.0.5:443 > 192.0.2.7:4011", "icmp echo", "machine". Printable. size: LAYERS_WHO_MAX has
 * room for all. */
void layer_row_who(const struct layer_row *r, char *dst, size_t size);
/* The process alone: "nginx[2211]"; "" for a socket of which it is not known. */
void layer_row_process(const struct layer_row *r, char *dst, size_t size);
