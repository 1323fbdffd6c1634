/* A list that opens over a view: to choose one item, several in an order, or values to change. */
#pragma once

#include "canvas.h"
#include "key.h"

enum chooser_kind {
	CHOOSER_ONE,    /* Enter takes the item under the cursor */
	CHOOSER_ORDER,  /* Space switches items on and off, < and > move them */
	CHOOSER_VALUES, /* Left, Right and Space change the item's value */
};

struct chooser_item {
	char *text, *detail; /* owned, printable */
	bool checked;
	const void *value; /* for the opener */
};

struct chooser;

struct chooser_ops {
	void (*accept)(void *ctx, struct chooser *c);
	void (*cancel)(void *ctx, struct chooser *c);           /* may be NULL */
	void (*moved)(void *ctx, struct chooser *c);            /* the cursor moved: a preview; may be NULL */
	void (*change)(void *ctx, struct chooser *c, int step); /* CHOOSER_VALUES */
};

struct chooser {
	bool open;
	enum chooser_kind kind;
	char title[48];
	struct chooser_item *items; /* owned */
	size_t count, cursor, top, height;
	char find[32];   /* letters typed to jump to an item */
	struct pane box; /* where it was drawn */
	const struct chooser_ops *ops;
	void *ctx;
};

void chooser_open(struct chooser *c, enum chooser_kind kind, const char *title, const struct chooser_ops *ops,
		  void *ctx);
/* Adds an item; copies the texts (detail may be NULL). -ENOMEM. */
int chooser_add(struct chooser *c, const char *text, const char *detail, bool checked, const void *value) must_check;
/* Replaces the detail of an item. */
void chooser_set_detail(struct chooser *c, size_t i, const char *detail);
void chooser_close(struct chooser *c);
/* Handles a key; afterwards c->open says whether the list is still open. */
void chooser_key(struct chooser *c, uint32_t key);
void chooser_mouse(struct chooser *c, const struct mouse *m);
void chooser_draw(struct chooser *c, const struct pane *pane);
