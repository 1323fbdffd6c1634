/* Lets sock_diag list the sockets of a namespace, which gives each of them a cookie. */
#include "cookies.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "hooks.h"
#include "pass.h"
#include "skbtop.skel.h"
#include "sockets.h"
#include "spaces.h"

#define PIECE 32768 /* the kernel fills at most this much per message */
#define SHARE 30    /* lists take at most 1/30 of the time: some sockets may have to wait */

/* Reads the answer to its end and ignores it. */
static int skip_list(int fd, u8 *piece)
{
	for (;;) {
		ssize_t n = recv(fd, piece, PIECE, 0);
		int left = (int)n;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EPROTO;
		for (struct nlmsghdr *h = (void *)piece; NLMSG_OK(h, (u32)left); h = NLMSG_NEXT(h, left))
			if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
				return 0; /* an error: this kernel lacks the protocol, so there are no such sockets */
	}
}

static int list(int fd, u8 family, u8 protocol, u8 *piece)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 body;
	} request = {
	    .head = {.nlmsg_len = sizeof(request),
		     .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		     .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
	    .body = {.sdiag_family = family, .sdiag_protocol = protocol, .idiag_states = ~0U},
	};

	if (send(fd, &request, sizeof(request), 0) < 0)
		return -errno;
	return skip_list(fd, piece);
}

/* Called in each namespace. */
static void list_space(void *collector, u32 netns)
{
	static const u8 families[] = {AF_INET, AF_INET6}, protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE};
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	cleanup_free u8 *piece = aligned_alloc(8, PIECE);
	struct collector *c = collector;

	(void)netns;
	for (size_t f = 0; f < ARRAY_SIZE(families); f++)
		for (size_t p = 0; p < ARRAY_SIZE(protocols); p++)
			if (fd < 0 || !piece || list(fd, families[f], protocols[p], piece) < 0)
				c->errors++;
}

/* Of the records only the namespaces matter: they have sockets without a cookie. */
static void note_space(void *collector, struct abi_sock *a)
{
	struct collector *c = collector;
	const struct abi_same *s = (const void *)a;

	if (a->kind == ABI_SPACE)
		spaces_note(c->spaces, (u32)s->cookie, 0, s->tgid);
}

void cookies_seed(struct collector *c)
{
	if (hooks_make_cookies(c->hooks))
		return;
	if (pass_run(hooks_link(c->hooks, FEATURE_FILES), note_space, NULL, c) < 0)
		c->errors++;
	c->hooks->table->bss->cookieless = 1; /* includes sockets that no file holds */
}

void cookies_tick(struct cookies *k, struct collector *c)
{
	u64 start = now_ns();

	if (!c->hooks->table->bss->cookieless || start - k->at_ns < SHARE * k->took_ns)
		return;
	c->hooks->table->bss->cookieless = 0;
	spaces_each(c->spaces, list_space, c);
	k->at_ns = now_ns();
	k->took_ns = k->at_ns - start;
}
