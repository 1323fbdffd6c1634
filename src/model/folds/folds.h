/* The folds that are views: tables whose rows are gathered from another's (fold.h). Each has a file here, and a row in
 * this list; their pictures are made of a struct model. */
#pragma once

#include "fold.h"
#include "socket_table.h"

/* F(name, title, help): of the view; its table is name_fold. In the order of the views' numbers. */
#define FOLDS(F)                                                                                                       \
	F(listeners, "Listeners", "each listening port: accept queue, owner, and its connections")                     \
	F(ports, "Ports", "for each destination: local ports taken, and by whom")

#define FOLD_EXTERN(name, title, help) extern const struct table name##_fold;
FOLDS(FOLD_EXTERN)
/* The i-th of them; NULL past the end. */
const struct table *fold_at(size_t i);

/* What filters know of a fold of sockets: the words that speak of both ends. */
#define SOCKET_FOLD_PREDICATES 5
extern const struct column socket_fold_predicates[SOCKET_FOLD_PREDICATES];
/* The rest of a fold of sockets. */
#define SOCKET_FOLD .predicates = socket_fold_predicates, .predicate_count = SOCKET_FOLD_PREDICATES, FOLD_TABLE
