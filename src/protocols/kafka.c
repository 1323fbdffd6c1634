/* Kafka: the API and its first topic; the error code where it comes first. (kafka.apache.org/protocol) */
#include <stdio.h>

#include "parser.h"

enum api { PRODUCE = 0, FETCH = 1, OFFSETS = 2, METADATA = 3, API_VERSIONS = 18 };
#define MESSAGE_MAX (100U << 20) /* bytes: socket.request.max.bytes */
#define CLIENT_MAX 255
#define ASKED 32

struct state {
	struct {
		u32 id;
		u8 api, version;
		bool waits;
	} asked[ASKED];
	u32 next;
};

static const char *const apis[] = {
    "Produce",
    "Fetch",
    "ListOffsets",
    "Metadata",
    "LeaderAndIsr",
    "StopReplica",
    "UpdateMetadata",
    "ControlledShutdown",
    "OffsetCommit",
    "OffsetFetch",
    "FindCoordinator",
    "JoinGroup",
    "Heartbeat",
    "LeaveGroup",
    "SyncGroup",
    "DescribeGroups",
    "ListGroups",
    "SaslHandshake",
    "ApiVersions",
    "CreateTopics",
    "DeleteTopics",
    "DeleteRecords",
    "InitProducerId",
    "OffsetForLeaderEpoch",
    "AddPartitionsToTxn",
    "AddOffsetsToTxn",
    "EndTxn",
    "WriteTxnMarkers",
    "TxnOffsetCommit",
    "DescribeAcls",
    "CreateAcls",
    "DeleteAcls",
    "DescribeConfigs",
    "AlterConfigs",
    "AlterReplicaLogDirs",
    "DescribeLogDirs",
    "SaslAuthenticate",
    "CreatePartitions",
    "CreateDelegationToken",
    "RenewDelegationToken",
    "ExpireDelegationToken",
    "DescribeDelegationToken",
    "DeleteGroups",
    "ElectLeaders",
    "IncrementalAlterConfigs",
    "AlterPartitionReassignments",
    "ListPartitionReassignments",
    "OffsetDelete",
    "DescribeClientQuotas",
    "AlterClientQuotas",
    "DescribeUserScramCredentials",
    "AlterUserScramCredentials",
    "Vote",
    "BeginQuorumEpoch",
    "EndQuorumEpoch",
    "DescribeQuorum",
    "AlterPartition",
    "UpdateFeatures",
    "Envelope",
    "FetchSnapshot",
    "DescribeCluster",
    "DescribeProducers",
    "BrokerRegistration",
    "BrokerHeartbeat",
    "UnregisterBroker",
    "DescribeTransactions",
    "ListTransactions",
    "AllocateProducerIds",
    "ConsumerGroupHeartbeat",
};

/* From which version on the answer has its error behind how long it was held back, and its fields are compact. Others
 * have one for each of their parts. */
static const struct layout {
	u8 api, held, compact;
} layouts[] = {{FETCH, 7, 12}, {11, 2, 6}, {12, 1, 4}, {13, 1, 4}, {14, 1, 4}, {API_VERSIONS, 99, 99}};

struct head {
	u8 api, version;
	u32 id;
	struct cursor body; /* behind the client's name, what there is of it */
};

static u32 varint(struct cursor *c)
{
	u32 v = 0;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		u8 byte = (u8)cursor_be(c, 1);

		v |= (u32)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			break;
	}
	return v;
}

static bool is_printable(const u8 *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] < ' ' || at[i] > '~')
			return false;
	return true;
}

