/* What the files of the model share: slots for rows, the lists that make a quiet tick cheap, and a tick's sums. Not for
 * users of the model. */
#pragma once

#include "clock.h"
#include "error.h"
#include "idmap.h"
#include "limited.h"
#include "ring.h"
#include "store.h"
#include "totals.h"

/* Bounds on what a stream can make us keep. */
#define MODEL_NAMES_MAX (1U << 17)
#define MODEL_PROCESSES_MAX (1U << 16)
#define MODEL_FEATURES_MAX 256
#define MODEL_HOSTS_MAX 16384
#define MODEL_ATTACHED_MAX 65536      /* control groups and devices whose programs are known */
#define MODEL_PORTS_MAX 65536         /* namespaces with settings of their own */
#define MODEL_HISTORIES_MAX 10000     /* 2.4 kB each */
#define MODEL_HISTORIES_PER_TICK 2000 /* new pages cost 7 us per history: a burst is spread over several ticks */
#define MODEL_CLOSED_DEFAULT 10000
#define MODEL_ENDS_MAX (1U << 18) /* 40 bytes each, and as much again to look them up */

#define SLAB_SHIFT 9
#define SLAB_ROWS (1U << SLAB_SHIFT)

enum slot_flags {
	SLOT_FRESH = 1 << 0,     /* there are no values to compute rates from yet */
	SLOT_TOUCHED = 1 << 1,   /* a record came since the last tick */
	SLOT_ENDED = 1 << 2,     /* an end event came since the last tick */
	SLOT_CONNECTED = 1 << 3, /* connect() is known to have led to a connection since the last tick */
};

/* Which of the base values were known. */
enum slot_known {
	KNOWN_RX = 1 << 0,
	KNOWN_TX = 1 << 1,
	KNOWN_TX_PKTS = 1 << 2,
	KNOWN_RETRANS = 1 << 3,
	KNOWN_CHRONO = 1 << 4,
	KNOWN_DROPS = 1 << 5,
	KNOWN_RESETS = 1 << 6,
};

/* The values from which a tick's growth is computed: those of a row before its first record since the last tick. Rows
 * without a record need none. */
struct base {
	u64 ns; /* their sample_ns */
	u64 rx, tx, tx_pkts, busy, rwnd, sndbuf;
	u32 retrans, drops, resets, tlp, dsack;
	u32 recvq;
};

/* A row and what only the model knows of it. */
struct slot {
	struct row row;       /* first: a row's address is its slot's */
	u32 base;             /* position in model.bases, or IDMAP_NONE */
	u32 index;            /* its own */
	u32 active;           /* position in model.active, or IDMAP_NONE */
	u32 older, newer;     /* neighbours in the list of closed rows; a free slot: older is the next free one */
	u32 sampled;          /* number of the pass (sampling.number) whose record of it was last settled */
	u16 idle;             /* ticks since it last moved, while it has a history */
	u8 flags;             /* enum slot_flags */
	u8 known;             /* enum slot_known */
	struct resent resent; /* retransmits that are not judged yet */
};

/* What moved between two samples of a row. An unknown value has its bit in `known` clear and is 0. */
struct deltas {
	u64 rx, tx, tx_pkts, retrans, busy, rwnd, sndbuf, drops, resets, tlp, dsack;
	u32 recvq; /* what was unread at the first of the two */
	u8 known;  /* enum slot_known */
	bool born; /* counted from its birth */
};

/* Sums over the rows that moved in a tick. */
struct tick_sums {
	double rx, tx;             /* bytes per second */
	double spilt_rx, spilt_tx; /* bytes of rows that were dropped before the tick was whole */
	u64 retrans, tlp, tcp_pkts, drops, resets;
	bool drops_known, resets_known;
};

/* Ended connections whose rows were dropped, in the order of dropping: ends.c. */
struct ends {
	struct ring lives; /* of struct ended */
	struct idmap ids;  /* to the low halves of numbers */
	u64 forgotten;     /* dropped while a TIME_WAIT could still turn up */
};

/* The passes that read sockets: those over files, and the slow turns, which alone visit rows with SOCKET_SLOW. A pass
 * can take many ticks: a row that it has not reached is unchanged. */
struct sampling {
	u32 number;    /* passes that were received */
	u64 theirs;    /* the collector's number of the last one */
	u64 start_ns;  /* when it began … */
	u64 before_ns; /* … and the one before it; 0: there was none */
	u64 elapsed;   /* between these two, ns; 0: unknown */
	bool whole;    /* it reached its end */
};

