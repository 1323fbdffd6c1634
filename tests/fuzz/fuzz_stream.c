/* Any bytes as a record stream, decoded and applied to a model, whose whole picture is then read. */
#include <string.h>

#include "fuzz.h"
#include "idmap.h"
#include "bounds.h"
#include "model.h"
#include "request_table.h"
#include "store.h"
#include "totals.h"

/* What a reader would rely on. */
static void check_row(const struct model *m, u32 index, const struct row *r)
{
	const struct record_socket *s = &r->s;

	if (model_find(m, s->id) != index || s->state >= STATE_COUNT || (s->family != 4 && s->family != 6))
		abort();
	if (!memchr(s->comm, 0, sizeof(s->comm)) || !memchr(s->cc, 0, sizeof(s->cc)) ||
	    !memchr(s->ulp, 0, sizeof(s->ulp)))
		abort();
	if (r->rx_rate < 0 || r->tx_rate < 0 || r->rx_smooth < 0 || r->tx_smooth < 0)
		abort();
	if (r->history && (r->history->next >= HISTORY_LEN || r->history->count > HISTORY_LEN))
		abort();
}

static void check_requests(const struct model *m)
{
	char text[512];

	for (u32 i = 0; i < model_requests_end(m); i++) {
		const struct request *q = model_request(m, i);

		if (q && (model_request_find(m, q->id) != i || q->errors > q->answered))
			abort();
		table_each (&request_table, c)
			if (q)
				column_print(c, m, q, text, sizeof(text));
	}
}

static void read_picture(const struct model *m)
{
	const struct totals *t = model_totals(m);
	u32 live = 0, closed = 0, tcp = 0;

	for (u32 i = 0; i < model_rows_end(m); i++) {
		const struct row *r = model_row(m, i);

		if (!r->live)
			continue;
		check_row(m, i, r);
		live += !r->closed;
		closed += r->closed;
	}
	check_requests(m);
	for (unsigned s = 0; s < STATE_COUNT; s++)
		tcp += t->by_state[s];
	if (t->live != live || t->closed != closed || t->rows != live + closed || t->tcp != tcp ||
	    t->live != t->tcp + t->udp + t->other || t->owners_exact > t->owners_known)
		abort();
}

