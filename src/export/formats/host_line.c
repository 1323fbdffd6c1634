/* The machines of a tick, in JSON and in text. */
#include "host_line.h"

#include <inttypes.h>

#include "clock.h"
#include "json.h"
#include "units.h"
#include "wall.h"

void clock_offset_add(struct clock_offset *o, s64 ns)
{
	if (o->ticks == OFFSET_TICKS) {
		o->most[1] = o->most[0];
		o->before = true;
		o->ticks = 0;
	}
	o->most[0] = o->ticks ? MAX(o->most[0], ns) : ns;
	o->ticks++;
}

bool clock_offset(const struct clock_offset *o, s64 *ns)
{
	*ns = o->before ? MAX(o->most[0], o->most[1]) : o->most[0];
	return o->ticks;
}

static const char *state_word(enum host_state state)
{
	static const char *const words[HOST_STATES] = {
	    [HOST_DOWN] = "down", [HOST_STARTS] = "starting", [HOST_UP] = "up", [HOST_SILENT] = "silent"};

	return words[state];
}

void host_lines_begin(struct buf *out, enum export_format format, const struct page *page, double interval_s)
{
	if (format != EXPORT_JSON)
		return;
	buf_puts(out, "{\"type\":\"tick\",\"time\":");
	page_put_time(out, page);
	buf_printf(out, ",\"interval\":%.6f,\"hosts\":[", interval_s);
}

/* What a machine said of itself and of its last tick. */
static void put_told(struct buf *out, const struct model *m)
{
	const struct record_hello *hello = m ? model_hello(m) : NULL;
	const struct record_tick *t = m ? model_tick(m) : NULL;
	char time[WALL_MAX];

	if (hello) {
		buf_puts(out, ",\"name\":");
		json_put_string(out, (const char *)hello->host);
		buf_puts(out, ",\"kernel\":");
		json_put_string(out, (const char *)hello->kernel);
		buf_puts(out, ",\"version\":");
		json_put_string(out, (const char *)hello->version);
	}
	if (t) {
		wall_unix(time, sizeof(time), t->realtime_ns, 6);
		buf_printf(out,
			   ",\"time\":%s,\"lost\":{\"events\":%" PRIu64 ",\"ends\":%" PRIu64 ",\"conns\":%" PRIu64
			   ",\"flows\":%" PRIu64 ",\"ticks\":%" PRIu64 "}",
			   time, t->lost_events, t->lost_ends, t->lost_conns, t->lost_flows, t->skipped_ticks);
	}
}

static void put_json(struct buf *out, const struct host_line *l, u32 number)
{
	s64 offset;

	buf_puts(out, number ? ",{\"host\":" : "{\"host\":");
	json_put_string(out, l->name);
	buf_printf(out, ",\"state\":\"%s\"", state_word(l->state));
	if (l->heard)
		buf_printf(out, ",\"age_us\":%" PRIu64, (u64)(l->age_ns / NSEC_PER_USEC));
	if (clock_offset(&l->offset, &offset))
		buf_printf(out, ",\"offset_us\":%" PRId64, offset / (s64)NSEC_PER_USEC);
	if (l->why[0]) {
		buf_puts(out, ",\"why\":");
		json_put_string(out, l->why);
	}
	put_told(out, l->m);
	buf_putc(out, '}');
}

/* Of one that is there nothing need be said. */
static void put_text(struct buf *out, const struct host_line *l)
{
	char age[UNITS_MAX];

	if (l->state == HOST_UP)
		return;
	buf_printf(out, "# %s is %s", l->name, state_word(l->state));
	if (l->heard) {
		units_usec(age, l->age_ns / NSEC_PER_USEC);
		buf_printf(out, ", its rows are %s old", age);
	}
	buf_printf(out, "%s%s\n", l->why[0] ? ": " : "", l->why);
}

void host_lines_put(struct buf *out, enum export_format format, const struct host_line *l, u32 number)
{
	if (format == EXPORT_JSON)
		put_json(out, l, number);
	else if (format == EXPORT_TEXT)
		put_text(out, l);
}

void host_lines_end(struct buf *out, enum export_format format)
{
	if (format == EXPORT_JSON)
		buf_puts(out, "]}\n");
}
