/* A set whose programs are loaded only while somebody wants what they tell, and tell it through a ring. At most one
 * load a tick: a reader that keeps changing its mind must not block everything else. */
#pragma once

#include "hooks.h"
#include "source.h"

struct ring_buffer;

struct demand_class {
	enum hook_set set;
	enum feature_id vital; /* without it the set is of no use; 0: FEATURE_FILES, which every collector has */
	const struct bpf_map *(*ring)(const struct hooks *h); /* once the set is loaded */
	int (*told)(void *source, void *data, size_t size);   /* one thing that a program has told; 0 */
	/* Both may be NULL. The set is loaded: -ENOMEM, and it is unloaded again; it is about to be unloaded. */
	int (*begins)(struct source *s);
	void (*ends)(struct source *s);
};

/* Embedded in a source; zeroed. */
struct demand {
	bool wanted;
	bool refused;             /* loading failed: not tried again until nobody wants it any more */
	bool reported;            /* the reader knows which hooks serve this */
	u64 loaded;               /* 1 + number of the tick after which they were last loaded; 0: never */
	struct ring_buffer *ring; /* owned; NULL: the programs are not loaded */
};

/* For the source's want(), with demand_want(): the next tick loads or unloads; or with demand_apply(): at once, unless
 * there was a load since the last tick. false: it is done with the next tick. */
bool demand_want(struct demand *d, bool wanted);
bool demand_apply(struct demand *d, const struct demand_class *class, struct source *s);
/* Hands on what was told, then loads or unloads. false: the programs are not loaded. */
bool demand_tick(struct demand *d, const struct demand_class *class, struct source *s);
/* Hands on what was told. */
void demand_read(struct demand *d);
void demand_stop(struct demand *d, const struct demand_class *class, struct source *s);
