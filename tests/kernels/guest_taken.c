/* Programs of BPF, made by hand, and the kernel's TLS with a key that everybody knows. */
#include "guest_taken.h"
#include "programs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/tls.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TCX_EGRESS 47 /* BPF_TCX_EGRESS: 6.6 */

#define ENDS                                                                                                           \
	{                                                                                                              \
		.code = BPF_JMP | BPF_EXIT                                                                             \
	}
#define RETURNS(value)                                                                                                 \
	{                                                                                                              \
		.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = (value)                                                    \
	}
static const struct program {
	const char *what, *name;
	enum bpf_prog_type type;
	enum bpf_attach_type attach;
	struct bpf_insn code[2];
} programs[] = {
    {"parser", "g_parser", BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_STREAM_PARSER, {RETURNS(MESSAGE), ENDS}},
    {"parser", "g_verdict", BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_STREAM_VERDICT, {RETURNS(1), ENDS}},
    {"verdict", "g_verdict", BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_STREAM_VERDICT, {RETURNS(1), ENDS}},
    {"skb", "g_skb", BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_VERDICT, {RETURNS(1), ENDS}},
    {"msg", "g_msg", BPF_PROG_TYPE_SK_MSG, BPF_SK_MSG_VERDICT, {RETURNS(1), ENDS}},
    {"filter", "g_filter", BPF_PROG_TYPE_SOCKET_FILTER, 0, {RETURNS(-1), ENDS}},
    {"group", "g_connect", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT, {RETURNS(1), ENDS}},
    {"group", "g_egress", BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, {RETURNS(1), ENDS}},
    {"device", "g_xdp", BPF_PROG_TYPE_XDP, BPF_XDP, {RETURNS(XDP_PASS), ENDS}},
    {"device", "g_tcx", BPF_PROG_TYPE_SCHED_CLS, TCX_EGRESS, {RETURNS(-1), ENDS}},
};

#define PROGRAMS (sizeof(programs) / sizeof(*programs))

/* Where the packets and calls of others pass, too. A kernel without tcx has one program less at the device. */
static int attach_for_all(int program, enum bpf_attach_type how)
{
	int target = how == BPF_XDP || how == TCX_EGRESS ? (int)if_nametoindex("lo") : open("/sys/fs/cgroup", O_RDONLY);

	return bpf_link(program, target, how) < 0 && how != TCX_EGRESS ? -1 : 0;
}

int has_programs(const char *what)
{
	for (size_t i = 0; i < PROGRAMS; i++)
		if (strcmp(programs[i].what, what) == 0)
			return 1;
	return 0;
}

int take_by_programs(int fd, const char *what, uint32_t ids[PROGRAMS_MAX])
{
	int map = bpf_sockmap(), program;
	unsigned n = 0;
	int for_all = 0;

	if (map < 0)
		return -1;
	for (size_t i = 0; i < PROGRAMS; i++) {
		if (strcmp(programs[i].what, what) != 0)
			continue;
		program =
		    bpf_load(programs[i].name, programs[i].type, programs[i].attach, programs[i].code, 2, &ids[n++]);
		if (program < 0)
			return -1;
		if (programs[i].type == BPF_PROG_TYPE_SOCKET_FILTER)
			return setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program));
		for_all = programs[i].type != BPF_PROG_TYPE_SK_SKB && programs[i].type != BPF_PROG_TYPE_SK_MSG;
		if ((for_all ? attach_for_all(program, programs[i].attach)
			     : bpf_attach(map, program, programs[i].attach)) < 0)
			return -1;
	}
	return for_all ? 0 : bpf_put(map, fd);
}

int take_by_tls(int fd, int version)
{
	const struct tls12_crypto_info_aes_gcm_128 keys = {
	    .info = {.version = version == 13 ? TLS_1_3_VERSION : TLS_1_2_VERSION,
		     .cipher_type = TLS_CIPHER_AES_GCM_128}};

	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) < 0 ||
	    setsockopt(fd, SOL_TLS, TLS_TX, &keys, sizeof(keys)) < 0)
		return -1;
	return setsockopt(fd, SOL_TLS, TLS_RX, &keys, sizeof(keys));
}
