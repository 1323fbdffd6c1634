/* Reads the names of enum skb_drop_reason and enum sk_rst_reason. */
#include "reasons.h"

#include <bpf/btf.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

struct reason {
	enum name_kind kind;
	u32 number;
	char name[RECORD_NAME_LEN];
};

struct reasons {
	struct reason *at; /* owned */
	size_t count;
};

/* The names' prefixes, the longest first. */
static const char *const prefixes[] = {"SKB_DROP_REASON_", "SK_RST_REASON_", "SKB_"};

static const char *without_prefix(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return name + strlen(prefixes[i]);
	return name;
}

static int add_enum(struct reasons *r, const struct btf *btf, enum name_kind kind, const char *enumeration)
{
	int id = btf__find_by_name_kind(btf, enumeration, BTF_KIND_ENUM);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (u32)id) : NULL;
	size_t n = t ? btf_vlen(t) : 0;
	struct reason *at;

	if (!n)
		return 0;
	at = reallocarray(r->at, r->count + n, sizeof(*at));
	if (!at)
		return -1;
	r->at = at;
	for (size_t i = 0; i < n; i++) {
		const struct btf_enum *e = &btf_enum(t)[i];
		const char *name = btf__name_by_offset(btf, e->name_off);

		at[r->count] = (struct reason){.kind = kind, .number = (u32)e->val};
		snprintf(at[r->count++].name, sizeof(at->name), "%s", name ? without_prefix(name) : "");
	}
	return 0;
}

struct reasons *reasons_new(const struct btf *btf)
{
	struct reasons *r = calloc(1, sizeof(*r));

	if (r && add_enum(r, btf, NAME_DROP_REASON, "skb_drop_reason") == 0 &&
	    add_enum(r, btf, NAME_RESET_REASON, "sk_rst_reason") == 0)
		return r;
	reasons_free(r);
	return NULL;
}

void reasons_free(struct reasons *r)
{
	if (!r)
		return;
	free(r->at);
	free(r);
}

const char *reasons_name(const struct reasons *r, enum name_kind kind, u32 number)
{
	for (size_t i = 0; r && i < r->count; i++)
		if (r->at[i].kind == kind && r->at[i].number == number)
			return r->at[i].name;
	return NULL;
}

/* -- which of them are losses -------------------------------------------------------------------------------------- */

/* Drop reasons that are no loss, by their names in include/net/dropreason-core.h, Linux 5.17 to 7.3; any other reason
 * is a loss. A reason that can mean both is a loss too (TCP_OVERWINDOW, TCP_ZEROWINDOW, TCP_RFC7323_PAWS,
 * TCP_INVALID_SEQUENCE: new data that the peer has to send again; TCP_ACK_UNSENT_DATA, TCP_ABORT_ON_DATA,
 * TCP_RFC7323_TW_PAWS). */
static const struct {
	const char *name;
	enum reason_class class;
} classes[] = {
    {"NOT_DROPPED_YET", REASON_NO_DROP},
    {"CONSUMED", REASON_NO_DROP},
    /* tcp_data_queue(): all of it had been received before. */
    {"TCP_OLD_DATA", REASON_UNMISSED},
    /* tcp_sequence(): it ends before the window: sent twice, or a keepalive or window probe, which is answered. */
    {"TCP_OLD_SEQUENCE", REASON_UNMISSED},
    /* tcp_data_queue_ofo(): the same data are waiting there already. */
    {"TCP_OFOMERGE", REASON_UNMISSED},
    /* tcp_ofo_queue(): data that waited out of order were received again in order. */
    {"TCP_OFO_DROP", REASON_UNMISSED},
    /* tcp_ack(), tcp_rcv_state_process(): a newer acknowledgement came first. */
    {"TCP_OLD_ACK", REASON_UNMISSED},
    /* tcp_ack(): more than a window old (RFC 5961, 5.2): not sent by the present peer, which gets a challenge ACK. */
    {"TCP_TOO_OLD_ACK", REASON_UNMISSED},
    /* tcp_validate_incoming(): an acknowledgement that another one has overtaken. */
    {"TCP_RFC7323_PAWS_ACK", REASON_UNMISSED},
    /* tcp_validate_incoming(): a reset with a wrong sequence number, or for a listener: it carries no data. */
    {"TCP_RESET", REASON_UNMISSED},
    /* tcp_rcv_state_process(): for a connection that is over; its end is reported as a reset. */
    {"TCP_CLOSE", REASON_UNMISSED},
    /* inet_frag_queue_insert(): the same fragment is there already. */
    {"DUP_FRAG", REASON_UNMISSED},
    /* ip_rcv_core(), ndisc_rcv(): for another host; the device is promiscuous. */
    {"OTHERHOST", REASON_UNMISSED},
    {"IPV6_NDISC_NS_OTHERHOST", REASON_UNMISSED},
    /* packet_rcv(): a copy; the packet itself goes on. */
    {"PACKET_SOCK_ERROR", REASON_UNMISSED},
    {"QUEUE_PURGE", REASON_PURGED},
    {"SOCKET_CLOSE", REASON_PURGED},
};

static enum reason_class class_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (strcmp(classes[i].name, name) == 0)
			return classes[i].class;
	return REASON_LOSS;
}

enum reason_class reasons_class(const struct reasons *r, u32 number)
{
	const char *name = reasons_name(r, NAME_DROP_REASON, number);

	return name ? class_of(name) : REASON_LOSS;
}

void reasons_set(const struct reasons *r, enum reason_class class, u64 *set, u32 count)
{
	for (size_t i = 0; r && i < r->count; i++)
		if (r->at[i].kind == NAME_DROP_REASON && r->at[i].number < count && class_of(r->at[i].name) == class)
			set[r->at[i].number / 64] |= 1ULL << r->at[i].number % 64;
}

long reasons_number(const struct reasons *r, const char *name)
{
	for (size_t i = 0; r && i < r->count; i++)
		if (r->at[i].kind == NAME_DROP_REASON && strcmp(r->at[i].name, name) == 0)
			return r->at[i].number;
	return -1;
}