static void decode(struct model *m, struct stream_decoder *dec, struct buf *in)
{
	struct record rec;
	struct error err = {};

	while (stream_next(dec, in, &rec, &err) == 1)
		if (model_apply(m, &rec, &err) == 1)
			read_picture(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stream_decoder *dec;
	struct model *m;
	cleanup_buf struct buf in = {};

	if (model_new(&m) < 0)
		return 0;
	if (stream_decoder_new(&dec) < 0) {
		model_free(m);
		return 0;
	}
	model_keep_closed(m, 3);
	buf_put(&in, data, size);
	decode(m, dec, &in);
	stream_decoder_free(dec);
	model_free(m);
	return 0;
}

/* -- seeds --------------------------------------------------------------------------------------------------------- */

static void put_socket(struct buf *out, u64 id, u64 tick, u8 state, u32 flags)
{
	struct record_socket s = {
	    .id = id,
	    .has = HAS_OWNER | HAS_RX_BYTES | HAS_TX_BYTES | HAS_TCP | HAS_CHRONO | HAS_BIRTH | (tick << 14),
	    .sample_ns = tick * 1000 + id,
	    .birth_ns = id * 500,
	    .rx_bytes = id * tick * 100,
	    .retrans = (u32)tick,
	    .comm = "nginx\033[m",
	    .netns = (u32)(id % 3),
	    .flags = flags,
	    .cwnd = 10,
	    .family = id % 2 ? 4 : 6,
	    .proto = id % 5 ? IPPROTO_TCP : IPPROTO_UDP,
	    .state = state,
	    .owner = OWNER_EXACT,
	};

	if (flags & SOCKET_ENDED)
		s.ended_ns = s.sample_ns;
	stream_put(out, RECORD_SOCKET, &s);
}

/* A request or its answer, of a connection or as a datagram; and how long they took. */
static void put_turn(struct buf *out, u64 id, u64 tick, u32 turn, const char *text)
{
	struct record_beginning b = {.id = id,
				     .time_ns = tick * 1000 + turn,
				     .turn = id % 5 ? turn : 0,
				     .seq = turn * 100,
				     .len = (u16)strlen(text),
				     .family = 4,
				     .rport = 53,
				     .proto = id % 5 ? IPPROTO_TCP : IPPROTO_UDP,
				     .flags = (u8)(turn % 2 ? BEGINNING_FIRST : BEGINNING_TX)};

	memcpy(b.data, text, b.len);
	stream_put(out, RECORD_BEGINNING, &b);
}

static void put_call(struct buf *out, u64 id, u64 tick)
{
	put_turn(out, id, tick, 1, id % 2 ? "GET /user/7 HTTP/1.1\r\n\r\n" : "*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
	put_turn(out, id, tick, 2, id % 2 ? "HTTP/1.1 404 no\r\n\r\n" : "-WRONGTYPE no\r\n");
	stream_put(out, RECORD_EXCHANGE,
		   &(struct record_exchange){.id = id, .begin_ns = tick * 1000, .ns = {5, 6}, .role = 1 + id % 2});
	stream_put(out, RECORD_EXCHANGES, &(struct record_exchanges){.on = 1});
	stream_put(out, RECORD_BEGINNINGS, &(struct record_beginnings){.on = 1});
}

/* Some ticks of sockets that are born, wait in TIME_WAIT, end twice and go. */
static void put_life(struct buf *out, u64 ticks)
{
	for (u64 tick = 1; tick <= ticks; tick++) {
		for (u64 id = tick; id < tick + 6; id++)
			put_socket(out, id, tick, id % 4 ? STATE_ESTABLISHED : STATE_TIME_WAIT, 0);
		put_socket(out, tick, tick, STATE_CLOSE, SOCKET_ENDED);
		put_socket(out, tick, tick, STATE_TIME_WAIT, 0);
		put_call(out, tick + 2, tick);
		stream_put(out, RECORD_GONE, &(struct record_gone){.id = tick + 1, .time_ns = tick * 1000});
		stream_put(out, RECORD_OWNERS, &(struct record_owners){.id = tick + 2, .pid = 5, .owners = 2});
		stream_put(out, RECORD_PACKET,
			   &(struct record_packet){.id = tick % 3,
						   .number = tick,
						   .time_ns = tick,
						   .seq = (u32)tick * 10,
						   .payload = 10,
						   .captured = 60,
						   .data = {0x45},
						   .family = 4,
						   .proto = IPPROTO_TCP});
		stream_put(out, RECORD_TRACE, &(struct record_trace){.id = tick % 3, .lost = 1});
		stream_put(out, RECORD_INFO, &(struct record_info){.id = tick + 3, .segs_in = 9});
		stream_put(out, RECORD_TICK, &(struct record_tick){.number = tick, .time_ns = tick * 1000});
	}
}

bool fuzz_seed(unsigned i, struct buf *out)
{
	if (i > 1)
		return false;
	stream_open(out);
	stream_put(out, RECORD_HELLO, &(struct record_hello){.start_ns = 1, .host = "web1"});
	stream_put(out, RECORD_PORTS, &(struct record_ports){.netns = 1, .first = 2, .last = 60999, .kept = 3});
	stream_put(out, RECORD_FEATURE, &(struct record_feature){.name = "births", .hook = "tp_btf"});
	stream_put(out, RECORD_NAME, &(struct record_name){.kind = NAME_CGROUP, .key = 1, .text = "/web"});
	put_life(out, i ? 12 : 2);
	stream_put(out, RECORD_BYE, &(struct record_bye){.text = "done"});
	return true;
}
