/* Private to the table of sockets: all of it but its columns. */
#pragma once

#include "socket_get.h"
#include "socket_table.h"

extern const char *const socket_contract[], *const socket_in_text[], *const socket_in_text_extra[];
#define SOCKET_SHOWN 34
extern const struct table_shown socket_shown[SOCKET_SHOWN];

u32 socket_end(const void *picture);
u64 socket_id(const void *row);
u32 socket_find(const void *picture, u64 id);
u64 socket_age(const void *row);
bool socket_ended(const void *row);
bool socket_just_ended(const void *picture, const void *row);
void socket_prefetch(const void *picture, u32 index, enum table_part part);
bool socket_waiting(const void *row);
u32 socket_waiting_rows(const void *picture);
unsigned socket_look(const void *picture, const void *row);
u64 socket_alike(const void *picture, const void *row);
u32 socket_rows(const void *picture, bool ended);

/* What all tables of such rows have. */
#define SOCKET_ROWS                                                                                                    \
	.groups = socket_groups, .group_count = SOCKET_GROUPS, .sort = "rate:desc", .id = socket_id,                   \
	.age = socket_age, .ended = socket_ended, .just_ended = socket_just_ended, .waiting = socket_waiting,          \
	.look = socket_look, .alike = socket_alike, .generation = model_generation, .moment = socket_moment

#define SOCKET_TABLE                                                                                                   \
	.name = "socket", .one = "socket", .many = "sockets", .shown = socket_shown, .shown_count = SOCKET_SHOWN,      \
	.contract = socket_contract, .text = socket_in_text, .text_extra = socket_in_text_extra, .end = socket_end,    \
	.row = model_live_row, .find = socket_find, .prefetch = socket_prefetch, .waiting_rows = socket_waiting_rows,  \
	.waiting_words = "in TIME-WAIT", .rows = socket_rows, SOCKET_ROWS
