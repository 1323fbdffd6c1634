/* Conversations as text, of tests/conversations: what was sent, and what is to be told of it.
 *   # where it comes from
 *   protocol redis
 *   subject example.org h2        where there is one
 *   > bytes                       of the client: \r \n \t \\ \xAB, everything else as it is
 *   < bytes                       of the server
 *   = name | shown | host         what is told of a request, and how much of it is marked below
 *   = status                      and of an answer; both: [id] !error, !refused (unanswered) (again)
 * A line that begins with two blanks continues the one above. Marks behind > and <: + the turn goes on beyond it, a
 * number how many bytes were missed before it, ? nobody counted them; u (in the first line) a datagram, o (there) the
 * beginning was not seen. */
#pragma once

#include "buf.h"
#include "protocol.h"

struct said {
	bool answer;
	bool cut;
	u32 missed;
	struct buf bytes;
};

struct conversation_file {
	char path[4096];
	char protocol[64]; /* as the file says */
	unsigned flags;    /* of conversation_new() */
	struct said *said; /* owned, with its bytes */
	u32 count, cap;
	struct buf text; /* the file */
};

/* Reads the i-th file of the folder, in the order of names. false: there are not as many. What cannot be read ends the
 * program. */
bool conversation_file_read(struct conversation_file *f, const char *folder, unsigned i);
void conversation_file_deinit(struct conversation_file *f);
/* The file as it should be: the same bytes with what is told of them now. */
void conversation_file_told(const struct conversation_file *f, struct buf *text);
/* How a call is written there, without a newline. */
void conversation_write_call(const struct call *call, struct buf *text);
