/* TCP over 127.0.0.0/8 in a namespace of our own: what the generators share. */
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

/* 127.0.0.n, n up to 2^24, in host byte order. */
#define LOOPBACK(n) (0x7f000000U + (uint32_t)(n))

/* A network namespace with its loopback up and the whole port range. -1 with errno. */
int loopback_namespace(void);
/* A listening socket, or -1 with errno. port 0: any. */
int loopback_listen(uint32_t address, uint16_t port, int backlog);
/* A connection from an ephemeral port of source, or -1 with errno. */
int loopback_connect(uint32_t source, uint32_t target, uint16_t port);
