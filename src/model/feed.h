/* The source of a model's records: a socket to the collector, or a recording. Reads without blocking, decodes in
 * slices, makes a copy if asked. */
#pragma once

#include "cleanup.h"
#include "error.h"
#include "moment.h"
#include "record.h"

struct feed;
struct model;

enum feed_event {
	FEED_IDLE = 0, /* nothing to do until fd is readable or feed_timeout_ms() passes */
	FEED_MORE,     /* the time slice is used up: call again */
	FEED_TICK,     /* a tick is whole */
	FEED_END,      /* the other end has closed (or the recording is over); see model_bye() */
};

/* A live stream: fd is a connected, non-blocking socket, owned from now on. Sends our opening. */
int feed_open(struct feed **f, struct model *m, int fd, struct error *err) must_check;
/* A recording, played at speed (1.0: real time; 0: as fast as possible, one tick per call). */
int feed_replay(struct feed **f, struct model *m, const char *path, double speed, struct error *err) must_check;
/* A recording is shown from this moment on: what came before passes without delay. */
void feed_from(struct feed *f, const struct moment *from);
/* Is the tick that became whole last before that moment, or passed by feed_advance()? It is there for what it leads to,
 * and not shown. */
bool feed_is_early(const struct feed *f);
/* Also writes everything that is read to path (file_create()). If the file can take no more (a full disk, a limit) the
 * recording ends, not the feed. */
int feed_record(struct feed *f, const char *path, struct error *err) must_check;
/* The recording is two files of together about so many bytes: what was written becomes PATH.1 when it has half of them,
 * and PATH begins with the whole picture. */
void feed_record_rotate(struct feed *f, u64 bytes);
/* Keeps what is read, to go back in: past.h. Called before the first step. -ENOMEM. */
int feed_keep(struct feed *f, u64 bytes) must_check;
struct past;
/* NULL: nothing is kept. Owned by the feed. */
struct past *feed_past(const struct feed *f);
/* Why the recording has stopped, in one line; NULL: it has not, or there is none. */
const char *feed_record_error(const struct feed *f);
/* Has names of hosts looked up: fd, owned from now on, is resolver.h's. */
void feed_resolve(struct feed *f, int fd);
void feed_free(struct feed *f);

/* Reads and applies for at most budget_ns. Returns an enum feed_event or a negative errno with err set, which is
 * permanent. */
int feed_step(struct feed *f, u64 budget_ns, struct error *err) must_check;
/* While paused, bytes are read (up to a bound) but not applied: the picture does not change. */
void feed_pause(struct feed *f, bool paused);
/* Goes on by at least span_ns of the stream, by one tick if that is 0, as soon as that has come, even while paused; at
 * the end of a recording to its last tick. The ticks between are early (feed_is_early()). */
void feed_advance(struct feed *f, u64 span_ns);
/* The descriptor to poll for reading; -1 for a recording, after the end, and when a pause has read up to its bound. */
int feed_fd(const struct feed *f);
/* Has a recording ended within a tick? Records after its last whole tick are in no picture. */
bool feed_is_cut(const struct feed *f);
/* Milliseconds until feed_step() has work even if nothing is readable; -1: never. */
int feed_timeout_ms(const struct feed *f);
/* Sends a command to the collector; a recording ignores it. A socket is given by its key (model_key()). Never blocks;
 * -EAGAIN: there is no room for it, -EPIPE: the collector reads no more. */
int feed_command(struct feed *f, enum command_kind kind, u64 value);