/* Connections within the machine: pairs.c. */
struct pairs {
	bool kept;          /* up to date but for what is pending; else nothing is known yet, or any more */
	struct idmap flows; /* hash of both ends → index of the first row */
	struct pair_link {
		u64 flow;       /* 0: the row is in no chain */
		u32 next, prev; /* indices of rows with the same hash, or IDMAP_NONE */
	} * links;              /* owned; by the row's index */
	u32 link_cap;
	u64 *pending; /* owned: keys of rows that have come, or have changed their ends, since somebody asked last */
	u32 pending_count, pending_cap;
};

/* Connections within the machine whose addresses are translated: nat.c. */
struct nat {
	struct record_nat *at; /* owned */
	u32 count, cap;
	bool found;        /* ends are those of at */
	struct idmap ends; /* hash of a socket's ends, its own first → 2 * index + whether it has accepted */
};

/* What has taken sockets over: interceptions.c. */
struct interceptions {
	struct interception {
		struct record_interception r;
		u32 row;  /* index of its row; IDMAP_NONE: the place is free */
		u32 next; /* of a free place: the next one */
	} * at;           /* owned */
	u32 end, cap, used;
	u32 free;         /* where used < end: the first free place */
	struct idmap ids; /* key of the row → place */
};

/* Programs that are attached where many sockets pass: attached.c. */
struct attached {
	struct record_attached *at; /* owned */
	u32 count, cap;
	struct idmap ids[ATTACH_PLACES]; /* key → place in at */
};

/* A tick that is being worked out. */
struct settling {
	bool running;
	u32 next_part;  /* of what the model keeps beside the rows, once these are done; 0: the first is next */
	bool following; /* some of them are not done */
	u32 next, kept; /* in model.active: visited so far, and how many of them stay */
	u64 elapsed;    /* ns since the tick before; 0: not known */
	struct record_tick tick;
	struct tick_sums sums;
};

/* A tick's totals from the kernel's own account of losses. */
struct tick_losses {
	double drops_rate, resets_rate; /* per second; NaN: unknown, the rows' sums are used */
	bool resent_known;              /* else the next two are 0 */
	u64 resent;                     /* segments retransmitted, including SYN-ACKs, which belong to no row … */
	u64 probes;                     /* … and the tail loss probes among these */
	u64 lost, uncounted;            /* events that were not reported, and that were not even counted */
};

/* Called for rows as records come in. */
struct row_watch {
	/* New values for a row, which it may change; r NULL: for a new row. */
	void (*came)(struct model *m, const struct row *r, struct record_socket *fresh);
	/* The peer of this socket has reported segments that it received twice. */
	void (*came_twice)(struct model *m, const struct record_socket *s, u32 segments);
	/* The row with this id is dropped. */
	void (*gone)(struct model *m, u64 id);
	/* A socket has ended, which is told once: its final values, even if a TIME_WAIT continues its row. */
	void (*ended)(struct model *m, const struct record_socket *s, u64 ended_ns);
};

struct name {
	u64 key, scope;
	char *text; /* owned, printable */
	u8 kind;
};

struct host_name {
	u8 address[16];   /* IPv4: the rest is 0 */
	char *name;       /* owned */
	u32 older, newer; /* neighbours in the order of telling; IDMAP_NONE: it is at an end */
	u8 family;
	u8 from; /* enum host_from */
};

/* Names of hosts: host_names.c. */
struct hosts {
	struct host_name *at; /* owned */
	u32 count, cap;
	u32 oldest, newest;          /* once there is one */
	struct idmap ids;            /* hash of the address → index */
	struct wanted_hosts *wanted; /* owned; NULL: nobody looks up names */
};

/* The state of a stream that is valid only for the machine that it comes from. */
struct host {
	u32 number; /* row.host */
	u64 mix;    /* distinguishes its ids from those of other hosts: model_key() */
	struct sampling files, slow;

	bool has_hello, has_bye;
	struct record_hello hello;
	struct record_bye bye;
	struct record_feature *features; /* owned */
	size_t feature_count;

	struct name *names; /* owned */
	u32 name_count, name_cap;
	bool names_devices;    /* sockets' devices have their own kind of names */
	struct idmap name_ids; /* hash of kind, key and scope → index in names */

	struct record_ports *ports; /* owned */
	u32 ports_count, ports_cap;
	struct idmap ports_of; /* inode of the namespace → index in ports */
};

struct model {
	struct host host; /* where records come from */

	struct slot **slabs; /* owned, SLAB_ROWS slots each */
	u32 slab_count, slab_cap;
	u32 rows_end;
	u32 free_slot; /* head of the free list, or IDMAP_NONE */
	u32 rows_max;
	u64 bytes, bytes_max; /* of slots and infos */
	struct idmap ids;     /* keys → indices */
	u32 expected;         /* index that the row of the next record probably has */

