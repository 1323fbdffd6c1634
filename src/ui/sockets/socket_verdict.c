/* What holds a socket back, in a sentence for a person; and how one ended. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "limited.h"
#include "socket.h"
#include "socket_table.h"
#include "socket_text.h"
#include "text.h"
#include "units.h"
#include "wall.h"

/* A column's name in braces stands for the socket's value, "{who}" for its program. */
static const char *const sentences[LIMITED_COUNT] = {
    [LIMITED_IDLE] = "idle: all that {who} wrote has arrived, all that came is read",
    [LIMITED_APP] = "nothing holds it back: what {who} wrote is sent, and more could be carried",
    [LIMITED_CWND] = "{who} waits for the network: the congestion window of {cwnd} is full",
    [LIMITED_RWND] = "{who} waits for the peer: its receive window is full",
    [LIMITED_SNDBUF] = "{who} waits for room in its send buffer of {sndbuf}: the way could carry more",
    [LIMITED_LOSS] = "{who} waits for the network: segments were lost on the way, {retrans} sent again so far",
    [LIMITED_PACED] = "pacing holds back what {who} sends, to {pacing_rate}",
    [LIMITED_QDISC] = "this machine holds back what {who} sends: it waits in the queues of qdisc or driver",
    [LIMITED_NOT_READING] = "{who} does not read, or too slowly: {recvq} wait for it",
    [LIMITED_NAGLE] = "{who} writes in small pieces, and each waits until the one before is acknowledged: TCP_NODELAY "
		      "is not set",
    [LIMITED_CLOSE_WAIT] = "the peer has closed the connection and {who} has not, for {state_us}",
    [LIMITED_ACCEPT_FULL] =
	"{who} accepts too slowly: {accept_queue} connections wait, {accept_limit} is the limit, new ones "
	"are refused",
    [LIMITED_QUEUE_FULL] = "{who} reads too slowly: its buffer of {rcvbuf} is full, and datagrams are lost",
};

static void put_value(const struct app *app, const struct row *r, const char *name, char *text, size_t size)
{
	bool who = strcmp(name, "who") == 0;
	const struct column *c = table_find(&socket_table, who ? "comm" : name);

	socket_column(app, r, c, text, size);
	if (who && !*text)
		text_copy(text, size, "the program");
	if (c->unit == UNIT_SEGMENTS && *text)
		text_join(text, size, "", "ments");
}

/* What is not known is left out, with the part of the sentence that it stands in. */
static void expand(const struct app *app, const struct row *r, const char *sentence, char *dst, size_t size)
{
	char name[32], value[128], *cut;

	*dst = '\0';
	while (*sentence) {
		size_t plain = strcspn(sentence, "{"), len;

		text_join(dst, size, "", "%.*s", (int)plain, sentence);
		sentence += plain;
		if (!*sentence)
			return;
		len = strcspn(++sentence, "}");
		snprintf(name, sizeof(name), "%.*s", (int)len, sentence);
		sentence += len + 1;
		put_value(app, r, name, value, sizeof(value));
		cut = strrchr(dst, ',');
		if (!*value && cut) {
			*cut = '\0';
			return;
		}
		text_join(dst, size, "", "%s", value);
	}
}

/* -- what held it back lately -------------------------------------------------------------------------------------- */

static unsigned percent(unsigned part, unsigned whole)
{
	return (part * 100 + whole / 2) / whole;
}

static void put_span(const struct record_tick *tick, unsigned ticks, char *span, size_t size)
{
	if (tick->interval_ns % NSEC_PER_SEC == 0 && ticks * tick->interval_ns < 60 * NSEC_PER_SEC)
		snprintf(span, size, "%u s", (unsigned)(ticks * tick->interval_ns / NSEC_PER_SEC));
	else
		units_usec(span, ticks * (tick->interval_ns / NSEC_PER_USEC));
}

/* The one that held it back most of the last ticks: what changes with every tick cannot be read. */
static unsigned main_verdict(const struct row *r, const u8 counts[LIMITED_COUNT])
{
	unsigned most = r->limited;

	if (most == LIMITED_UNKNOWN || most == LIMITED_IDLE)
		return most;
	for (unsigned v = LIMITED_APP; v < LIMITED_COUNT; v++)
		most = counts[v] > counts[most] ? v : most;
	return most;
}

static void add_share(const struct app *app, unsigned verdict, unsigned known, u8 counts[LIMITED_COUNT], char *text,
		      size_t size)
{
	char span[UNITS_MAX], others[120] = "";

	/* One verdict is no history. */
	if (known < 2)
		return;
	put_span(model_tick(app->model), known, span, sizeof(span));
	if (verdict > LIMITED_IDLE)
		text_join(text, size, ", ", "%u%% of the last %s", percent(counts[verdict], known), span);
	counts[verdict] = counts[LIMITED_IDLE] = 0;
	for (;;) {
		unsigned most = LIMITED_APP;

		for (unsigned v = LIMITED_APP; v < LIMITED_COUNT; v++)
			most = counts[v] > counts[most] ? v : most;
		if (!counts[most])
			break;
		text_join(others, sizeof(others), ", ", "%s %u%%", limited_name(most), percent(counts[most], known));
		counts[most] = 0;
	}
	text_blanks(others);
	if (*others && verdict > LIMITED_IDLE)
		text_join(text, size, "; ", "%s", others);
	else if (*others)
		text_join(text, size, "; ", "of the last %s: %s", span, others);
}

/* -- where there is no verdict ------------------------------------------------------------------------------------- */

