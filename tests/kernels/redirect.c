/* A proxy in the kernel: redirect skb|parser|msg|into|apply|tls. Of two connections over loopback one end of the first,
 * inner, has programs of BPF that send everything on to one end of the second, outer: what comes in at inner (skb;
 * parser, message by message) or is written to it (msg; apply, of which the program sees the first write alone; tls,
 * before it is encrypted) goes out at outer, or (into) is read from it. For each line of its input, a number, so many
 * bytes go through; who the ends are and what has arrived is printed then, and at first. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "guest_taken.h"
#include "programs.h"

#define CHUNK 10000
#define STALLED_S 10 /* nothing comes any more */

static const char *kind;

static int is(const char *word)
{
	return strcmp(kind, word) == 0;
}

static void need(int result, const char *what)
{
	if (result >= 0)
		return;
	printf("# %s: %m\n", what);
	fflush(stdout);
	exit(1);
}

static unsigned port(int fd, int (*name)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_in a = {};
	socklen_t size = sizeof(a);

	name(fd, (struct sockaddr *)&a, &size);
	return ntohs(a.sin_port);
}

/* ends[0] has called, ends[1] was accepted. */
static void pair(int listener, int ends[2])
{
	struct sockaddr_in a = {};
	struct timeval limit = {.tv_sec = STALLED_S};
	socklen_t size = sizeof(a);

	getsockname(listener, (struct sockaddr *)&a, &size);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	need(connect(ends[0], (struct sockaddr *)&a, size), "connect");
	ends[1] = accept(listener, NULL, NULL);
	need(ends[1], "accept");
	for (int i = 0; i < 2; i++)
		setsockopt(ends[i], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

#define INSN(code_, dst, src, imm_)                                                                                    \
	(struct bpf_insn)                                                                                              \
	{                                                                                                              \
		.code = (code_), .dst_reg = (dst), .src_reg = (src), .imm = (imm_)                                     \
	}

/* r6 = r1; bpf_msg_apply_bytes(r1, apply); the helper(r6, map, 0, flags), whose result is the verdict. */
static int redirects(enum bpf_prog_type type, enum bpf_attach_type how, int helper, int map, int apply, int flags)
{
	struct bpf_insn code[16];
	uint32_t n = 0, id;

	code[n++] = INSN(BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0);
	if (apply) {
		code[n++] = INSN(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, apply);
		code[n++] = INSN(BPF_JMP | BPF_CALL, 0, 0, BPF_FUNC_msg_apply_bytes);
	}
	code[n++] = INSN(BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0);
	code[n++] = INSN(BPF_LD | BPF_DW | BPF_IMM, 2, BPF_PSEUDO_MAP_FD, map);
	code[n++] = INSN(0, 0, 0, 0);
	code[n++] = INSN(BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0);
	code[n++] = INSN(BPF_ALU64 | BPF_MOV | BPF_K, 4, 0, flags);
	code[n++] = INSN(BPF_JMP | BPF_CALL, 0, 0, helper);
	code[n++] = INSN(BPF_JMP | BPF_EXIT, 0, 0, 0);
	return bpf_load("r_redirect", type, how, code, n, &id);
}

static int of_skb(void)
{
	return is("skb") || is("parser");
}

/* Gives inner programs that redirect to outer. */
static void take(int inner, int outer)
{
	struct bpf_insn parser[] = {INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, MESSAGE),
				    INSN(BPF_JMP | BPF_EXIT, 0, 0, 0)};
	int map = bpf_sockmap(), to = bpf_sockmap(), program;
	enum bpf_attach_type how = of_skb() ? BPF_SK_SKB_STREAM_VERDICT : BPF_SK_MSG_VERDICT;
	uint32_t id;

	need(bpf_put(to, outer), "outer's map");
	if (of_skb())
		program = redirects(BPF_PROG_TYPE_SK_SKB, how, BPF_FUNC_sk_redirect_map, to, 0, 0);
	else
		program = redirects(BPF_PROG_TYPE_SK_MSG, how, BPF_FUNC_msg_redirect_map, to, is("apply") ? 1 << 30 : 0,
				    is("into") ? BPF_F_INGRESS : 0);
	need(program, "the program");
	need(bpf_attach(map, program, how), "attaching it");
	if (is("parser")) {
		program = bpf_load("r_parser", BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_STREAM_PARSER, parser, 2, &id);
		need(program, "the parser");
		need(bpf_attach(map, program, BPF_SK_SKB_STREAM_PARSER), "attaching the parser");
	}
	need(bpf_put(map, inner), "inner's map");
}

/* How many have arrived. */
static size_t through(int from, int to, size_t bytes)
{
	static char data[CHUNK];
	size_t got = 0, most = is("parser") ? MESSAGE : CHUNK; /* messages of one packet may wait for the next */

	for (size_t sent = 0, part; sent < bytes; sent += part) {
		ssize_t n = 1;

		part = bytes - sent < most ? bytes - sent : most;
		need(send(from, data, part, 0) == (ssize_t)part ? 0 : -1, "send");
		while (got < sent + part && n > 0) {
			n = recv(to, data, sizeof(data), 0);
			got += n > 0 ? (size_t)n : 0;
		}
	}
	return got;
}

int main(int argc, char **argv)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), first[2], second[2];
	size_t received = 0;
	char line[64];

	kind = argc == 2 ? argv[1] : "";
	need(listen(listener, 2), "listen");
	pair(listener, first);
	pair(listener, second);
	take(first[1], second[0]);
	if (is("tls"))
		for (int i = 0; i < 2; i++)
			need(take_by_tls(first[i], 12), "TLS");
	do {
		printf("lport=%u rport=%u outer=%u far=%u received=%zu\n", port(first[1], getsockname),
		       port(first[1], getpeername), port(second[0], getsockname), port(second[0], getpeername),
		       received);
		fflush(stdout);
		if (!fgets(line, sizeof(line), stdin))
			return 0;
		received += through(first[of_skb() ? 0 : 1], second[is("into") ? 0 : 1], strtoul(line, NULL, 10));
	} while (1);
}
