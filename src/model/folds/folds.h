/* The folds that are views: tables whose rows are gathered from another's (fold.h). Each has a file here, and a row in
 * this list; their pictures are made of a struct model. */
#pragma once

#include "fold.h"
#include "socket_table.h"

/* F(name, title, help): of the view; its table is name_fold. In the order of the views' numbers. */
#define FOLDS(F)                                                                                                       \
	F(listeners, "Listeners", "each listening port: accept queue, owner, and its connections")                     \
	F(processes, "Processes", "the sockets of each process, and what holds them back")                             \
	F(users, "Users", "the same by user: t in Processes")                                                          \
	F(cgroups, "Cgroups", "the same by cgroup: services and containers")                                           \
	F(containers, "Containers", "the same by container: its name, or a pod's")                                     \
	F(namespaces, "Namespaces", "the same by network namespace")                                                   \
	F(hosts, "Hosts", "each remote address: how far, how lossy, and its connections")                              \
	F(prefixes, "Prefixes", "the same by network: /24, /64, or those of --prefix")                                 \
	F(services, "Services", "the same by the port of the service, here or there")                                  \
	F(links, "Links", "the same by network device")                                                                \
	F(ports, "Ports", "for each destination: local ports taken, and by whom")                                      \
	F(mptcp, "MPTCP", "each MPTCP connection: its subflows together")                                              \
	F(protocols, "Protocols", "what is spoken, by what is said, with its bytes")

#define FOLD_EXTERN(name, title, help) extern const struct table name##_fold;
FOLDS(FOLD_EXTERN)
/* The i-th of them; NULL past the end. */
const struct table *fold_at(size_t i);

/* What filters know of a fold of sockets: the words that speak of both ends. */
#define SOCKET_FOLD_PREDICATES 5
extern const struct column socket_fold_predicates[SOCKET_FOLD_PREDICATES];
/* The rest of a fold of sockets. */
#define SOCKET_FOLD .predicates = socket_fold_predicates, .predicate_count = SOCKET_FOLD_PREDICATES, FOLD_TABLE
/* The fold NAMES_fold of sockets by one of socket_groups. The file has the static arrays shown_, NAME_contract and
 * NAME_down; more of struct fold may follow. */
#define SOCKET_FOLD_SHOWN(plural_, one_, key_, shown_, ...)                                                            \
	static const struct fold by_##one_ = {                                                                         \
	    .of = &socket_table, .by = &socket_groups[key_], .down = one_##_down, __VA_ARGS__};                        \
	const struct table plural_##_fold = {                                                                          \
	    .name = #one_,                                                                                             \
	    .one = #one_,                                                                                              \
	    .many = #plural_,                                                                                          \
	    .fold = &by_##one_,                                                                                        \
	    .shown = shown_,                                                                                           \
	    .shown_count = ARRAY_SIZE(shown_),                                                                         \
	    .sort = "rate:desc",                                                                                       \
	    .contract = one_##_contract,                                                                               \
	    SOCKET_FOLD,                                                                                               \
	}
/* … of which the array is called shown. */
#define SOCKET_FOLD_BY(plural_, one_, key_, ...) SOCKET_FOLD_SHOWN(plural_, one_, key_, shown, __VA_ARGS__)