/* Passes over a request. false: none begins here. */
static bool read_head(struct cursor *c, struct head *h)
{
	u32 len = (u32)cursor_be(c, 4), left = (u32)MIN(len, cursor_left(c)), api, version, name;
	const u8 *client;

	h->body = (struct cursor){c->at, c->at + left, false};
	c->at += left;
	api = (u32)cursor_be(&h->body, 2);
	version = (u32)cursor_be(&h->body, 2);
	h->id = (u32)cursor_be(&h->body, 4);
	name = (u32)cursor_be(&h->body, 2);
	if (h->body.failed || len < 10 || len > MESSAGE_MAX || api >= ARRAY_SIZE(apis) || version > 20)
		return false;
	if (name == 0xffff)
		name = 0;
	client = cursor_take(&h->body, name);
	h->api = (u8)api;
	h->version = (u8)version;
	return name <= CLIENT_MAX && (client ? is_printable(client, name) : left < len);
}

/* Requests follow each other exactly, up to the piece's end; the client's name makes it sure. An empty one has nobody,
 * but others have zeroes there: ZooKeeper. */
static enum fit request_fits(const struct piece *p)
{
	struct cursor c = cursor_of(p);
	bool named = false, whole = true;
	struct head h;

	while (cursor_left(&c)) {
		const u8 *begin = c.at;
		u32 len = (u32)cursor_be(&(struct cursor){c.at, c.end, false}, 4);

		if (!whole || !read_head(&c, &h))
			return FIT_NO;
		whole = (size_t)(c.at - begin) == (size_t)len + 4;
		if (begin == p->data && !begin[12] && !begin[13])
			return FIT_NO;
		named |= begin == p->data && !begin[12];
	}
	return !whole && !p->cut ? FIT_NO : named ? FIT_SURE : FIT_MAYBE;
}

static enum fit answer_fits(const struct piece *p)
{
	struct cursor c = cursor_of(p);
	u32 len = (u32)cursor_be(&c, 4);

	return len >= 4 && len <= MESSAGE_MAX && (len == cursor_left(&c) || (p->cut && len > cursor_left(&c)))
		   ? FIT_MAYBE
		   : FIT_NO;
}

/* A text whose length precedes it: compact, the length and 1 as a varint. */
static struct span text(struct cursor *c, bool compact)
{
	u32 len = compact ? varint(c) : (u32)cursor_be(c, 2);
	struct span s = {};

	if (compact)
		len = len ? len - 1 : 0;
	else if (len == 0xffff)
		len = 0;
	s.at = (const char *)cursor_take(c, len);
	s.len = s.at ? len : 0;
	return s;
}

static bool any(struct cursor *c, bool compact)
{
	u32 n = compact ? varint(c) : (u32)cursor_be(c, 4);

	return compact ? n > 1 : n && n < UINT32_MAX;
}

/* The first topic, where they are by name. *acks: whether an answer is wanted; *cut: whether it is not all there. */
static struct span topic(const struct head *h, bool *acks, bool *cut)
{
	struct span first = {};
	struct cursor c = h->body;
	bool compact = h->version >= (h->api == FETCH ? 12 : h->api == OFFSETS ? 6 : 9);

	if (compact)
		varint(&c); /* tagged fields: none are in use here */
	if (h->api == PRODUCE) {
		if (h->version >= 3)
			text(&c, compact);
		*acks = cursor_be(&c, 2) != 0 || c.failed;
		cursor_take(&c, 4);
	} else if (h->api == FETCH && h->version < 13) {
		cursor_take(&c, 12 + (h->version >= 3 ? 4 : 0) + (h->version >= 4 ? 1 : 0) + (h->version >= 7 ? 8 : 0));
	} else if (h->api == OFFSETS) {
		cursor_take(&c, 4 + (h->version >= 2 ? 1 : 0));
	} else if (h->api != METADATA || h->version > 9) {
		return first;
	}
	if (any(&c, compact))
		first = text(&c, compact);
	*cut = c.failed;
	return first;
}

