/* Where the time of packets goes: the histograms of each layer, of the machine and of each socket, over the last tick,
 * over about the last ten, and since the layers were turned on; their history for the heat map; and the alarm when a
 * layer leaves its own moving average. All times are nanoseconds. A layer that this kernel cannot stamp has no figures:
 * it is merged (its time is in the next layer's) or absent. */
#pragma once

#include "store.h"
#include "sliding.h"

#define LAYERS_HISTORY 60    /* ticks that the heat map shows */
#define LAYERS_WATCHED 16    /* sockets whose history is kept: those that were looked at last */
#define LAYERS_ROWS_MAX 8192 /* sockets whose histograms are kept, up to 14 kB each */
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

enum layers_span {
	LAYERS_TICK = SLIDING_TICK,     /* the last tick */
	LAYERS_RECENT = SLIDING_RECENT, /* about the last ten ticks */
	LAYERS_SINCE = SLIDING_SINCE,   /* since the layers were turned on */
};

/* -- one socket, or the machine ------------------------------------------------------------------------------------ */

/* What is kept of a row; NULL: no packet of it was measured. Valid until the model takes a record in. */
const struct layers *row_layers(const struct model *m, const struct row *r);

/* Of any of them; NULL is taken as nothing. false: nothing was measured in that time, or the layers are off, or this
 * kernel does not give the layer. LAYERS_TICK and LAYERS_RECENT: where the longest of all was in another time, max_ns
 * is the end of the highest bucket. */
bool layers_figures(const struct model *m, const struct layers *l, enum layer layer, enum layers_span span,
		    struct histogram_figures *f);
/* The mean of a layer alone, in ns; NaN: as above. Cheaper than the figures. */
double layers_mean(const struct model *m, const struct layers *l, enum layer layer, enum layers_span span);
/* The time that was spent in a direction's layers (LAYERS_RX or LAYERS_TX) together: packets times mean. Parts add up
 * for means, not for percentiles. 0: nothing was measured. */
double layers_time(const struct model *m, const struct layers *l, unsigned mask, enum layers_span span);
/* A layer's share of the sum of the means of its direction, 0 … 1; NaN: not known. */
double layers_share(const struct model *m, const struct layers *l, enum layer layer, enum layers_span span);
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

/* The ids of the sockets whose histograms are kept, in no order, i below model_layers_rows(). */
u32 model_layers_rows(const struct model *m);
u64 model_layers_row(const struct model *m, u32 i);

/* -- netfilter's hooks, of the machine ---------------------------------------------------------------------------- */

/* What the last tick told of them; NULL: they are not measured. */
const struct record_netfilter *model_netfilter(const struct model *m);
/* As layers_figures(), layers_mean() and layers_share(), which is of the sum of all hooks' means. */
bool hook_figures(const struct model *m, enum netfilter_hook hook, enum layers_span span, struct histogram_figures *f);
double hook_mean(const struct model *m, enum netfilter_hook hook, enum layers_span span);
double hook_share(const struct model *m, enum netfilter_hook hook, enum layers_span span);

/* -- history ------------------------------------------------------------------------------------------------------- */

/* Keeps the history of a socket from now on; that of the one which was looked at longest ago may go. Nothing happens
 * for sockets that have no row. */
void model_layers_watch(struct model *m, u64 id);
/* The LAYER_BUCKETS counts of a tick (age 0: the last one) of a socket, or of the machine (id 0); NULL: not kept. */
const u32 *model_layers_heat(const struct model *m, u64 id, enum layer layer, unsigned age);

/* -- alarms -------------------------------------------------------------------------------------------------------- */

#define LAYERS_WHO_MAX 96

struct layer_event {
	u64 number;                 /* 1, 2, … */
	u64 time_ns;                /* of the tick */
	u64 id;                     /* the socket's; 0: none's */
	u64 n;                      /* packets of the tick */
	double mean_ns, average_ns; /* of the tick, and of those before */
	char who[LAYERS_WHO_MAX];   /* as layers_who() has it */
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

/* "rx_mac" … "tx_direct"; "?" outside. */
const char *layer_name(unsigned layer);
/* "mac" … "direct": within its direction. */
const char *layer_short_name(unsigned layer);
/* "nf_pre_routing" … "nf_post_routing", beside layers; "?" outside. netfilter_hook_name() has it alone. */
const char *hook_name(unsigned hook);
/* Eight bars, a blank between the directions: each layer's share of its direction's mean over LAYERS_RECENT, a blank
 * where it is not known. dst: LAYERS_BARS_MAX bytes, always written. false: none is known. */
#define LAYERS_BARS_MAX 32
bool layers_bars(const struct model *m, const struct layers *l, char *dst);
/* Whose they are: "nginx[2211] 10.0.0.5:443 > 192.0.2.7:4011", "icmp echo", "machine"; "" for a socket that has no row
 * any more. Printable. size: LAYERS_WHO_MAX has room for all. */
void layers_who(const struct model *m, const struct layers *l, char *dst, size_t size);

struct buf;
/* Appends {"rx_mac":{"n":…,"p50_us":…,"p99_us":…,"max_us":…},…} since the layers were turned on; false, and nothing,
 * when none is known. l may be NULL. */
bool layers_object(const struct model *m, const struct layers *l, struct buf *out);
