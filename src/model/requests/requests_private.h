/* Private to the model: how beginnings of turns become calls. */
#pragma once

#include "buf.h"
#include "exchanges_private.h"
#include "protocol.h"
#include "requests.h"
#include "texts.h"

/* What both kinds of beginnings have, without their bytes. */
struct beginning {
	RECORD_BEGINNING_HEAD(RECORD_DECLARE_F, RECORD_DECLARE_A)
};

/* One that waits for the end of the tick; or longer, for its socket. */
struct beginning_coming {
	struct beginning head;
	u32 data;          /* where in requests.bytes */
	bool read;         /* it is none: such a message was read, … */
	u16 number, lport; /* … with this id, at this port */
	u64 tick;          /* that it came with */
};

/* A call: numbers are those of model_requests.calls; 0: none. */
struct said {
	u64 ns;      /* when the request passed */
	u64 next;    /* of the same conversation */
	u64 id;      /* by which its answer names it, where has_id */
	u32 turn;    /* of the request */
	u32 request; /* index in rows */
	u32 status;
	bool has_id, answered, error, counted;
	bool refused; /* with error: call.refused */
	/* Of datagrams: */
	bool again;   /* it is that of another conversation, which was counted */
	u32 bytes;    /* of the request; 0: not known */
	u64 read;     /* ns: when the server's program has read it; 0: not known */
	u64 asked;    /* ns: when the last time */
	u64 question; /* the same for who asks the same again; 0: nobody looks for it any more */
	u64 turned;   /* key of its conversation */
	u64 number;   /* its own */
};

/* A conversation, as one of its ends sees it. */
struct dialogue {
	u64 key; /* in dialogue_ids: of a connection the socket's, of datagrams with the peer's; 0: it is free */
	u64 socket;
	u64 flow;                           /* hash of both ends */
	u64 ends;                           /* of datagrams: hash of its own end and the other; else 0 */
	struct conversation *said;          /* owned */
	const struct protocol *taken;       /* that it was taken for with the last piece */
	struct buf pending;                 /* what the present turn begins with, as far as it has come */
	struct beginning head;              /* of its first piece */
	u64 last;                           /* its newest call … */
	u64 unanswered, untimed, uncounted; /* … and the oldest that is not … yet */
	u32 end[2];                         /* one past the last byte that was given, received and sent … */
	bool known[2];                      /* … if any was */
	u64 since, seen;                    /* ticks */
	u8 server[16], family, role;
	u16 port;
};

/* An answer over datagrams whose program has not read it yet, as far as is known. */
struct unread {
	u64 call;   /* its number */
	u64 key;    /* of the conversation */
	u64 id, ns; /* when it came in */
	u64 tick;
	u32 bytes;
};

#define DIALOGUES_MAX 16384
#define UNREAD_MAX 8192
#define BEGINNINGS_COMING_MAX (1U << 17)
#define BEGINNINGS_BYTES_MAX (64U << 20)
#define STATUSES_MAX 1024    /* what comes beyond them is not told apart from an answer without one */
#define BEGINNING_PATIENCE 3 /* ticks that a beginning waits for its socket */
#define CALLS_MAX (1U << 17)
#define LATE_MAX 8192

/* What an exchange is for its calls. */
struct timing {
	u64 number; /* of the exchange; 0: it is none, but a datagram and its answer */
	u64 socket;
	u64 begin_ns, whole_ns, ns[EXCHANGE_PARTS];
	u8 role, flags;
};

/* How far a tick's work has come. */
struct requests_work {
	u32 heard;       /* of what is coming … */
	u32 kept, bytes; /* … and of this what waits longer, at the front, with its bytes */
	u32 settled;     /* conversations */
	u32 timed;       /* of the late ones */
};

struct model_requests {
	struct beginning_coming *coming; /* owned */
	u32 coming_count, coming_cap;
	struct buf bytes;           /* of these */
	struct dialogue *dialogues; /* owned */
	u32 dialogue_end, dialogue_cap;
	u32 sweep; /* the dialogue that is looked at next: is it still spoken? */
	struct idmap dialogue_ids;
	struct idmap questions; /* of datagrams, that wait for their answer → number of the call */
	struct idmap ends;      /* dialogue.ends → its index, or ENDS_OF_SEVERAL */
	struct unread *unread;  /* owned */
	u32 unread_count, unread_cap;
	bool reads;                 /* it is told when a datagram is read */
	struct resolver *resolvers; /* owned */
	u32 resolver_end, resolver_cap;
	struct idmap resolver_ids;
	struct idmap servers; /* flow → index of the dialogue of its server's end */
	struct ring calls;    /* of struct said */
	struct request *rows; /* owned */
	u32 row_end, row_cap, row_count;
	struct idmap row_ids;
	struct column_texts statuses;
	struct timing *late; /* owned: exchanges whose conversations are listened to from the next tick on */
	u32 late_count, late_cap;
	u64 lost, unseen, other;
	struct requests_work work;
	bool on, values;
};

