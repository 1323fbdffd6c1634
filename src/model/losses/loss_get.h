/* Private to the tables of losses: how each column gets its value. */
#pragma once

#include "losses.h"
#include "table.h"

/* Which table's events these are, as a bit of column.of. */
static inline u8 loss_table_bit(unsigned kind)
{
	return kind == LOSS_RETRANSMIT ? 1 : kind == LOSS_DROP ? 2 : 4;
}

COLUMN_GETTER(get_loss_time);
COLUMN_GETTER(get_loss_kind);
COLUMN_GETTER(get_loss_number);
COLUMN_GETTER(get_loss_reason);
COLUMN_GETTER(get_loss_function);
COLUMN_GETTER(get_loss_dropped_by);
COLUMN_GETTER(get_loss_remedy);
COLUMN_GETTER(get_loss_members);
COLUMN_GETTER(get_loss_location);
COLUMN_GETTER(get_loss_stack);
COLUMN_GETTER(get_loss_dir);
COLUMN_GETTER(get_loss_way);
COLUMN_GETTER(get_loss_error);
COLUMN_GETTER(get_loss_proto);
COLUMN_GETTER(get_loss_state);
COLUMN_GETTER(get_loss_ca_state);
COLUMN_GETTER(get_loss_cwnd_before);
COLUMN_GETTER(get_loss_cwnd);
COLUMN_GETTER(get_loss_cwnd_change);
COLUMN_GETTER(get_loss_ssthresh);
COLUMN_GETTER(get_loss_segments);
COLUMN_GETTER(get_loss_local);
COLUMN_GETTER(get_loss_remote);
COLUMN_GETTER(get_loss_local_port);
COLUMN_GETTER(get_loss_remote_port);
COLUMN_GETTER(get_loss_id);
COLUMN_GETTER(get_loss_by_address);
COLUMN_GETTER(get_loss_netns);
COLUMN_GETTER(get_loss_socket_netns);
COLUMN_GETTER(get_loss_elsewhere);
COLUMN_GETTER(get_loss_place);
COLUMN_GETTER(get_loss_ifindex);
COLUMN_GETTER(get_loss_ifname);
COLUMN_GETTER(get_loss_seq);
COLUMN_GETTER(get_loss_end_seq);
COLUMN_GETTER(get_loss_tcp_flags);
COLUMN_GETTER(get_loss_length);
COLUMN_GETTER(get_loss_dropped_here);
COLUMN_GETTER(get_loss_drop);
COLUMN_GETTER(get_loss_failed);
COLUMN_GETTER(get_loss_spurious);
COLUMN_GETTER(get_loss_note);
/* Of the socket that the loss is charged to. */
COLUMN_GETTER(get_loss_pid);
COLUMN_GETTER(get_loss_comm);
COLUMN_GETTER(get_loss_owner);
COLUMN_GETTER(get_loss_cgroup);
COLUMN_GETTER(get_loss_container);
COLUMN_GETTER(get_loss_user);

size_t loss_stack_item(const void *picture, const void *row, size_t i, char *dst, size_t size);

/* loss_groups.c */
#define LOSS_GROUPS 2
extern const struct table_group loss_groups[LOSS_GROUPS], retransmit_groups[LOSS_GROUPS];
