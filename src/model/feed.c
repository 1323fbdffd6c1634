/* From bytes to records to the model, in slices of time: from the collector's socket or from a recording. */
#include "feed.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "feed_copies.h"
#include "feed_names.h"
#include "feed_pace.h"
#include "model.h"
#include "store.h"
#include "stream.h"

#define CHUNK 65536            /* bytes per read */
#define PAUSED_MAX (32U << 20) /* bytes read while paused */
#define KEEP_MAX (1U << 20)    /* memory that an empty buffer keeps */
#define OUT_MAX 65536          /* bytes of commands that wait for the socket */
#define RECORDS_PER_LOOK 64    /* records between two looks at the clock: about 20 us */
#define RETRY_MS 20            /* until bytes that did not fit are tried again */
#define PREAMBLE 12            /* a file with fewer bytes is not a stream */

enum { STEP_HUNGRY = 100 }; /* besides enum feed_event: more bytes are needed */

struct feed {
	struct model *model; /* borrowed */
	struct stream_decoder *decoder;
	struct buf in, out;
	int fd;
	struct copies copies;
	int names_fd;          /* who looks up names of hosts; -1: nobody */
	char *name;            /* the recording that is played, owned; NULL: live */
	struct player *player; /* that reads it */
	u64 total;             /* bytes read */
	bool eof;              /* nothing more will come from fd */
	bool deaf;             /* the other end reads no more commands */
	bool paused;
	bool within; /* there were records after the last whole tick */
	bool hungry; /* the buffer has no whole frame */
	bool ended;  /* FEED_END was returned */
	int broken;  /* the error that ended it, with its line */
	struct error why;
	struct pace pace;
	u64 due;       /* our time before which a recording has nothing to do */
	bool held;     /* the tick waits for its time */
	bool settling; /* the model is working out the tick */
	struct record_tick tick;
	struct moment from; /* of a recording: where it is shown from */
	u64 from_ns;        /* the same as a time of the stream, from the first tick on; 0: there was none */
	bool early;         /* the last tick is before that */
	bool advancing;     /* by feed_advance(), to that, and … */
	u32 steps;          /* … by so many ticks at least */
};

/* -- making one ---------------------------------------------------------------------------------------------------- */

static int feed_new(struct feed **out, struct model *m, int fd, const char *name, struct error *err)
{
	struct feed *f = calloc(1, sizeof(*f));

	if (!f) {
		close(fd);
		return error_set(err, -ENOMEM, "out of memory");
	}
	*f = (struct feed){.model = m, .fd = fd, .names_fd = -1, .hungry = true};
	f->name = name ? strdup(name) : NULL;
	if ((name && (!f->name || player_new(&f->player) < 0)) || stream_decoder_new(&f->decoder) < 0) {
		feed_free(f);
		return error_set(err, -ENOMEM, "out of memory");
	}
	*out = f;
	return 0;
}

