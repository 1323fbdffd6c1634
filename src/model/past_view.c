/* The model of a moment that has passed: made from a key frame before it, and fed with the ticks up to it. */
#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "model.h"
#include "past_private.h"
#include "stream.h"

#define CHUNK 65536
#define RECORDS_PER_LOOK 64

/* So many ticks before the moment at least, where they are kept: rates, verdicts and what is said of the last ten ticks
 * are as they were then. More of them, as long as that takes no longer than a key may. */
#define WARM_TICKS 10
#define AIM_NS (40 * NSEC_PER_MSEC)

struct past_view {
	struct past *p; /* borrowed */
	struct model *m;
	struct stream_decoder *decoder;
	struct player *player;
	struct buf in;
	u64 segment;       /* number of the one that is read */
	u64 at;            /* the moment that it has come to; 0: none */
	u64 moment;        /* that it is to come to */
	bool skipping;     /* the key frame of a segment that it has come to from the one before */
	bool settling;     /* the model is working out a tick */
	u64 raw, raw_done; /* bytes that it takes, and those that were done */
	u64 took_ns;
};

/* -- where to begin ------------------------------------------------------------------------------------------------ */

static u64 cost_from(const struct past *p, const struct segment *s, u64 moment)
{
	return s->key_raw + past_raw(p, moment) - past_raw(p, s->first);
}

/* The number of the segment to begin with. */
static u64 choose(const struct past *p, u64 moment)
{
	u32 i = p->count - 1;

	while (i && (p->segments[i]->first > moment || !p->segments[i]->key_raw))
		i--;
	while (i && p->segments[i]->first + WARM_TICKS > moment)
		i--;
	while (i && (double)cost_from(p, p->segments[i - 1], moment) * p->ns_per_byte < (double)AIM_NS)
		i--;
	return p->dropped + i;
}

static int open_segment(struct past_view *v, u64 number)
{
	player_free(take(v->player));
	stream_decoder_free(take(v->decoder));
	buf_reset(&v->in, CHUNK);
	v->segment = number;
	return player_new(&v->player) < 0 || stream_decoder_new(&v->decoder) < 0 ? -ENOMEM : 0;
}

int past_view_new(struct past_view **out, struct past *p, const struct model *like, u64 moment)
{
	struct past_view *v;
	u64 from;

	if (!moment || moment < past_first(p) || moment > past_last(p) || !p->segments[0]->key_raw)
		return -ENOENT;
	v = calloc(1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	from = choose(p, moment);
	v->p = p;
	v->moment = moment;
	v->raw = cost_from(p, past_segment(p, from), moment);
	if (model_new(&v->m) < 0 || open_segment(v, from) < 0) {
		past_view_free(v);
		return -ENOMEM;
	}
	model_set_like(v->m, like);
	p->pinned = MIN(p->pinned, from);
	*out = v;
	return 0;
}

void past_view_free(struct past_view *v)
{
	if (!v)
		return;
	v->p->pinned = past_view_is_whole(v) ? v->p->pinned : UINT64_MAX;
	player_free(v->player);
	stream_decoder_free(v->decoder);
	buf_deinit(&v->in);
	model_free(v->m);
	free(v);
}

/* -- making it ----------------------------------------------------------------------------------------------------- */

/* 1: more bytes are there; 0: the segment has none. */
static int fill(struct past_view *v, struct error *err)
{
	const struct segment *s = past_segment(v->p, v->segment);
	void *room = buf_room(&v->in, CHUNK);
	ssize_t n;

	if (!s)
		return error_set(err, -ENOENT, "this moment is not kept any more");
	if (!room)
		return error_set(err, -ENOMEM, "out of memory");
	player_give(v->player, buf_at(&s->bytes), buf_len(&s->bytes));
	n = player_read(v->player, -1, room, CHUNK);
	if (n < 0)
		return error_set(err, (int)n, "what was kept cannot be decompressed");
	buf_grown(&v->in, (size_t)n);
	v->raw_done += (u64)n;
	return n > 0;
}

/* The next segment goes on where this one ends. */
static int next_segment(struct past_view *v, struct error *err)
{
	if (!past_segment(v->p, v->segment + 1))
		return error_set(err, -ENOENT, "this moment is not kept any more");
	v->skipping = true;
	return open_segment(v, v->segment + 1) < 0 ? error_set(err, -ENOMEM, "out of memory") : 0;
}

static int take_record(struct past_view *v, const struct record *rec, struct error *err)
{
	bool is_tick = rec->kind == RECORD_TICK;

	if (v->skipping) {
		v->skipping = !is_tick;
		return 0;
	}
	if (!is_tick)
		return model_apply(v->m, rec, err);
	model_begin_tick(v->m, rec->tick);
	v->settling = true;
	return 0;
}

/* A record, or more bytes for one. */
static int advance(struct past_view *v, struct error *err)
{
	struct record rec;
	int r = stream_next(v->decoder, &v->in, &rec, err);

	if (r == 1)
		return take_record(v, &rec, err);
	r = r == 0 ? fill(v, err) : r;
	return r == 0 ? next_segment(v, err) : MIN(r, 0);
}

/* A tick is whole. */
static void arrive(struct past_view *v)
{
	v->settling = false;
	v->at = v->at ? v->at + 1 : past_segment(v->p, v->segment) ? past_segment(v->p, v->segment)->first : v->moment;
}

static int work(struct past_view *v, u64 deadline_ns, struct error *err)
{
	for (u32 n = 1; v->at < v->moment; n++) {
		if (v->settling) {
			if (!model_work(v->m, deadline_ns))
				return 0;
			arrive(v);
		} else {
			int r = advance(v, err);

			if (r < 0)
				return r;
		}
		if (deadline_ns && n % RECORDS_PER_LOOK == 0 && now_ns() >= deadline_ns)
			return v->at == v->moment;
	}
	return 1;
}

int past_view_work(struct past_view *v, u64 deadline_ns, struct error *err)
{
	u64 began = now_ns();
	int r = work(v, deadline_ns, err);

	v->took_ns += now_ns() - began;
	if (r == 0)
		return r;
	v->p->pinned = UINT64_MAX;
	if (r == 1 && v->raw)
		v->p->ns_per_byte = (double)v->took_ns / (double)v->raw;
	return r;
}

bool past_view_go_on(struct past_view *v, u64 moment)
{
	if (moment < v->at || moment > past_last(v->p) || !past_segment(v->p, v->segment))
		return false;
	v->moment = moment;
	v->raw = v->raw_done = v->took_ns = 0;
	v->p->pinned = MIN(v->p->pinned, v->segment);
	return true;
}

struct model *past_view_model(struct past_view *v)
{
	return v->m;
}

u64 past_view_moment(const struct past_view *v)
{
	return v->moment;
}

bool past_view_is_whole(const struct past_view *v)
{
	return v->at == v->moment;
}

double past_view_done(const struct past_view *v)
{
	return v->raw ? MIN((double)v->raw_done / (double)v->raw, 1.0) : 0;
}