	u32 *active; /* owned: rows that a tick has to visit */
	u32 active_count, active_cap;

	struct base *bases; /* owned: of the rows that had a record since the last tick */
	u32 base_count, base_cap;

	u32 closed_oldest, closed_newest; /* by the order of their ends */
	u32 closed_keep;
	struct ends ends;
	struct pairs pairs;
	struct nat nat;
	struct interceptions interceptions;
	struct attached attached;
	u32 histories, histories_new; /* all, and those made in this tick */

	struct idmap netns;          /* inode → live sockets in it */
	u32 with_drops, with_resets; /* live rows for which these are known */
	struct totals counts;        /* kept up to date record by record; rates unused */
	struct totals totals;        /* published with each tick */
	struct tick_sums spill;      /* of rows dropped since the last tick */
	struct settling settling;
	struct history history;

	/* What other parts keep besides the rows: owned by the model, opaque here. */
	struct losses *losses;
	struct lives *lives;
	struct listeners *listeners;
	struct boxes *boxes;
	struct model_exchanges *exchanges;
	struct model_requests *requests;
	struct devices *devices;
	struct model_layers *layers;
	struct packets *packets;
	const struct row_watch *watch; /* called for rows */

	struct processes {
		struct process *at; /* owned */
		u32 count, cap;
		u32 oldest;       /* once there are MODEL_PROCESSES_MAX */
		struct idmap ids; /* pid + 1 → index */
	} processes;
	struct hosts hosts;
	const struct prefixes *prefixes; /* borrowed; NULL: no list */

	bool loading;            /* records tell what was, not what has happened: a key frame, up to its tick */
	struct record_tick tick; /* the last whole one */
	u32 ticks;               /* whole ticks so far */
	double tick_seconds;
	u64 generation;
};

/* Prefetches a row that is needed soon: it spans several cache lines, and the next row is anywhere. */
static inline void slot_prefetch(const struct slot *s)
{
	for (size_t at = 0; at < sizeof(*s); at += 64)
		__builtin_prefetch((const u8 *)s + at);
}

/* -- row.c: slots and lists ---------------------------------------------------------------------------------------- */

static inline struct slot *model_slot(const struct model *m, u32 index)
{
	return &m->slabs[index >> SLAB_SHIFT][index & (SLAB_ROWS - 1)];
}

/* A live slot for id, in the id table, on no list. NULL: out of memory, or more than model_limit(). */
struct slot *slot_new(struct model *m, u64 id);
/* Takes it off every list and frees what it owns. */
void slot_free(struct model *m, struct slot *s);
/* Puts it on the list of rows that the next tick visits. -ENOMEM. */
int slot_activate(struct model *m, struct slot *s) must_check;
void slot_deactivate(struct model *m, struct slot *s);
/* Moves a row to or from the closed rows. The caller does the counting. */
void slot_close(struct model *m, struct slot *s);
void slot_reopen(struct model *m, struct slot *s);
/* Initialises a zeroed model: rows, names, what is known about the collector. */
void rows_init(struct model *m, const struct row_watch *watch);
void rows_deinit(struct model *m);

/* -- row_take.c: records in ---------------------------------------------------------------------------------------- */

/* Which limit, or lack of memory, refuses this many bytes: always negative. */
int rows_refuse(const struct model *m, size_t bytes, struct error *err);
int take_socket(struct model *m, const struct record_socket *rec, struct error *err) must_check;
int take_gone(struct model *m, const struct record_gone *rec, struct error *err) must_check;
int take_owners(struct model *m, const struct record_owners *rec, struct error *err) must_check;
int take_resets(struct model *m, const struct record_resets *rec, struct error *err);
int take_info(struct model *m, const struct record_info *rec, struct error *err) must_check;
/* Frees the oldest closed rows beyond closed_keep; their growth since the last tick goes into model.spill. */
void closed_trim(struct model *m);

/* -- ends.c: totals that outlive their row ------------------------------------------------------------------------- */

/* The row of this ended connection is dropped. */
void ends_keep(struct model *m, const struct record_socket *s);
/* A minisock has come without a row: adds the totals of its connection, if they were kept. */
void ends_recall(struct model *m, struct record_socket *fresh);
/* Drops those that can have no TIME_WAIT left. */
void ends_tick(struct model *m, u64 now);
void ends_init(struct ends *e);
void ends_deinit(struct ends *e);

/* -- row_merge.c: what a record says about a known row ------------------------------------------------------------- */

