/* Reads command lines without ever waiting for a process. */
#include "cmdlines.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "clock.h"

#define WAIT_NS (NSEC_PER_MSEC / 2) /* one takes some 10 us; and the machine may be busy */
#define STUCK_NS NSEC_PER_SEC
#define TOLD_MAX 65536

size_t cmdline_join(char *text, size_t n)
{
	/* Who has a title in place of its arguments (setproctitle()) pads it. */
	while (n && (!text[n - 1] || text[n - 1] == ' '))
		n--;
	for (size_t i = 0; i < n; i++)
		text[i] = text[i] ? text[i] : ' ';
	return n;
}

/* Also of when the process was started: its number may have been another's, who had the same arguments. */
static u32 hash(u64 start_ns, const char *text, size_t n)
{
	u64 h = start_ns / NSEC_PER_SEC, word;

	for (size_t at = 0; at < n; at += sizeof(word)) {
		word = 0;
		memcpy(&word, text + at, MIN(n - at, sizeof(word)));
		h = idmap_mix(h, word);
	}
	return (u32)(idmap_hash(h) >> 33); /* never IDMAP_NONE */
}

/* Does the reader lack it? From now on it does not. */
static bool is_news(struct cmdlines *l, u32 pid, u32 sum)
{
	if (idmap_get(&l->told, pid + 1ULL) == sum)
		return false;
	if (l->told.used >= TOLD_MAX)
		idmap_clear(&l->told);
	return idmap_set(&l->told, pid + 1ULL, sum) == 0;
}

/* So many bytes of a longer text that no character is cut. */
static size_t cut(const char *text, size_t n, size_t most)
{
	if (n <= most)
		return n;
	for (n = most; n > most - 3 && ((u8)text[n] & 0xc0) == 0x80; n--)
		;
	return n;
}

static void tell(struct cmdlines *l, struct outbox *out, const struct cmdline_lane *lane, size_t n)
{
	struct record_cmdline r = {.pid = lane->pid, .whole = lane->whole || n <= CMDLINE_TOLD};

	n = cut(lane->text, n, lane->whole ? CMDLINE_MAX : CMDLINE_TOLD);
	if (!lane->whole && !is_news(l, lane->pid, hash(lane->start_ns, lane->text, n)))
		return;
	memcpy(r.text, lane->text, n);
	outbox_event(out, RECORD_CMDLINE, &r, true);
}

/* A kernel thread has none, nor has what is about to end: that is told only where there was one before. */
static void fetch(struct cmdlines *l, struct outbox *out, struct cmdline_lane *lane, u64 wait_ns)
{
	ssize_t n = aside_read(&lane->aside, lane->fd, lane->text, sizeof(lane->text), wait_ns);

	if (n == -EINPROGRESS)
		return;
	if (n > 0)
		tell(l, out, lane, cmdline_join(lane->text, (size_t)n));
	close(lane->fd);
	lane->pid = 0;
}

bool cmdlines_ready(const struct cmdlines *l)
{
	bool stuck = true;

	for (size_t i = 0; i < CMDLINE_LANES; i++) {
		if (!l->lanes[i].pid)
			return true;
		stuck &= aside_held_ns(&l->lanes[i].aside) > STUCK_NS;
	}
	return stuck;
}

/* Nobody is asked twice at a time: whoever holds one thread does not get the others. */
static struct cmdline_lane *free_lane(struct cmdlines *l, u32 pid)
{
	struct cmdline_lane *found = NULL;

	for (size_t i = CMDLINE_LANES; i-- > 0;) {
		if (l->lanes[i].pid == pid)
			return NULL;
		if (!l->lanes[i].pid)
			found = &l->lanes[i];
	}
	return found;
}

static void ask(struct cmdlines *l, struct outbox *out, u32 pid, u64 start_ns, bool whole)
{
	struct cmdline_lane *lane = pid ? free_lane(l, pid) : NULL;
	char path[64];

	if (!lane || aside_start(&lane->aside) < 0)
		return;
	snprintf(path, sizeof(path), "/proc/%u/cmdline", pid);
	lane->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (lane->fd < 0)
		return;
	lane->pid = pid;
	lane->start_ns = start_ns;
	lane->whole = whole;
	fetch(l, out, lane, WAIT_NS);
}

void cmdlines_ask(struct cmdlines *l, struct outbox *out, const struct record_process *p)
{
	ask(l, out, p->pid, p->start_ns, false);
}

void cmdlines_ask_whole(struct cmdlines *l, struct outbox *out, u32 pid)
{
	if (idmap_get(&l->told, pid + 1ULL) != IDMAP_NONE)
		ask(l, out, pid, 0, true);
}

void cmdlines_poll(struct cmdlines *l, struct outbox *out)
{
	for (size_t i = 0; i < CMDLINE_LANES; i++)
		if (l->lanes[i].pid)
			fetch(l, out, &l->lanes[i], 0);
}

bool cmdlines_stop(struct cmdlines *l)
{
	bool back = true;

	for (size_t i = 0; i < CMDLINE_LANES; i++) {
		if (!aside_stop(&l->lanes[i].aside)) {
			back = false;
			continue;
		}
		if (l->lanes[i].pid)
			close(l->lanes[i].fd);
	}
	if (back)
		idmap_deinit(&l->told);
	return back;
}
