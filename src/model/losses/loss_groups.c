/* Groups of losses: by reason and place, for which there are exact totals, and by socket. */
#include <stdio.h>
#include <string.h>

#include "idmap.h"
#include "loss_table.h"
#include "loss_get.h"
#include "text.h"

static u64 text_key(const char *text)
{
	return idmap_hash(idmap_mix_text(0, text)) | 1;
}

/* "NETFILTER_DROP  nft_do_chain"; "rto"; "received"; "sent  TCP_ABORT_ON_CLOSE" */
static void event_label(const struct model *m, const struct record_loss *r, char *text, size_t size)
{
	char reason[RECORD_NAME_LEN], function[RECORD_NAME_LEN];
	const char *way = r->kind == LOSS_RESET_SENT ? "sent" : r->kind == LOSS_RESET_RECEIVED ? "received" : "";

	loss_reason(m, r, reason, sizeof(reason));
	loss_function(m, r->location, false, function, sizeof(function));
	snprintf(text, size, "%s%s%.80s%s%.60s", way, *way && *reason ? "  " : "", reason,
		 *function && *reason ? "  " : "", function);
	if (!*text)
		text_copy(text, size, "reason unknown");
}

static void reason_label(const void *picture, const void *row, char *dst, size_t size)
{
	event_label(picture, &((const struct loss *)row)->r, dst, size);
}

/* Several places in a function are one group, and so are different numbers of one name: the label decides. */
static u64 reason_key(const void *picture, const void *row)
{
	char label[GROUP_LABEL_MAX];

	reason_label(picture, row, label, sizeof(label));
	return text_key(label);
}

static void totals(const void *picture, const struct table *t, group_total_fn *add, void *context)
{
	const struct loss_count *c;
	char label[GROUP_LABEL_MAX];

	for (size_t i = 0; (c = model_loss_count(picture, i)); i++) {
		struct record_loss r = loss_count_event(c);

		if (!(loss_table_kinds(t) >> r.kind & 1))
			continue;
		event_label(picture, &r, label, sizeof(label));
		add(context, text_key(label), label, c->r.count, loss_count_moved(picture, c));
	}
}

static u64 socket_key(const void *picture, const void *row)
{
	(void)picture;
	return idmap_hash(((const struct loss *)row)->r.id) | 1;
}

/* "nginx[101]  10.0.0.1:443 -> 10.0.0.2:50002" */
static void socket_label(const void *picture, const void *row, char *dst, size_t size)
{
	static const char *const names[] = {"process", "local", "remote"}, *const before[] = {"", "  ", " -> "};
	const struct loss *l = row;
	char word[GROUP_LABEL_MAX];

	*dst = '\0';
	if (!l->r.id)
		text_copy(dst, size, "no socket");
	for (size_t i = 0; l->r.id && i < ARRAY_SIZE(names); i++)
		if (column_print(table_find(&loss_table, names[i]), picture, row, word, sizeof(word)))
			text_join(dst, size, before[i], "%s", word);
}

const struct table_group loss_groups[LOSS_GROUPS] = {
    {"reason", reason_key, reason_label, totals, true},
    {"socket", socket_key, socket_label, NULL, true},
};
const struct table_group retransmit_groups[LOSS_GROUPS] = {
    {"type", reason_key, reason_label, totals, true},
    {"socket", socket_key, socket_label, NULL, true},
};
