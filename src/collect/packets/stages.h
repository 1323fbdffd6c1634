/* Layers and packets: the programs that stamp packets are loaded only while somebody looks at one of the two. */
#pragma once

#include "collector.h"
#include "demand.h"
#include "hooks.h"
#include "idmap.h"
#include "netfilter.h"

/* needs the types of record.h */
#include "abi_stages.h"
#include "payload.h"

#define STAGES_RECENT 4096 /* traced packets whose later stamps may still come, a power of two */

/* A received echo packet may turn out to be forwarded. */
enum fate { FATE_KNOWN, FATE_HELD, FATE_PASSED };

struct stages {
	struct source source;
	struct demand demand;
	u64 sample;                   /* wanted: one packet in so many is measured; 0: the layers are off */
	u64 trace;                    /* wanted: id of the traced socket; 0: none */
	bool armed;                   /* the programs have the traced socket's addresses */
	bool on;                      /* in the last tick */
	struct netfilter netfilter;   /* links in the namespaces */
	u32 spaces;                   /* namespaces known when the links were made … */
	u64 spaces_ns;                /* … and when that was */
	u64 wake_function;            /* address of woken_wake_function(), once it was looked up; 0: not known */
	struct record_packet *recent; /* owned; in the order in which they were seen */
	u64 seen;                     /* how many were seen */
	u64 number;                   /* of the newest packet that was reported: 1, 2, … within this trace */
	u64 keys[STAGES_RECENT];      /* the programs' keys of the packets in recent; 0: none */
	struct idmap slots;           /* key → index in recent and keys */
	u8 fate[STAGES_RECENT];       /* enum fate of the packets in recent */
	u32 held[STAGES_RECENT];      /* received since the last tick, and possibly for another host */
	u32 held_count, held_before;  /* held[0 … held_before) are from before the last tick */
	u32 changed[STAGES_RECENT];   /* indices in recent, to be sent (again) with this tick … */
	bool pending[STAGES_RECENT];  /* … whether one is in changed already */
	u32 changed_count;
	u8 wscale[2];             /* window scale of the traced connection: the peer's, ours; known once it has sent */
	struct payloads payloads; /* whose packets have not come yet */
	struct abi_histograms machine; /* as it was sent last */
	u64 echo_sum;                  /* the time of ICMP echo packets in all layers, as it was sent last */
};

extern const struct source_class stages_source;

/* trace.c: state that exists only while the programs are loaded. */
int trace_init(struct stages *s) must_check;
void trace_deinit(struct stages *s);
/* Another socket is traced: its packets are numbered from 1. */
void trace_clear(struct stages *s);
/* Takes one event of the programs about packets. Returns 0. */
int trace_take(void *stages, void *data, size_t size);
/* Sends the packets that are new, or have new stamps. */
void trace_tick(struct stages *s);

/* layer_sums.c: resets all sums. */
void layer_sums_clear(struct stages *s);
/* Sends the sums that have changed. */
void layer_sums_put(struct stages *s);
/* Separate, for tests: no figure may fall below its previous value. */
void layer_sums_never_back(struct abi_histograms *now, const struct abi_histograms *before);