static void request(struct talk *t)
{
	struct cursor c = cursor_of(t->piece);
	struct state *s = t->state;
	struct head h;

	while (cursor_left(&c) && read_head(&c, &h)) {
		struct title title = {};
		bool acks = true, cut = false;
		struct span first = topic(&h, &acks, &cut);
		struct call call = {.id = h.id, .has_id = true, .unanswered = !acks};

		title_puts(&title, apis[h.api]);
		title_puts(&title, first.len ? " " : "");
		title_value(&title, first, cut);
		if (acks) {
			u32 i = s->next++ % ASKED;

			s->asked[i].id = h.id;
			s->asked[i].api = h.api;
			s->asked[i].version = h.version;
			s->asked[i].waits = true;
		}
		title_tell(&title, t, &call);
	}
}

static const char *error_word(u16 code, char number[12])
{
	static const struct {
		u16 code;
		const char *word;
	} words[] = {{0, "OK"},
		     {1, "OFFSET_OUT_OF_RANGE"},
		     {3, "UNKNOWN_TOPIC_OR_PARTITION"},
		     {5, "LEADER_NOT_AVAILABLE"},
		     {6, "NOT_LEADER_OR_FOLLOWER"},
		     {7, "REQUEST_TIMED_OUT"},
		     {10, "MESSAGE_TOO_LARGE"},
		     {15, "COORDINATOR_NOT_AVAILABLE"},
		     {16, "NOT_COORDINATOR"},
		     {19, "NOT_ENOUGH_REPLICAS"},
		     {22, "ILLEGAL_GENERATION"},
		     {25, "UNKNOWN_MEMBER_ID"},
		     {27, "REBALANCE_IN_PROGRESS"},
		     {29, "TOPIC_AUTHORIZATION_FAILED"},
		     {35, "UNSUPPORTED_VERSION"},
		     {79, "MEMBER_ID_REQUIRED"}};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].code == code)
			return words[i].word;
	snprintf(number, 12, "error %u", code);
	return number;
}

/* "": it does not come first, or was not seen. */
static const char *status(u8 api, u8 version, struct cursor c, char number[12])
{
	u16 code;

	if (api == PRODUCE) {
		/* Of the first partition of the first topic. */
		bool compact = version >= 9;

		if ((compact && varint(&c)) || !any(&c, compact))
			return "";
		text(&c, compact);
		if (!any(&c, compact))
			return "";
		cursor_take(&c, 4);
	} else {
		const struct layout *l = layouts;

		while (l < layouts + ARRAY_SIZE(layouts) && l->api != api)
			l++;
		if (l == layouts + ARRAY_SIZE(layouts) || (api == FETCH && version < l->held))
			return "";
		cursor_take(&c, (version >= l->held ? 4 : 0) + (version >= l->compact ? 1 : 0));
	}
	code = (u16)cursor_be(&c, 2);
	return c.failed ? "" : error_word(code, number);
}

static void answer(struct talk *t)
{
	struct cursor c = cursor_of(t->piece);
	struct state *s = t->state;

	while (cursor_left(&c) >= 8) {
		u32 len = (u32)cursor_be(&c, 4), id = (u32)cursor_be(&c, 4), i;
		struct call call = {.id = id, .has_id = true};
		struct cursor body = {c.at, c.at + MIN(len - MIN(len, 4U), cursor_left(&c)), false};
		char number[12];

		for (i = 0; i < ASKED && !(s->asked[i].waits && s->asked[i].id == id); i++)
			;
		if (i == ASKED || len < 4 || len > MESSAGE_MAX)
			return;
		s->asked[i].waits = false;
		span_write(span_of(status(s->asked[i].api, s->asked[i].version, body, number)), call.status,
			   sizeof(call.status));
		call.error = call.status[0] && strcmp(call.status, "OK") != 0;
		t->sink->tell(t->sink->context, &call);
		c.at = body.end;
	}
}

const struct parser parser_kafka = {.request_fits = request_fits,
				    .answer_fits = answer_fits,
				    .request = request,
				    .answer = answer,
				    .streams = true,
				    .state_size = sizeof(struct state)};
