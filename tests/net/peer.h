/* What the parts of the traffic maker share: its table of sockets and its children, which hold sockets for it. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define PEER_SLOTS 256
#define PEER_CHILDREN 8

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct slot {
	int fd;                  /* -1: free */
	uint64_t sent, received; /* payload bytes, as send() and recv() returned them; peeks not counted */
	uint64_t writes, reads;  /* calls that moved bytes */
};

struct child {
	int pid; /* 0: none */
	int fd;  /* unix socket on which it takes file descriptors */
};

struct peer {
	struct slot slots[PEER_SLOTS];
	struct child children[PEER_CHILDREN];
	int child_pid; /* of the child that the last command spoke to, for the reply; 0: none */
	bool quit;
};

/* Runs one command: its words, NULL-terminated. 0, or -1 with errno set. */
int peer_run(struct peer *p, char **arg);
/* The slot of that number, or NULL with errno set. */
struct slot *peer_slot(struct peer *p, const char *number);
/* text: at least INET6_ADDRSTRLEN bytes; returned. */
const char *address_text(const union address *a, char *text);

/* fork: a child that inherits all sockets and waits. */
int peer_fork(struct peer *p, char **arg);
/* pass SLOT CHILD: hands the socket to the child (SCM_RIGHTS); ours stays open. */
int peer_pass(struct peer *p, char **arg);
/* inflight SLOT: leaves the socket in a unix socket's queue and closes it: no file table holds it. */
int peer_inflight(struct peer *p, char **arg);
/* garbage SLOT: the same, and nobody can take it out of there any more: the kernel closes it. */
int peer_garbage(struct peer *p, char **arg);
/* ring SLOT: makes the socket a direct descriptor of an io_uring, which has the slot then: close ends both. */
int peer_ring(struct peer *p, char **arg);
/* ringsend SLOT BYTES, ringrecv SLOT BYTES: by that io_uring, all of them. Not counted in the slot. */
int peer_ring_send(struct peer *p, char **arg);
int peer_ring_receive(struct peer *p, char **arg);
/* kill CHILD: with SIGKILL, and waits for its end. */
int peer_kill(struct peer *p, char **arg);
void peer_deinit(struct peer *p);
