/* Layers and packets: the programs that stamp packets are in the kernel only while somebody looks at one of the two. */
#pragma once

#include "collector.h"
#include "hooks.h"
#include "idmap.h"
#include "netfilter.h"

/* Needs the types of record.h. */
#include "abi_stages.h"
#include "payload.h"

struct ring_buffer;

#define STAGES_RECENT 4096 /* traced packets whose later stamps may still come, a power of two */

/* A received echo packet may be one that is forwarded. */
enum fate { FATE_KNOWN, FATE_HELD, FATE_PASSED };

struct stages {
	struct source source;
	u64 sample;                   /* wanted: one in so many packets is measured; 0: the layers are off */
	u64 trace;                    /* wanted: id of the socket whose packets are told; 0: none */
	bool armed;                   /* the programs know the traced socket's addresses */
	bool on;                      /* in the last tick */
	bool refused;                 /* they did not load: not tried again until nobody wants them */
	bool told;                    /* which hooks serve this was told */
	struct ring_buffer *ring;     /* owned; NULL: the programs are not loaded */
	struct netfilter netfilter;   /* links in the namespaces */
	u32 spaces;                   /* namespaces known when the links were made … */
	u64 spaces_ns;                /* … and when that was */
	u64 wake_function;            /* address of woken_wake_function(), once it was looked for; 0: not known */
	struct record_packet *recent; /* owned; by the order in which they were seen */
	u64 seen;                     /* how many were */
	u64 number;                   /* of the newest packet that was told: 1, 2, … of this trace */
	u64 keys[STAGES_RECENT];      /* by which the programs know them; 0: none */
	struct idmap slots;           /* key → index in recent and keys */
	u8 fate[STAGES_RECENT];       /* enum fate of those in recent */
	u32 held[STAGES_RECENT];      /* those that came since the last tick and may be for others */
	u32 held_count, held_before;  /* held[0 … held_before) came before that */
	u32 changed[STAGES_RECENT];   /* packets in recent to be told (again) with this tick … */
	bool pending[STAGES_RECENT];  /* … once each */
	u32 changed_count;
	u8 wscale[2];                  /* of the traced connection: the peer's, ours; once it has sent */
	struct payloads payloads;      /* whose packets have not come yet */
	struct abi_histograms machine; /* as it was told last */
	u64 echo_sum;                  /* the time of ICMP echo packets in all layers, as it was told last */
	u32 unread_ticks;              /* ticks in a row that nobody read */
	u64 loaded;                    /* 1 + number of the tick after which they were loaded last, 0: never */
};

extern const struct source_class stages_source;

/* trace.c: what comes with the programs, and goes with them. */
int trace_load(struct stages *s) must_check;
void trace_unload(struct stages *s);
/* Another socket is traced: its packets begin with number 1. */
void trace_clear(struct stages *s);
/* Takes in what the programs have told of packets. */
void trace_take(struct stages *s);
/* Writes the packets that are new or of which more was told. */
void trace_tick(struct stages *s);

/* layer_sums.c: forgets all that was summed up. */
void layer_sums_clear(struct stages *s);
/* Writes what has changed of it. */
void layer_sums_put(struct stages *s);
/* Apart, for tests: no figure falls below what it was before. */
void layer_sums_never_back(struct abi_histograms *now, const struct abi_histograms *before);
