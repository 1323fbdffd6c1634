/* What checks gather sockets by. None of them is a view. */
#include "check_folds.h"

#include <stdio.h>

#include "address.h"
#include "clock.h"
#include "folds.h"
#include "life_table.h"
#include "socket_get.h"

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

#define CHECK_FOLD(which, key_, label_, takes_, ...)                                                                   \
	static const struct table_group by_##which = {#which, key_, label_};                                           \
	static const char *const down_##which[] = {__VA_ARGS__, NULL};                                                 \
	static const struct fold fold_##which = {                                                                      \
	    .of = &socket_table, .by = &by_##which, .takes = takes_, .down = down_##which};                            \
	const struct table check_##which = {                                                                           \
	    .name = #which, .one = "row", .many = "rows", .fold = &fold_##which, .sort = "members:desc", SOCKET_FOLD}

CHECK_FOLD(peers, peer_key, peer_label, has_remote, "netns", "raddr");
CHECK_FOLD(services, service_key, peer_label, has_remote, "netns", "raddr", "rport");

#define FAILED_LATELY_NS (10 * NSEC_PER_SEC)

static bool failed_lately(const void *picture, const void *row)
{
	const struct record_tick *tick = model_tick(picture);
	const struct life *l = row;

	return l->event == LIFE_FAIL && tick && life_time(l) + FAILED_LATELY_NS > tick->time_ns;
}

static u64 failure_key(const void *picture, const void *row)
{
	const struct record_socket *s = &((const struct life *)row)->r.s;

	return idmap_hash(idmap_mix(group_process_key(picture, row), remote_hash(s, s->rport)) + s->error) | 1;
}

static const struct table_group by_failure = {"failure", failure_key, peer_label};
static const char *const down_failures[] = {"netns", "pid", "raddr", "rport", "errno", NULL};
static const struct fold fold_failures = {
    .of = &life_table, .by = &by_failure, .takes = failed_lately, .down = down_failures};
const struct table check_failures = {
    .name = "failures", .one = "row", .many = "rows", .fold = &fold_failures, .sort = "members:desc", SOCKET_FOLD};
