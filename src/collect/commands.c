/* The reader's commands: hostile until checked, and limited in number. */
#include "commands.h"

#include <errno.h>
#include <string.h>

#include "sources.h"

#define PIECE 4096
#define TURN_BYTES 65536 /* read before anything else gets its turn */

int commands_init(struct commands *r)
{
	return stream_decoder_new(&r->decoder);
}

void commands_deinit(struct commands *r)
{
	buf_deinit(&r->in);
	stream_decoder_free(take(r->decoder));
}

static void note(struct collector *c, bool *tick, const struct record_command *r)
{
	switch (r->kind) {
	case COMMAND_INTERVAL:
		c->interval_ns = CLAMP(r->value, COLLECT_INTERVAL_MIN_NS, COLLECT_INTERVAL_MAX_NS);
		*tick = true;
		break;
	case COMMAND_INFO: c->wishes.info = r->value; break;
	case COMMAND_NAMES: c->wishes.names = r->value; break;
	case COMMAND_LAYERS: c->wishes.sample = r->value; break;
	case COMMAND_TRACE:
		c->wishes.trace = r->value;
		*tick = true; /* the addresses come with the next pass */
		break;
	case COMMAND_CMDLINE: c->wishes.cmdline = (u32)MIN(r->value, (u64)UINT32_MAX); break;
	case COMMAND_NAT: c->wishes.nat = r->value; break;
	case COMMAND_REDIRECTS: c->wishes.redirects = r->value; break;
	case COMMAND_EXCHANGES: c->wishes.exchanges = r->value; break;
	case COMMAND_REQUESTS: c->wishes.requests = (u8)MIN(r->value, (u64)REQUESTS_DATAGRAMS); break;
	case COMMAND_TICK_NOW: *tick = true; break;
	case COMMAND_QUIT: c->quit = true; break;
	default: break;
	}
}

bool commands_decode(struct commands *r, struct collector *c, bool *tick)
{
	struct record rec;
	struct error err;
	int got;

	while ((got = stream_next(r->decoder, &r->in, &rec, &err)) > 0)
		if (rec.kind == RECORD_COMMAND)
			note(c, tick, rec.command);
	if (got < 0)
		snprintf(c->why, sizeof(c->why), "a broken command came: %.200s", err.text);
	return got == 0;
}

/* false: there will be no more. */
static bool read_turn(struct commands *r, bool *tick)
{
	struct collector *c = r->source.c;

	for (size_t bytes = 0; bytes < TURN_BYTES;) {
		void *room = buf_room(&r->in, PIECE);
		ssize_t n = room ? read(c->options->in_fd, room, PIECE) : -1;

		if (n < 0)
			return room && (errno == EAGAIN || errno == EINTR);
		if (n == 0)
			return false;
		bytes += (size_t)n;
		buf_grown(&r->in, (size_t)n);
		if (!commands_decode(r, c, tick))
			return false;
	}
	return true;
}

/* Applies the last command of each kind; earlier ones that were read together with it have no effect. */
static void commands_readable(struct source *s)
{
	struct collector *c = s->c;
	bool tick = false;

	if (!read_turn((struct commands *)s, &tick))
		c->quit = true; /* the reader is gone, or sent something broken */
	if (c->quit)
		return;
	if (!collector_want(c) || tick)
		collector_tick_soon(c);
}

static int commands_open(struct source *s, struct error *err)
{
	int r = commands_init((struct commands *)s);

	return r < 0 ? error_set(err, r, "out of memory") : 0;
}

static int commands_start(struct source *s, struct error *err)
{
	(void)err;
	/* A file or /dev/null cannot be polled: there is no reader. */
	if (source_watch(s, s->c->options->in_fd) < 0)
		s->c->quit = true;
	return 0;
}

static bool commands_stop(struct source *s)
{
	commands_deinit((struct commands *)s);
	return true;
}

const struct source_class commands_source = {
    .name = "commands",
    .size = sizeof(struct commands),
    .open = commands_open,
    .start = commands_start,
    .readable = commands_readable,
    .stop = commands_stop,
};
