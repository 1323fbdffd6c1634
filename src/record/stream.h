/* The record stream: magic and version, then frames. The first frames are the schemas of the kinds that follow, so that
 * a reader of another build maps fields by name: a field that it does not know is skipped, one that is not sent is 0.
 *
 * A frame is { u32 length of the body, u16 kind, u16 flags } and a body. The body of a record is one bit for each
 * 8-byte word of the struct (padded to whole bytes), then those words that are not 0. All numbers are in the sender's
 * byte order, which the magic shows; a stream of the other byte order is refused. */
#pragma once

#include "buf.h"
#include "error.h"
#include "record.h"

/* The longest frame body: a longer one is a broken stream. */
#define STREAM_FRAME_MAX 65536

/* Appends magic, version and the schema of every kind: the beginning of a stream, once per direction. */
void stream_open(struct buf *out);
/* Appends one record: p points to the struct of that kind. */
void stream_put(struct buf *out, enum record_kind kind, const void *p);

/* A decoded record, valid until the next call for the same decoder. */
struct record {
	enum record_kind kind;
	union {
		const void *data;
		const struct record_hello *hello;
		const struct record_feature *feature;
		const struct record_name *name;
		const struct record_socket *socket;
		const struct record_info *info;
		const struct record_interception *interception;
		const struct record_attached *attached;
		const struct record_gone *gone;
		const struct record_tick *tick;
		const struct record_bye *bye;
		const struct record_command *command;
		const struct record_owners *owners;
		const struct record_process *process;
		const struct record_cmdline *cmdline;
		const struct record_resets *resets;
		const struct record_life *life;
		const struct record_listener *listener;
		const struct record_packet *packet;
		const struct record_trace *trace;
		const struct record_loss *loss;
		const struct record_loss_count *loss_count;
		const struct record_losses *losses;
		const struct record_layers *layers;
		const struct record_netfilter *netfilter;
		const struct record_ports *ports;
		const struct record_stages *stages;
		const struct record_device *device;
		const struct record_cpu *cpu;
		const struct record_nat *nat;
		const struct record_counter *counter;
		const struct record_space *space;
		const struct record_host *host;
		const struct record_answer *answer;
		const struct record_exchange *exchange;
		const struct record_exchanges *exchanges;
		const struct record_beginning *beginning;
		const struct record_handshake *handshake;
		const struct record_beginnings *beginnings;
		const struct record_datagram_read *datagram_read;
		const struct record_key *key;
		const struct record_charge *charge;
	};
};

struct stream_decoder; /* opaque: the mapping from the sender's schema to ours */

int stream_decoder_new(struct stream_decoder **dec) must_check;
void stream_decoder_free(struct stream_decoder *dec);

/* Takes the next record from the front of `in` (consuming its bytes). 1: *rec is set; 0: more bytes are needed;
 * -EPROTO: the stream is broken or of another version, and err says how. Skips unknown kinds. Safe on any input. */
int stream_next(struct stream_decoder *dec, struct buf *in, struct record *rec, struct error *err) must_check;
/* Appends the schemas that were read so far: with them, what follows can be read by who has not seen the beginning. */
void stream_schemas(const struct stream_decoder *dec, struct buf *out);