/* -ENOMEM. */
int requests_init(struct model *m) must_check;
void requests_deinit(struct model *m);
int take_beginning(struct model *m, const struct record_beginning *rec) must_check;
int take_handshake(struct model *m, const struct record_handshake *rec) must_check;
int take_datagram_read(struct model *m, const struct record_datagram_read *rec) must_check;
void take_beginnings(struct model *m, const struct record_beginnings *rec);
/* Before the tick's exchanges, until deadline_ns (0: to the end). true: it is done. */
bool requests_settle(struct model *m, u64 deadline_ns);
/* After them. */
void requests_end_tick(struct model *m);
/* The row with this key is gone. */
void requests_drop(struct model *m, u64 id);

/* -- dialogues.c --------------------------------------------------------------------------------------------------- */

/* The one that a beginning belongs to, made if need be. NULL: out of memory, or of room. */
struct dialogue *dialogue_of(struct model *m, const struct row *r, const struct beginning *b);
/* Takes the next bytes. */
void dialogue_hear(struct model *m, struct dialogue *d, const struct beginning *b, const u8 *data);
/* What has come of the present turn is all that there is for now. */
void dialogue_settle(struct model *m, struct dialogue *d);
void dialogue_end(struct model *m, struct dialogue *d);
struct dialogue *dialogue_find(const struct model *m, u64 key);
/* The end of the server, if this is the other one and both are on this machine; else NULL. */
struct dialogue *dialogue_server(const struct model *m, const struct dialogue *d);
/* Whose exchange it is: gives the calls their times. false: none of them is of it. */
bool dialogue_time(struct model *m, struct dialogue *d, const struct timing *t);

/* Is it so sure what is spoken that its calls count? A question to a name server's port is, without any answer. */
bool dialogue_believed(const struct dialogue *d);

/* -- datagrams.c --------------------------------------------------------------------------------------------------- */

/* A request. true: it was sent again, in the same conversation. */
bool datagram_asked(struct model *m, struct dialogue *d, const struct call *call, struct said *s);
/* … which has this number now. */
void datagram_keep(struct model *m, const struct dialogue *d, struct said *s, u64 number);
/* Its answer has just come. */
void datagram_answered(struct model *m, struct dialogue *d, struct said *s);
/* Finds the conversation by its ends; that of one socket of several, in other namespaces, is not found. */
int datagram_meet(struct model *m, struct dialogue *d, u64 ends) must_check;
void datagram_part(struct model *m, const struct dialogue *d);
/* What is told of a message that was read. false: its conversation is not listened to yet. */
bool datagram_read(struct model *m, const struct beginning_coming *c);
u64 datagram_ends(const struct beginning *b, u16 lport);
/* What was not read for so long is not waited for. */
void datagrams_unread(struct model *m);
/* Nobody waits for its answers any more. */
void datagrams_forget(struct model *m, struct dialogue *d);
/* Tells of those whose answer has not come for too long. */
void datagrams_overdue(struct model *m, struct dialogue *d);

/* -- resolvers.c --------------------------------------------------------------------------------------------------- */

struct resolver;
void resolver_answered(struct model *m, const struct dialogue *d, const struct said *s, u64 ns);
void resolver_silent(struct model *m, const struct dialogue *d);
void resolvers_end_tick(struct model *m);

/* -- request_rows.c ------------------------------------------------------------------------------------------------ */

/* The row of a name that is asked for by or of this end; IDMAP_NONE: out of memory. */
u32 request_of(struct model *m, const struct dialogue *d, const char *proto, const char *name);
void request_count(struct model *m, struct request *q);
void request_answered(struct request *q, const struct said *s);
/* One of n calls that an exchange was of. */
void request_time(struct request *q, const struct timing *t, u32 n);
/* A tick is whole, at this time of it. */
void request_end_tick(struct request *q, u64 now);
/* The exchange is known by the name of this row. */
void request_names(struct model *m, const struct timing *t, u32 row, u32 status);