/* Sends waiting commands, as many as the socket takes. */
static void feed_flush(struct feed *f)
{
	while (buf_len(&f->out) && !f->deaf) {
		ssize_t n = send(f->fd, buf_at(&f->out), buf_len(&f->out), MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		/* It will not read again, but its last words may still be readable. */
		if (n < 0) {
			f->deaf = true;
			buf_reset(&f->out, 0);
			return;
		}
		buf_consume(&f->out, (size_t)n);
	}
}

int feed_open(struct feed **out, struct model *m, int fd, struct error *err)
{
	struct feed *f;
	int r = feed_new(&f, m, fd, NULL, err);

	if (r < 0)
		return r;
	stream_open(&f->out);
	if (f->out.failed) {
		feed_free(f);
		return error_set(err, -ENOMEM, "out of memory");
	}
	feed_flush(f);
	*out = f;
	return 0;
}

int feed_replay(struct feed **out, struct model *m, const char *path, double speed, struct error *err)
{
	struct feed *f;
	int fd, r;

	if (!isfinite(speed) || speed < 0)
		return error_set(err, -EINVAL, "the speed of a replay is 0 or more");
	/* A pipe must not block. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return error_set(err, -errno, "%s: %s", path, strerror(errno));
	r = feed_new(&f, m, fd, path, err);
	if (r < 0)
		return r;
	f->pace.speed = speed;
	*out = f;
	return 0;
}

int feed_record(struct feed *f, const char *path, struct error *err)
{
	if (f->copies.recorder || f->total)
		return error_set(err, -EINVAL, "%s: a recording has to begin with the stream", path);
	return copies_record(&f->copies, path, err);
}

void feed_record_rotate(struct feed *f, u64 bytes)
{
	f->copies.record_max = MAX(bytes / 2, (u64)1);
}

int feed_keep(struct feed *f, u64 bytes)
{
	return past_new(&f->copies.past, bytes);
}

struct past *feed_past(const struct feed *f)
{
	return f->copies.past;
}

void feed_from(struct feed *f, const struct moment *from)
{
	f->from = *from;
}

bool feed_is_early(const struct feed *f)
{
	return f->early;
}

void feed_resolve(struct feed *f, int fd)
{
	f->names_fd = fd;
}

static struct copied copied(const struct feed *f)
{
	return (struct copied){&f->in, f->total};
}

void feed_free(struct feed *f)
{
	if (!f)
		return;
	copies_deinit(&f->copies, copied(f));
	close(f->fd);
	player_free(f->player);
	if (f->names_fd >= 0)
		close(f->names_fd);
	stream_decoder_free(f->decoder);
	buf_deinit(&f->in);
	buf_deinit(&f->out);
	free(f->name);
	free(f);
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

/* As recv(), or read() of a recording; a negative errno in place of -1. */
static ssize_t feed_read(struct feed *f, void *room)
{
	ssize_t n;

	if (f->player)
		return player_read(f->player, f->fd, room, CHUNK);
	do
		n = recv(f->fd, room, CHUNK, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Reads one chunk. 1: some bytes came, or the end; 0: none for now; a negative errno with err. */
static int feed_fill(struct feed *f, struct error *err)
{
	void *room;
	ssize_t n;

	copies_before_fill(&f->copies, copied(f));
	if (!buf_len(&f->in))
		buf_reset(&f->in, KEEP_MAX);
	room = buf_room(&f->in, CHUNK);
	if (!room)
		return error_set(err, -ENOMEM, "out of memory");
	n = feed_read(f, room);
	if (n == -EAGAIN)
		return 0;
	/* A collector that died with unread commands resets the socket: that is a normal end. */
	if (n == 0 || (n == -ECONNRESET && !f->name)) {
		f->eof = true;
		return 1;
	}
	if (n == -EPROTO && f->name)
		return error_set(err, -EPROTO, "%s: it is damaged: what it has cannot be decompressed", f->name);
	if (n < 0)
		return error_set(err, (int)n, "%s: %s", f->name ? f->name : "the collector's stream",
				 strerror((int)-n));
	buf_grown(&f->in, (size_t)n);
	f->total += (u64)n;
	f->hungry = false;
	copies_filled(&f->copies, copied(f));
	return 1;
}

/* -- applying ------------------------------------------------------------------------------------------------------ */

static int play_tick(struct feed *f, const struct record_tick *tick)
{
	f->tick = *tick;
	f->early = tick->time_ns < f->from_ns || f->steps > 1;
	f->steps -= f->steps > 0;
	f->held = false;
	f->settling = true;
	model_begin_tick(f->model, &f->tick);
	return FEED_MORE;
}

/* Continues a tick that has been begun. */
static int feed_settle(struct feed *f, u64 deadline)
{
	if (!model_work(f->model, deadline))
		return FEED_MORE;
	f->settling = false;
	copies_tick(&f->copies, copied(f), &f->tick);
	/* Without memory names are missing. */
	if (f->names_fd >= 0)
		(void)!feed_names(f->model, f->names_fd);
	if (f->name && !f->early) {
		(f->advancing ? pace_jumped : pace_played)(&f->pace, &f->tick, now_ns());
		f->due = pace_records_due(&f->pace);
	}
	f->advancing = f->advancing && f->early;
	return FEED_TICK;
}

/* Of a recording it is said which. */
static int broken(const struct feed *f, int code, struct error *err)
{
	const struct error why = *err;

	return f->name ? error_set(err, code, "%s: %s", f->name, why.text) : code;
}

/* Applies one record. An enum feed_event, STEP_HUNGRY, or FEED_MORE to continue. */
static int feed_one(struct feed *f, struct error *err)
{
	struct record rec;
	int r;

	if (f->held)
		return play_tick(f, &f->tick);
	r = stream_next(f->decoder, &f->in, &rec, err);
	if (r < 0)
		return broken(f, r, err);
	if (r == 0) {
		f->hungry = true;
		return STEP_HUNGRY;
	}
	if (rec.kind != RECORD_HELLO && rec.kind != RECORD_FEATURE && rec.kind != RECORD_BYE)
		f->within = rec.kind != RECORD_TICK;
	if (rec.kind != RECORD_TICK) {
		r = model_apply(f->model, &rec, err);
		return r < 0 ? r : FEED_MORE;
	}
	if (f->from.given && !f->from_ns)
		f->from_ns = moment_ns(&f->from, rec.tick);
	f->due = f->name && rec.tick->time_ns >= f->from_ns && !f->advancing ? pace_tick_due(&f->pace, rec.tick) : 0;
	if (f->due <= now_ns())
		return play_tick(f, rec.tick);
	f->tick = *rec.tick;
	f->held = true;
	return FEED_IDLE;
}

/* Applies what is in the buffer. */
static int feed_apply(struct feed *f, u64 deadline, struct error *err)
{
	int r = FEED_MORE;

	if (f->settling)
		return feed_settle(f, deadline);
	if (f->copies.keying.on) {
		copies_key(&f->copies, copied(f), f->model, f->decoder, deadline);
		return FEED_MORE;
	}
	if (f->due && f->due > now_ns())
		return FEED_IDLE;
	for (unsigned n = 1; r == FEED_MORE; n++) {
		r = feed_one(f, err);
		if (f->settling)
			return feed_settle(f, deadline);
		if (n % RECORDS_PER_LOOK == 0 && now_ns() >= deadline)
			break;
	}
	return r;
}

/* Reads bytes without applying them, so that the collector is not blocked during a pause. */
static int feed_soak(struct feed *f, u64 deadline, struct error *err)
{
	while (!f->name && !f->eof && buf_len(&f->in) < PAUSED_MAX && now_ns() < deadline) {
		int r = feed_fill(f, err);

		if (r < 0)
			return r;
		if (r == 0)
			break;
	}
	copies_soaked(&f->copies, copied(f));
	return FEED_IDLE;
}

static int feed_end(struct feed *f, struct error *err)
{
	/* What was gone to is beyond it: the last tick is shown, and the end told with the next call, even while
	 * paused.
	 */
	if (f->early && f->advancing) {
		f->early = false;
		return FEED_TICK;
	}
	f->ended = true;
	if (f->name && f->total < PREAMBLE)
		return error_set(err, -EPROTO, "%s is not a recording of skbtop", f->name);
	if (f->early)
		return error_set(err, -ENODATA, "%s: the recording ends before what --from says", f->name);
	return FEED_END;
}

static int feed_run(struct feed *f, u64 deadline, struct error *err)
{
	for (;;) {
		int r = feed_apply(f, deadline, err);

		if (r != STEP_HUNGRY)
			return r;
		if (f->eof)
			return feed_end(f, err);
		r = feed_fill(f, err);
		if (r < 0)
			return r;
		if (r == 0) {
			f->due = f->name ? now_ns() + RETRY_MS * NSEC_PER_MSEC : 0;
			return FEED_IDLE;
		}
		if (now_ns() >= deadline)
			return FEED_MORE;
	}
}

int feed_step(struct feed *f, u64 budget_ns, struct error *err)
{
	struct error local = {};
	u64 deadline;
	int r;

	if (f->broken)
		return error_set(err, f->broken, "%s", f->why.text);
	if (f->ended)
		return FEED_END;
	if (__builtin_add_overflow(now_ns(), budget_ns, &deadline))
		deadline = UINT64_MAX;
	feed_flush(f);
	/* A pause begins between two ticks. */
	r = f->paused && !f->settling && !f->advancing && !f->copies.keying.on ? feed_soak(f, deadline, &local)
									       : feed_run(f, deadline, &local);
	if (r >= 0)
		return r;
	f->broken = r;
	f->why = local;
	return error_set(err, r, "%s", local.text);
}

const char *feed_record_error(const struct feed *f)
{
	return f->copies.record_why.text[0] ? f->copies.record_why.text : NULL;
}

/* -- around it ----------------------------------------------------------------------------------------------------- */

void feed_pause(struct feed *f, bool paused)
{
	u64 before = f->pace.wall_ns;

	f->paused = paused;
	pace_pause(&f->pace, paused, now_ns());
	if (f->due)
		f->due += f->pace.wall_ns - before;
}

void feed_advance(struct feed *f, u64 span_ns)
{
	const struct record_tick *now = model_tick(f->model);

	if (f->ended || f->broken || !now)
		return;
	/* Of keys that come upon each other each counts. */
	if (!f->advancing)
		f->from_ns = now->time_ns;
	f->advancing = true;
	f->due = 0;
	f->steps += !span_ns && f->steps < UINT32_MAX;
	if (__builtin_add_overflow(f->from_ns, span_ns, &f->from_ns))
		f->from_ns = UINT64_MAX;
}

int feed_fd(const struct feed *f)
{
	/* A closed socket is always readable, and so is a full one that nobody reads. */
	if (f->name || f->eof || (f->paused && buf_len(&f->in) >= PAUSED_MAX))
		return -1;
	return f->fd;
}

bool feed_is_cut(const struct feed *f)
{
	return f->name && f->ended && !f->broken && (f->within || buf_len(&f->in) || player_is_torn(f->player));
}

int feed_timeout_ms(const struct feed *f)
{
	u64 now;

	if (f->ended || f->broken)
		return -1;
	if (f->settling || f->copies.keying.on)
		return 0;
	if (f->paused && !f->advancing)
		return buf_len(&f->out) ? RETRY_MS : -1;
	if (f->name) {
		now = now_ns();
		return f->due <= now ? 0 : (int)MIN((f->due - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC, (u64)INT_MAX);
	}
	if (!f->hungry || f->eof)
		return 0;
	return buf_len(&f->out) ? RETRY_MS : -1;
}

int feed_command(struct feed *f, enum command_kind kind, u64 value)
{
	struct record_command command = {.kind = kind, .value = value};

	if (f->name)
		return 0;
	if (f->deaf || f->eof)
		return -EPIPE;
	if (buf_len(&f->out) >= OUT_MAX)
		return -EAGAIN;
	if (kind == COMMAND_INFO || kind == COMMAND_TRACE)
		command.value = model_socket_id(f->model, value);
	f->out.failed = false;
	stream_put(&f->out, RECORD_COMMAND, &command);
	if (f->out.failed)
		return -ENOMEM;
	feed_flush(f);
	return 0;
}
