/* The state that the sources of sockets share. */
#include "sockets.h"

#include <string.h>

#include "hooks.h"
#include "skbtop.skel.h"

void sockets_init(struct sockets *s)
{
	*s = (struct sockets){.clock = tick_clock_now(), .mini_share = 1};
	entries_init(&s->entries);
}

void sockets_deinit(struct sockets *s)
{
	entries_deinit(&s->entries);
}

void sockets_note_unserved(struct sockets *s, const struct hooks *h)
{
	static const struct {
		enum feature_id feature;
		bool other;
		u64 has;
	} needs[] = {
	    {FEATURE_RETRANSMIT, false, HAS_RETRANS_SPLIT},
	    {FEATURE_RESET_RECEIVED, false, HAS_RESETS},
	    {FEATURE_RESET_SENT, false, HAS_RESETS},
	    {FEATURE_UDP_SEND, true, HAS_TX_BYTES | HAS_TX_PKTS},
	    {FEATURE_UDP_RECEIVE, true, HAS_RX_BYTES | HAS_RX_PKTS},
	};

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (!hooks_has(h, needs[i].feature))
			s->unserved[needs[i].other] |= needs[i].has;
}

void sockets_want(struct sockets *s, struct entry *e)
{
	if (e->flags & ENTRY_WANTED)
		return;
	if (s->want_count == WANTED_MAX) {
		s->want_all = true;
		return;
	}
	e->flags |= ENTRY_WANTED;
	s->want[s->want_count++] = e->cookie;
}

/* false: all slots where it could go are taken. */
static bool put_wanted(u64 *wanted, u64 cookie)
{
	u32 slot = abi_wanted_slot(cookie);

	for (u32 i = 0; i < ABI_WANTED_PROBES; i++) {
		u64 *at = &wanted[(slot + i) & (ABI_WANTED_SLOTS - 1)];

		if (!*at)
			*at = cookie;
		if (*at == cookie)
			return true;
	}
	return false;
}

void sockets_set_wanted(struct sockets *s, const struct hooks *h)
{
	struct skbtop_bpf__bss *bss = h->table->bss;

	for (u32 i = 0; i < s->want_count; i++)
		if (!put_wanted(bss->wanted, s->want[i]))
			s->want_all = true;
	bss->wanted_count += s->want_count;
}

void sockets_begin_wanted(struct sockets *s, const struct hooks *h)
{
	sockets_set_wanted(s, h);
	memcpy(s->wanted, s->want, s->want_count * sizeof(*s->want));
	s->wanted_count = s->want_count;
	s->want_count = 0;
}

void sockets_done_wanted(struct sockets *s, const struct hooks *h)
{
	struct skbtop_bpf__bss *bss = h->table->bss;

	for (u32 i = 0; i < s->wanted_count; i++) {
		struct entry *e = entries_find(&s->entries, s->wanted[i]);

		if (e)
			e->flags &= (u8)~ENTRY_WANTED;
	}
	s->wanted_count = 0;
	if (bss->wanted_count)
		memset(bss->wanted, 0, sizeof(bss->wanted));
	bss->wanted_count = 0;
}
