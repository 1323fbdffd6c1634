/* Says of a socket, or of several, how much of a call was network, kernel and program. */
#include "exchange_sentence.h"

#include <stdio.h>
#include <string.h>

#include "requests.h"
#include "text.h"
#include "units.h"

#define CALLS_SHOWN 4
#define CALLS_AMONG 64   /* exchanges: of most kinds of turns nobody knows a name */
#define RTT_REMARKABLE 2 /* times its minimum: queues on the way are part of what the network took */

static bool known(const struct fields *of, const char *column, double *n)
{
	const struct column *c = table_find(of->t, column);
	struct value v;

	if (!c)
		return false;
	column_value(c, of->picture, of->row, &v);
	*n = v.number;
	return v.kind != VALUE_NONE;
}

/* Two digits, as far as that goes: "66", "0.2", "0.03". */
static void put_number(char *dst, size_t size, double n)
{
	snprintf(dst, size, n >= 9.95 ? "%.0f" : n >= 0.095 ? "%.1f" : "%.1g", n);
}

/* All in one unit, so that the parts can be seen to add up. */
static const char *unit_of(double us, double *scale)
{
	*scale = us < 999.5 ? 1 : us < 999.5e3 ? 1e3 : 1e6;
	return us < 999.5 ? "us" : us < 999.5e3 ? "ms" : "s";
}

static void put_rtt(const struct fields *of, char *dst, size_t size)
{
	double ratio;
	char n[16];

	if (!known(of, "rtt_ratio", &ratio) || ratio < RTT_REMARKABLE)
		return;
	put_number(n, sizeof(n), ratio);
	text_join(dst, size, " ", "(RTT %s%s times its minimum)", of->t->fold ? "up to " : "", n);
}

static bool make_sentence(const struct fields *of, char *dst, size_t size)
{
	double us, network, kernel, program, scale;
	const char *unit;
	char n[16];

	*dst = '\0';
	if (!known(of, "exch_mean_us", &us) || !known(of, "network_share", &network) ||
	    !known(of, "program_share", &program))
		return false;
	unit = unit_of(us, &scale);
	put_number(n, sizeof(n), us / scale);
	snprintf(dst, size, "of %s %s a call: network ", n, unit);
	put_number(n, sizeof(n), us / scale * network);
	text_join(dst, size, "", "%s", n);
	if (network >= 0.5)
		put_rtt(of, dst, size);
	if (known(of, "kernel_share", &kernel)) {
		put_number(n, sizeof(n), us / scale * kernel);
		text_join(dst, size, ", ", "kernel %s", n);
	}
	put_number(n, sizeof(n), us / scale * program);
	text_join(dst, size, ", ", "program %s", n);
	return true;
}

int exchange_sentence_draw(const struct fields *of, const struct pane *p, int y)
{
	char text[160];

	return make_sentence(of, text, sizeof(text)) ? y + pane_wrap(p, y, 1, STYLE_TEXT, text) : y;
}

static void put_call(const struct model *m, const struct exchange *x, char *dst, size_t size)
{
	const struct request *q = exchange_request(m, x);
	const char *status = model_request_status(m, x->status);
	char took[UNITS_MAX] = "";

	if (!q || !*q->name)
		return;
	units_nsec(took, x->whole_ns);
	text_join(dst, size, *dst ? ", " : "", "%s%s%s%s%s", q->name, *status ? " " : "", status,
		  x->flags ? "" : " in ", x->flags ? "" : took);
}

int exchange_calls_draw(const struct model *m, const struct row *r, const struct pane *p, int y)
{
	const struct exchange *x = row_exchange(m, r);
	char text[512], calls[448] = "";
	unsigned n = 0;

	for (u32 i = 0; x && i < CALLS_AMONG && n < CALLS_SHOWN; i++, x = model_exchange(m, x->before)) {
		size_t before = strlen(calls);

		put_call(m, x, calls, sizeof(calls));
		n += strlen(calls) > before;
	}
	snprintf(text, sizeof(text), "last calls: %s", calls);
	return n ? y + pane_wrap(p, y, 1, STYLE_TEXT, text) : y;
}
