/* The reader's requests: hostile until checked, also in how many they are. */
#include "requests.h"

#include <errno.h>
#include <string.h>

#include "collector.h"

#define PIECE 4096
#define TURN_BYTES 65536 /* that are looked at before anything else has its turn */

int requests_init(struct requests *r)
{
	*r = (struct requests){};
	return stream_decoder_new(&r->decoder);
}

void requests_deinit(struct requests *r)
{
	buf_deinit(&r->in);
	stream_decoder_free(r->decoder);
	*r = (struct requests){};
}

static void note(struct collector *c, struct wishes *w, const struct record_request *r)
{
	switch (r->kind) {
	case REQUEST_INTERVAL:
		c->interval_ns = CLAMP(r->value, COLLECT_INTERVAL_MIN_NS, COLLECT_INTERVAL_MAX_NS);
		w->tick = true;
		break;
	case REQUEST_INFO: c->info = r->value; break;
	case REQUEST_LAYERS: w->sample = r->value; break;
	case REQUEST_TRACE:
		w->trace = r->value;
		w->tick = true; /* the addresses come with the next pass */
		break;
	case REQUEST_TICK_NOW: w->tick = true; break;
	case REQUEST_QUIT: c->quit = true; break;
	default: break;
	}
}

bool requests_decode(struct requests *r, struct collector *c, struct wishes *w)
{
	struct record rec;
	struct error err;
	int got;

	while ((got = stream_next(r->decoder, &r->in, &rec, &err)) > 0)
		if (rec.kind == RECORD_REQUEST)
			note(c, w, rec.request);
	if (got < 0)
		snprintf(c->why, sizeof(c->why), "a broken request came: %.200s", err.text);
	return got == 0;
}

/* false: nothing comes any more. */
static bool read_turn(struct requests *r, struct collector *c, struct wishes *w)
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
		if (!requests_decode(r, c, w))
			return false;
	}
	return true;
}

bool requests_read(struct requests *r, struct collector *c)
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
