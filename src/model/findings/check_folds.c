/* What checks gather sockets by. None of them is a view. */
#include "check_folds.h"

#include <stdio.h>

#include "address.h"
#include "clock.h"
#include "folds.h"
#include "interception_table.h"
#include "life_table.h"
#include "loss_table.h"
#include "socket_get.h"
#include "text.h"

static u64 remote_hash(const struct record_socket *s, u16 port)
{
	return idmap_hash(address_hash(s->raddr, port) ^ s->netns) | 1;
}

static u64 peer_key(const void *picture, const void *row)
{
	(void)picture;
	return remote_hash(&((const struct row *)row)->s, 0);
}

static u64 service_key(const void *picture, const void *row)
{
	const struct record_socket *s = &((const struct row *)row)->s;

	(void)picture;
	return remote_hash(s, s->rport);
}

static void peer_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct record_socket *s = &((const struct row *)row)->s;

	(void)picture;
	address_format(s->raddr, s->family, dst, size);
}

static bool has_remote(const void *picture, const void *row)
{
	(void)picture;
	return ((const struct row *)row)->s.has & HAS_REMOTE;
}

#define CHECK_FOLD(which, of_, key_, label_, takes_, ...)                                                              \
	static const struct table_group by_##which = {#which, key_, label_};                                           \
	static const char *const down_##which[] = {__VA_ARGS__, NULL};                                                 \
	static const struct fold fold_##which = {                                                                      \
	    .of = &of_, .by = &by_##which, .takes = takes_, .down = down_##which};                                     \
	const struct table check_##which = {                                                                           \
	    .name = #which, .one = "row", .many = "rows", .fold = &fold_##which, .sort = "members:desc", SOCKET_FOLD}

CHECK_FOLD(peers, socket_table, peer_key, peer_label, has_remote, "netns", "raddr");
CHECK_FOLD(services, socket_table, service_key, peer_label, has_remote, "netns", "raddr", "rport");

/* -- what happened lately ------------------------------------------------------------------------------------------ */

static bool is_within(const void *picture, u64 ns, u64 seconds)
{
	const struct record_tick *tick = model_tick(picture);

	return tick && ns + seconds * NSEC_PER_SEC > tick->time_ns;
}

static bool failed_lately(const void *picture, const void *row)
{
	const struct life *l = row;

	return l->event == LIFE_FAIL && is_within(picture, life_time(l), 10);
}

static u64 failure_key(const void *picture, const void *row)
{
	const struct record_socket *s = &((const struct life *)row)->r.s;

	return idmap_hash(idmap_mix(group_process_key(picture, row), remote_hash(s, s->rport)) + s->error) | 1;
}

static bool closed_lately(const void *picture, const void *row)
{
	const struct life *l = row;

	return l->event == LIFE_CLOSE && l->r.s.has & HAS_REMOTE && is_within(picture, life_time(l), 5);
}

static u64 program_key(const void *picture, const void *row)
{
	return idmap_hash(idmap_mix(group_process_key(picture, row), ((const struct life *)row)->r.s.netns)) | 1;
}

/* Packets that this machine itself has refused, though somebody here wants them: by what, of whom, and at which
 * device. */
static bool dropped_lately(const void *picture, const void *row)
{
	const struct loss *l = row;

	return is_within(picture, l->r.time_ns, 10) && loss_fault(picture, l);
}

static u64 drop_key(const void *picture, const void *row)
{
	const struct loss *l = row;
	const struct row *r = loss_row(picture, l);
	u64 whose = r ? group_process_key(picture, r) : 0;
	u64 what = idmap_mix((u64)(uintptr_t)loss_cause(picture, &l->r), (u64)l->r.netns << 32 | l->r.ifindex);

	return idmap_hash(idmap_mix(whose, what)) | 1;
}

static void drop_label(const void *picture, const void *row, char *dst, size_t size)
{
	text_copy(dst, size, loss_cause(picture, &((const struct loss *)row)->r)->by);
}

CHECK_FOLD(failed, life_table, failure_key, peer_label, failed_lately, "netns", "pid", "raddr", "rport", "errno");
CHECK_FOLD(closed, life_table, program_key, group_process_label, closed_lately, "netns", "pid");
CHECK_FOLD(dropped, drop_table, drop_key, drop_label, dropped_lately, "netns", "pid", "dropped_by", "ifname");

/* -- what programs have taken over --------------------------------------------------------------------------------- */

/* A filter or the program of a reuseport group only chooses, and a sockmap without programs does nothing by itself. */
static bool has_psock_programs(const void *picture, const void *row)
{
	const struct record_interception *i = model_interception(picture, row);

	for (size_t p = PROGRAM_PARSER; i && p <= PROGRAM_MSG; p++)
		if (i->programs[p])
			return true;
	return false;
}

static u64 programs_key(const void *picture, const void *row)
{
	const struct record_interception *i = model_interception(picture, row);
	u64 key = group_process_key(picture, row);

	for (size_t p = PROGRAM_PARSER; i && p <= PROGRAM_MSG; p++)
		key = idmap_mix(key, i->programs[p]);
	return idmap_hash(key) | 1;
}

CHECK_FOLD(intercepted, interception_table, programs_key, group_process_label, has_psock_programs, "pid",
	   "psock_progs");