/* A copy that is safe to index with and to print. */
void socket_clean(struct record_socket *dst, const struct record_socket *src);
/* One of its texts. */
void socket_clean_comm(u8 dst[16], const u8 src[16]);
/* Fills the groups of fields that fresh leaves out from old. */
void socket_merge(struct record_socket *fresh, const struct record_socket *old);
/* Final totals never fall below what was seen, except for a FIN that was counted as a byte. */
void socket_keep_larger(struct record_socket *fresh, const struct record_socket *old);
/* Is it from a source that knows only a part of a socket (an end event, a minisock)? */
bool socket_is_partial(const struct record_socket *s);

/* Puts new values into a row, which the next tick will settle. -ENOMEM. */
int row_store(struct model *m, struct slot *s, const struct record_socket *fresh, struct error *err) must_check;

/* -- rates.c: the end of a tick ------------------------------------------------------------------------------------ */

/* Keeps the values that are about to be replaced. -ENOMEM. */
int slot_keep_base(struct model *m, struct slot *s) must_check;
/* What has moved since the row's last tick. */
void slot_deltas(const struct model *m, const struct slot *s, struct deltas *d);
/* A tick is worked out in this order: begin, settle until done, end. */
void rows_begin_tick(struct model *m, const struct record_tick *tick);
#define PIECES_PER_LOOK                                                                                                \
	32 /* of work between two looks at the clock: a conversation's turn takes a microsecond or two */
/* So many are done of work that is to end at deadline_ns (0: never): is it time for others? */
static inline bool is_time_up(u64 deadline_ns, u32 done)
{
	return deadline_ns && done % PIECES_PER_LOOK == 0 && now_ns() >= deadline_ns;
}
/* Until deadline_ns (0: to the end), at least some rows. true: all are done. */
bool rows_settle(struct model *m, u64 deadline_ns);
void rows_end_tick(struct model *m, const struct tick_losses *losses);

/* -- history.c ----------------------------------------------------------------------------------------------------- */

void history_push(struct history *h, const float values[HISTORY_KINDS]);
/* One sample for the row; makes its history when it first moves, and frees it once the row has been idle for long. */
void history_sample(struct model *m, struct slot *s, bool moved);

/* -- totals.c ------------------------------------------------------------------------------------------------------ */

/* Counts a live row in (1) or out (-1). */
int totals_count(struct model *m, const struct record_socket *s, int by) must_check;
/* A live row gets new values. */
int totals_recount(struct model *m, const struct record_socket *old, const struct record_socket *fresh) must_check;
void totals_publish(struct model *m, const struct tick_losses *losses);
void totals_init(struct totals *t);

/* -- names.c ------------------------------------------------------------------------------------------------------- */

int take_name(struct model *m, const struct record_name *rec) must_check;
int take_process(struct model *m, const struct record_process *rec) must_check;
int take_cmdline(struct model *m, const struct record_cmdline *rec) must_check;
void processes_deinit(struct model *m);
void names_deinit(struct model *m);

/* -- host_names.c -------------------------------------------------------------------------------------------------- */

int take_host(struct model *m, const struct record_host *rec) must_check;
int take_answer(struct model *m, const struct record_answer *rec) must_check;
void hosts_deinit(struct hosts *h);

/* -- ranges.c ------------------------------------------------------------------------------------------------------ */

int take_ports(struct model *m, const struct record_ports *rec) must_check;
void ports_deinit(struct model *m);

/* -- interceptions.c ----------------------------------------------------------------------------------------------- */

int take_interception(struct model *m, const struct record_interception *rec, struct error *err) must_check;
/* The row goes, or nothing has its socket any more. */
void interception_forget(struct model *m, const struct row *r);
void interceptions_deinit(struct interceptions *all);

/* -- attached.c ---------------------------------------------------------------------------------------------------- */

int take_attached(struct model *m, const struct record_attached *rec) must_check;
void attached_forget(struct model *m, enum attach_place place, u64 key);
void attached_deinit(struct attached *all);

/* -- pairs.c ------------------------------------------------------------------------------------------------------- */

/* For struct row_watch. */
void pairs_came(struct model *m, const struct row *r, const struct record_socket *fresh);
void pairs_deinit(struct pairs *p);
/* The same addresses and ports at both ends, in the same order. */
bool socket_same_ends(const struct record_socket *a, const struct record_socket *b);

/* -- nat.c --------------------------------------------------------------------------------------------------------- */

int take_nat(struct model *m, const struct record_nat *r) must_check;
/* What a namespace has told does not count any more: it tells it anew, or is gone. */
void nat_forget(struct model *m, u32 space);
void nat_deinit(struct nat *n);
/* Sets addresses, ports, family and protocol that the other end of a socket has, if they are translated. */
bool nat_other_end(struct nat *n, const struct record_socket *s, struct record_socket *other);
