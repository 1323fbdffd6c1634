/* The collector's state, shared by its parts: seeing sockets (see.c), ends (see.c), what has gone (sweep.c), the
 * figures of the truth meter (meter.c), and the loop that drives them (collector.c). */
#pragma once

#include "budget.h"
#include "cc_info.h"
#include "clock.h"
#include "convert.h"
#include "drain.h"
#include "files.h"
#include "hold.h"
#include "hooks.h"
#include "loss_watch.h"
#include "namer.h"
#include "outbox.h"
#include "reader.h"
#include "slow.h"
#include "spaces.h"
#include "stages.h"
#include "entries.h"
#include "watchdog.h"

#define MINI_MAX 16384 /* minisocks that are told one by one; of more than that, a sample */

/* BPF run time is measured in windows: BPF_ENABLE_STATS slows every BPF program of the machine, so it is on from the
 * beginning of one tick in METER_PERIOD to that of the next, and never for more than a second. */
#define METER_PERIOD 30
#define METER_WINDOW_NS (950 * NSEC_PER_MSEC)

struct meter {
	int stats_fd;                                    /* of BPF_ENABLE_STATS while a window is open, else -1 */
	int timer_fd;                                    /* when the window is to be closed */
	bool refused;                                    /* it needs CAP_SYS_ADMIN */
	u64 opened_ns, run_ns, pass_ns, run_count;       /* at the window's opening */
	u64 last_run_ns, last_run_count, last_window_ns; /* of the last whole window; run ~0: none yet */
	u64 map_bytes;
	u64 skipped, missed_runs; /* runs that the kernel skipped: by the last look, of all programs since the start */
	u32 loaded;               /* sets whose maps these are, a bit each */
};

/* Passes between ticks, while many connections come in whose owner nobody knows. */
struct owners {
	int timer_fd; /* when the next is due */
	bool on;
	u64 period_ns;
	u64 births;  /* since the last tick, without those that are not taken yet */
	u64 took_ns; /* by the last of these passes */
};

struct collector {
	const struct collect_options *options;
	struct hooks hooks;
	struct drain drain;
	struct hold hold;
	struct entries table;
	struct outbox out;
	struct buf tick; /* the tick that is being made */
	struct namer namer;
	struct spaces spaces;
	struct meter meter;
	struct losses losses;
	bool losses_tried; /* their hooks are attached, or cannot be */
	struct stages stages;
	struct owners owners;
	struct budget budget;
	struct files files;
	struct slow slow;
	struct tick_clock clock;
	struct cc_info cc_info;
	int epoll;   /* what the loop waits for */
	int timer;   /* when the next tick is due */
	int signals; /* a signalfd: readable once a signal has come that ends us; stays so */
	struct reader reader;
	struct watchdog watchdog;
	u64 interval_ns;
	u64 start_ns;
	bool tick_soon;                     /* the next one is asked for: it is due once the shortest interval allows */
	u64 tick_at_ns;                     /* when the last tick began, 0: never */
	u64 number;                         /* of the tick that is being made */
	u32 pass;                           /* number of the pass over files */
	u32 slow_pass;                      /* number of the slow turn that goes on, or was the last */
	u64 slow_at_ns;                     /* the end of the last; 0: there was none */
	u64 cookies_at_ns, cookies_took_ns; /* the last lists of sock_diag (cookies.h), 0: none */
	bool slow_wanted;                   /* something can only be found there */
	bool orphans;                       /* the last sweep over conns met a connection that no file holds */
	bool short_flows;                   /* … over flows, a socket that no pass has seen */
	u32 held_since, delivered_since;    /* jiffies at the start of the pass of the held, the delivered tick */
	bool since_known;
	u64 want[WANTED_MAX]; /* cookies that the next pass is to write out whole */
	u32 want_count;
	bool want_all;   /* too many: it writes out all */
	u64 info;        /* whose details are wanted: an id, 0, ~0 */
	u64 seen;        /* sockets of this pass */
	u64 events;      /* ends handled */
	u64 unserved[2]; /* socket_has bits that no hook serves here: of TCP, of other protocols */
	u64 drained_ns;  /* ends from before this time have come */
	u64 pass_errors;
	u32 mini_share; /* one in so many minisocks is told, a power of two */
	u32 unheld;     /* sockets with a file that no process holds, met in this visit of a namespace */
	bool quit;
	char why[256]; /* last words */
};

/* collector.c: between pieces of a pass. The reader works on what there is meanwhile. */
void collector_between(void *collector);
/* Hands the cookies that are wanted to the programs. */
void collector_set_wanted(struct collector *c);
/* Tells the reader which hook serves a feature, or why none does. */
void collector_tell_feature(struct collector *c, enum feature_id f);

/* The loop also wakes for this file descriptor: what it means, serve() in collector.c knows. */
int collector_watch(struct collector *c, int fd);
/* The next tick comes as soon as the shortest interval allows, those after it each interval. */
void collector_tick_soon(struct collector *c);
/* A timerfd expires after first_ns (0: never) and then every every_ns. */
void collector_set_timer(int fd, u64 first_ns, u64 every_ns);

/* see.c: what the iterators and the ring buffer tell. */
void see_record(void *collector, struct abi_sock *a);
void see_end(struct collector *c, const struct abi_sock *end);
/* This end is told later: until then the socket is over, but not forgotten. begins false: that time is over. */
void see_held_end(struct collector *c, const struct abi_sock *end, bool begins);
/* A RST that was sent after its end was told: only that is new. */
void see_late_reset(struct collector *c, const struct abi_sock *reset);
/* The next pass is to write this socket out whole. */
void see_want(struct collector *c, struct entry *e);

/* sweep.c: after a pass. */
void sweep_conns(struct collector *c); /* looks for connections that no file holds */
void sweep_flows(struct collector *c); /* ends UDP sockets that are gone */
void sweep_table(struct collector *c);

/* owners.c */
void owners_init(struct collector *c); /* once the loop can be watched */
void owners_deinit(struct collector *c);
void owners_tick(struct collector *c); /* after each tick: are there to be passes until the next? */
void owners_pass(struct collector *c); /* the timer says that one is due */

/* meter.c */
void meter_init(struct meter *m);
void meter_start(struct collector *c); /* once the loop can be watched */
void meter_deinit(struct meter *m);
void meter_begin(struct collector *c); /* a tick begins */
void meter_watch(struct collector *c); /* now and then, and when its timer says so */
void meter_tick(struct collector *c);
void meter_fill(struct collector *c, struct record_tick *t);
