/* A collector that nothing runs, with what its sources share. */
#pragma once

#include <stdlib.h>

#include "namer.h"
#include "sockets.h"
#include "spaces.h"

struct collect_fixture {
	struct collector c;
	struct sockets sockets;
	struct namer namer;
	struct spaces spaces;
};

/* In its second tick and pass. */
static inline void collect_fixture_init(struct collect_fixture *x)
{
	*x = (struct collect_fixture){
	    .c = {.sockets = &x->sockets, .namer = &x->namer, .spaces = &x->spaces, .number = 2},
	    .spaces.own_fd = -1,
	};
	sockets_init(&x->sockets);
	x->sockets.clock.ns_per_jiffy = 4000000;
	x->sockets.pass = 2;
	outbox_init(&x->c.out, -1);
	namer_init(&x->namer);
}

static inline void collect_fixture_deinit(struct collect_fixture *x)
{
	namer_deinit(&x->namer);
	spaces_deinit(&x->spaces);
	outbox_deinit(&x->c.out);
	buf_deinit(&x->c.tick);
	sockets_deinit(&x->sockets);
}
