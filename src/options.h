/* The command line: one table of options, from which parsing, --help, the man page and the completions are made. */
#pragma once

#include "batch.h"
#include "buf.h"
#include "choice.h"
#include "moment.h"
#include "ui.h"

/* Kinds of hooks that --without can leave out. */
#define OPTIONS_WITHOUT_MAX 8

#define CHECK_TICKS 10   /* of --check, unless --count says otherwise */
#define INTERVAL_MIN 0.1 /* seconds */
#define INTERVAL_MAX 3600.0

/* What the command line says. Strings are borrowed from argv unless marked. */
#define OPTIONS_HOSTS_MAX 64

struct options {
	bool batch, closed, udp, extra;
	bool retransmits, drops, errors; /* -r -k -e */
	bool layer_times, layer_alarm;   /* -t, -L */
	bool echo;                       /* -I */
	u64 cpu_limit;                   /* per cent of one CPU; 0: not given */
	u64 sample;                      /* one in so many packets is measured; 0: not given */
	bool check;                      /* batch is set, too */
	bool doctor, collect, help, version;
	u64 count; /* ticks; 0: forever */
	enum export_format format;
	double interval;                             /* seconds; 0: not given */
	const char *view_name;                       /* NULL: not given */
	const char *expr, *sort_text, *columns_text; /* --filter, --sort, --columns as they were given */
	const char *theme, *user, *config, *btf;
	const char *record, *replay, *snapshot;
	bool copy;              /* --copy */
	const char *host, *ssh; /* --host if it is one, --ssh; NULL: this machine or several, ssh */
	const char *hosts[OPTIONS_HOSTS_MAX];
	size_t host_count;
	const char *hosts_file; /* --hosts */
	bool several;           /* more than one --host, or --hosts */
	const char *report;     /* --report: the page's file */
	struct moment from;     /* of a replay */
	double speed;           /* 0: as fast as it goes; negative: not given */
	bool resolve;           /* names of hosts are looked up */
	const char *prefixes;   /* --prefix: a list, or the file of one */
	const char *arm;        /* --arm as it was given; NULL: none */
	unsigned arm_needs;     /* bits of enum column_needs */
	bool payload;           /* -i */
	bool show_values;
	bool dns, mysql, redis; /* -D, -M, -R */
	bool netfilter;         /* -n */
	u16 dport, sport;       /* 0: not given */
	u32 limit;              /* rows; 0: all */
	u32 record_mb;          /* 0: however many */
	u32 history_mb;         /* 0: nothing is kept */
	u32 max_rows, max_mb;   /* what a recording may make us keep */
	int width, height;      /* of a snapshot */
	enum ui_color color;
	const char *without[OPTIONS_WITHOUT_MAX];
	size_t without_count;

	/* Worked out from the above. */
	struct ui_view view; /* the one that is shown or written; view_name NULL: the first, or the config's */
	char *filter;        /* owned; --filter, -d, -s and -u in one; NULL: none */
	struct joint *joint; /* owned; the table of rows, of several machines; NULL: of one */
	const struct table *joint_of;
	struct table_choice rows; /* owned; of the table whose rows are shown or written */
	struct query *whose;      /* owned; of the sockets whose packets are traced; NULL: not said */
	u64 given;                /* bits: which rows of the table were used */
};

/* What a recording may make us keep unless it is said otherwise: a row is 25 times as large as the smallest record that
 * makes it. */
#define OPTIONS_MAX_ROWS 1000000
#define OPTIONS_MAX_MB 1024
#define OPTIONS_HISTORY_MB 64

/* Reads the whole command line and checks everything that needs no file. -EINVAL: err is the line to print, with exit
 * status 2. In any case *o has to be released. */
int options_parse(struct options *o, int argc, char **argv, struct error *err) must_check;
void options_deinit(struct options *o);

/* Can it be the name of a machine: neither an option of ssh's nor two words? */
bool options_is_host(const char *name);
/* Is it another machine, or several? */
static inline bool options_is_remote(const struct options *o)
{
	return o->host || o->several;
}

/* Is it shown on a terminal, for somebody who presses keys? */
static inline bool options_has_screen(const struct options *o)
{
	return !o->batch && !o->snapshot && !o->report;
}

/* Is it a list of prefixes, and not the name of a file? By its letters: a file of such a name is written ./name. */
bool options_name_prefixes(const char *arg);

/* Bits of enum column_needs: what the collector must be asked for from the first tick on, for columns, filter and
 * order.
 */
unsigned options_needs(const struct options *o);

/* What can follow an option, for the completions. */
enum option_words {
	WORDS_NONE,
	WORDS_FILE,
	WORDS_USER,
	WORDS_COLUMN,
	WORDS_COLUMNS,
	WORDS_VIEW,
	WORDS_THEME,
	WORDS_LIST
};

/* One option as its documentation shows it. */
struct option_doc {
	const char *name;  /* without the dashes, or NULL */
	char letter;       /* or 0 */
	const char *arg;   /* the argument's name, or NULL */
	const char *help;  /* one line */
	const char *group; /* the heading under which it stands */
	enum option_words words;
	const char *list; /* WORDS_LIST: "a|b|c" */
	bool repeats;     /* it can be given more than once */
};

/* The i-th option of the table, sorted by group, or false past the end. */
bool option_doc(size_t i, struct option_doc *out);
/* The text of --help. */
void options_help(struct buf *out);

#define cleanup_options cleanup(options_deinit)
