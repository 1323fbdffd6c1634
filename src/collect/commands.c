/* The reader's commands: hostile until checked, also in how many they are. */
#include "commands.h"

#include <errno.h>
#include <string.h>

#include "collector.h"

#define PIECE 4096
#define TURN_BYTES 65536 /* that are looked at before anything else has its turn */

int commands_init(struct commands *r)
{
	*r = (struct commands){};
	return stream_decoder_new(&r->decoder);
}

void commands_deinit(struct commands *r)
{
	buf_deinit(&r->in);
	stream_decoder_free(r->decoder);
	*r = (struct commands){};
}

static void note(struct collector *c, struct wishes *w, const struct record_command *r)
{
	switch (r->kind) {
	case COMMAND_INTERVAL:
		c->interval_ns = CLAMP(r->value, COLLECT_INTERVAL_MIN_NS, COLLECT_INTERVAL_MAX_NS);
		w->tick = true;
		break;
	case COMMAND_INFO: c->info = r->value; break;
	case COMMAND_LAYERS: w->sample = r->value; break;
	case COMMAND_TRACE:
		w->trace = r->value;
		w->tick = true; /* the addresses come with the next pass */
		break;
	case COMMAND_TICK_NOW: w->tick = true; break;
	case COMMAND_QUIT: c->quit = true; break;
	default: break;
	}
}

bool commands_decode(struct commands *r, struct collector *c, struct wishes *w)
{
	struct record rec;
	struct error err;
	int got;

	while ((got = stream_next(r->decoder, &r->in, &rec, &err)) > 0)
		if (rec.kind == RECORD_COMMAND)
			note(c, w, rec.command);
	if (got < 0)
		snprintf(c->why, sizeof(c->why), "a broken command came: %.200s", err.text);
	return got == 0;
}

/* false: nothing comes any more. */
static bool read_turn(struct commands *r, struct collector *c, struct wishes *w)
{
	for (size_t bytes = 0; bytes < TURN_BYTES;) {
		void *room = buf_room(&r->in, PIECE);
		ssize_t n = room ? read(c->options->in_fd, room, PIECE) : -1;

		if (n < 0)
			return room && (errno == EAGAIN || errno == EINTR);
		if (n == 0)
			return false;
		bytes += (size_t)n;
		buf_grown(&r->in, (size_t)n);
		if (!commands_decode(r, c, w))
			return false;
	}
	return true;
}

bool commands_read(struct commands *r, struct collector *c)
{
	struct wishes w = {.sample = c->stages.sample, .trace = c->stages.trace};

	if (!read_turn(r, c, &w) || c->quit)
		return false;
	if (!stages_want(c, w.sample, w.trace))
		w.tick = true;
	if (w.tick)
		collector_tick_soon(c);
	return true;
}