/* All retransmits of a connection that is being opened were SYNs. */
static void say_opening(const struct app *app, const struct row *r, char *text, size_t size)
{
	char next[UNITS_MAX] = "";

	snprintf(text, size, "%u SYN%s sent, none answered", r->s.retrans + 1, r->s.retrans ? "s" : "");
	if (r->info && r->info->timer == TIMER_RETRANSMIT)
		socket_value(app, r, "timer_us", next, sizeof(next));
	if (*next)
		text_join(text, size, ", ", "next try in %s", next);
}

static const char *unknown_sentence(const struct row *r)
{
	if (r->s.proto != IPPROTO_TCP)
		return r->s.has & HAS_MEM ? "{recvq} wait until {who} reads them, of at most {rcvbuf}" : "";
	switch (r->s.state) {
	case STATE_LISTEN: return "{accept_queue} connections wait until {who} accepts them, of at most {accept_limit}";
	case STATE_TIME_WAIT: return "closed: it waits until no segment of it can come any more";
	case STATE_SYN_RECV:
	case STATE_NEW_SYN_RECV: return "a SYN came and was answered: the peer's ACK is awaited";
	default: break;
	}
	if (!(r->s.has & HAS_TCP))
		return "";
	return r->s.notsent ? "{notsent} wait to be sent, and nothing shows for what"
			    : "not known yet what holds it back: that takes two samples";
}

/* -- how it ended -------------------------------------------------------------------------------------------------- */

/* What collectors tell that do not tell how it ended. */
static const char *how_by_state(const struct row *r)
{
	if (r->s.flags & SOCKET_ABORTED && r->s.last_state == STATE_SYN_SENT)
		return r->s.has & HAS_RESETS && r->s.resets ? "refused by the peer" : "never answered";
	if (r->s.flags & SOCKET_ABORTED)
		return r->s.has & HAS_RESETS && r->s.resets ? "reset" : "cut off, by a time-out or with data unread";
	switch (r->s.last_state) {
	case STATE_LAST_ACK: return "closed by the peer first";
	case STATE_FIN_WAIT1:
	case STATE_FIN_WAIT2:
	case STATE_TIME_WAIT: return "closed by {who} first";
	case STATE_CLOSING: return "closed by both at once";
	default: return "closed";
	}
}

static const char *how(const struct row *r)
{
	bool opening = r->s.last_state == STATE_SYN_SENT;

	if (!(r->s.flags & SOCKET_ENDED))
		return "gone, nothing told how";
	if (r->s.proto != IPPROTO_TCP || r->s.last_state == STATE_LISTEN)
		return "closed by {who}";
	switch (r->s.ended_by) {
	case ENDED_LOCAL: return r->s.last_state == STATE_CLOSING ? "closed by both at once" : "closed by {who} first";
	case ENDED_REMOTE: return "closed by the peer first";
	case ENDED_RESET_SENT: return "reset from this side";
	case ENDED_RESET_RECEIVED: return opening ? "refused by the peer" : "reset by the peer";
	case ENDED_TIMEOUT: return opening ? "never answered" : "the peer acknowledged nothing any more";
	case ENDED_GAVE_UP: return "given up by {who} before the peer answered";
	case ENDED_ERROR: return opening ? "connect() failed with {errno}" : "cut off with {errno}";
	default: return how_by_state(r);
	}
}

static void say_end(const struct app *app, const struct row *r, char *text, size_t size)
{
	char at[WALL_MAX], value[64], end[128];

	*text = '\0';
	if (wall_clock(at, sizeof(at), model_realtime(app->model, r->s.ended_ns), 0))
		text_join(text, size, "", "ended at %s", at);
	else
		text_copy(text, size, "ended");
	socket_value(app, r, "age_us", value, sizeof(value));
	if (*value)
		text_join(text, size, " ", "after %s", value);
	expand(app, r, how(r), end, sizeof(end));
	text_join(text, size, ": ", "%s", end);
	socket_value(app, r, "tx_bytes", value, sizeof(value));
	if (*value)
		text_join(text, size, "; ", "%s %s", value,
			  r->s.flags & SOCKET_ABORTED ? "sent and acknowledged" : "sent");
	socket_value(app, r, "rx_bytes", value, sizeof(value));
	if (*value)
		text_join(text, size, ", ", "%s received", value);
	if (r->s.has & HAS_TCP && r->s.retrans)
		text_join(text, size, ", ", "%u segments sent again", r->s.retrans);
}

enum style socket_verdict(const struct app *app, const struct row *r, char *text, size_t size)
{
	static const enum style styles[] = {STYLE_TEXT, STYLE_WARN, STYLE_ALARM};
	const struct record_tick *tick = model_tick(app->model);
	u8 counts[LIMITED_COUNT];
	unsigned known = tick ? limited_recent(r, tick->number, counts) : 0, verdict = r->limited;

	if (r->closed) {
		say_end(app, r, text, size);
		return r->s.flags & SOCKET_ABORTED ? STYLE_WARN : STYLE_TEXT;
	}
	if (r->s.proto == IPPROTO_TCP && r->s.state == STATE_SYN_SENT && r->s.has & HAS_TCP) {
		say_opening(app, r, text, size);
		return r->s.retrans ? STYLE_WARN : STYLE_TEXT;
	}
	if (known > 1)
		verdict = main_verdict(r, counts);
	expand(app, r, verdict == LIMITED_UNKNOWN ? unknown_sentence(r) : sentences[verdict], text, size);
	add_share(app, verdict, known, counts, text, size);
	if (verdict == LIMITED_UNKNOWN) /* of a listener whose queue fills */
		return styles[MAX(
		    table_severity(&socket_table, table_find(&socket_table, "accept_queue"), app->model, r), 0)];
	return styles[limited_severity(verdict)];
}
