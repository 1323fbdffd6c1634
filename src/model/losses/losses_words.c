/* Words for losses: reasons and functions by the names in the stream. */
#include <stdio.h>
#include <string.h>

#include "losses.h"
#include "text.h"

const char *loss_kind_name(unsigned kind)
{
	static const char *const names[LOSS_KINDS] = {
	    [LOSS_RETRANSMIT] = "retransmit",
	    [LOSS_DROP] = "drop",
	    [LOSS_RESET_SENT] = "reset",
	    [LOSS_RESET_RECEIVED] = "reset",
	};

	return kind < LOSS_KINDS && names[kind] ? names[kind] : "?";
}

void loss_reason(const struct model *m, const struct record_loss *r, char *text, size_t size)
{
	const char *name;

	*text = '\0';
	/* nstat's TcpExtListenDrops: tcp_listendrop() increments it together with the listener's counter, whatever the
	 * cause. */
	if (r->flags & LOSS_REFUSED)
		text_copy(text, size, "ListenDrops");
	if (!(r->flags & LOSS_REASON))
		return;
	if (r->kind == LOSS_RETRANSMIT) {
		text_copy(text, size, retransmit_cause_name(r->reason));
		return;
	}
	name = model_name(m, r->kind == LOSS_DROP ? NAME_DROP_REASON : NAME_RESET_REASON, r->reason, 0);
	if (name)
		text_copy(text, size, name);
	else
		snprintf(text, size, "%u", r->reason);
}

void loss_function(const struct model *m, u64 address, bool place, char *text, size_t size)
{
	const char *name = address ? model_name(m, NAME_SYMBOL, address, 0) : NULL;

	text_copy(text, size, name ? name : "");
	if (!place)
		text[strcspn(text, "+ ")] = '\0';
}

bool loss_is_error(const struct model *m, const struct record_loss *r)
{
	char reason[RECORD_NAME_LEN];

	if (r->kind != LOSS_DROP)
		return false;
	loss_reason(m, r, reason, sizeof(reason));
	return strstr(reason, "CSUM") || strstr(reason, "SEQUENCE");
}
