/* The last minutes of a stream, kept compressed in memory as a recording would have them; and the model of any moment
 * of them. It is in segments, of which each begins with the whole picture (model_write()); the oldest are dropped when
 * there are too many bytes. A moment is a tick: they are numbered from 1, and stay so. Single-threaded. */
#pragma once

#include "buf.h"
#include "cleanup.h"
#include "error.h"
#include "types.h"

struct model;
struct past;
struct record_tick;

/* At most about so many bytes are kept, but at least what two segments need. */
int past_new(struct past **p, u64 bytes_max) must_check;
void past_free(struct past *p);

/* -- keeping ------------------------------------------------------------------------------------------------------- */

/* A tick is whole, whose bytes were put. Returns true when a segment should begin with it: past_begin(), then the
 * bytes of a stream that has the whole picture up to this tick, then past_begun(). Whatever fails for want of memory
 * ends the keeping; what was kept stays. */
bool past_tick(struct past *p, const struct record_tick *tick);
void past_begin(struct past *p);
void past_begun(struct past *p);
void past_put(struct past *p, const void *bytes, size_t len);
/* Keeps no more. */
void past_give_up(struct past *p);

/* -- moments ------------------------------------------------------------------------------------------------------- */

/* The first and the last that there are; 0: there is none. */
u64 past_first(const struct past *p);
u64 past_last(const struct past *p);
/* CLOCK_MONOTONIC of the stream, and CLOCK_REALTIME; 0: it is not kept. */
u64 past_time(const struct past *p, u64 moment);
u64 past_realtime(const struct past *p, u64 moment);
/* The last one up to this time of the stream, or the first of all. 0: there is none. */
u64 past_find(const struct past *p, u64 time_ns);
/* Bytes that are kept, with what was allocated for them. */
u64 past_bytes(const struct past *p);

/* -- the model of a moment ----------------------------------------------------------------------------------------- */

struct past_view;

/* One of this moment, to be worked on until it is whole; p and like are borrowed, like only for the call: bounds and
 * settings are as its are. -ENOENT: the moment is not kept. */
int past_view_new(struct past_view **v, struct past *p, const struct model *like, u64 moment) must_check;
void past_view_free(struct past_view *v);
/* Until deadline_ns (now_ns() clock; 0: to the end). 1: it is whole; 0: there is more to do; a negative errno with
 * err. */
int past_view_work(struct past_view *v, u64 deadline_ns, struct error *err) must_check;
/* It becomes that of a later moment, if what is between is kept still. false: that needs a new one. */
bool past_view_go_on(struct past_view *v, u64 moment);
/* Owned by the view; to be looked at when it is whole, or once it was. */
struct model *past_view_model(struct past_view *v);
u64 past_view_moment(const struct past_view *v); /* that it is of, or will be */
bool past_view_is_whole(const struct past_view *v);
/* How much of the work is done: 0 … 1. */
double past_view_done(const struct past_view *v);
