/* Completions for bash, zsh and fish. All names are our own (letters, digits, dashes): only the help texts need
 * quoting. */
#include "docgen.h"
#include "socket_table.h"

#include <string.h>

/* -- the words that can follow an option --------------------------------------------------------------------------- */

static void put_list(struct buf *out, const char *list)
{
	for (; *list; list++)
		buf_putc(out, *list == '|' ? ' ' : *list);
}

static void put_columns(struct buf *out)
{
	const char *blank = "";

	table_each (&socket_table, c) {
		buf_printf(out, "%s%s", blank, c->name);
		blank = " ";
	}
}

static void put_names(struct buf *out, const char *(*name)(size_t i))
{
	for (size_t i = 0; name(i); i++)
		buf_printf(out, "%s%s", i ? " " : "", name(i));
}

/* The words, separated by blanks; nothing for a file, a user or free text. */
static void put_words(struct buf *out, const struct option_doc *d)
{
	switch (d->words) {
	case WORDS_COLUMN:
	case WORDS_COLUMNS: put_columns(out); break;
	case WORDS_VIEW: put_names(out, ui_view_name); break;
	case WORDS_THEME: put_names(out, ui_theme_name); break;
	case WORDS_LIST: put_list(out, d->list); break;
	default: break;
	}
}

/* Text between single quotes of a shell: a quote in it ends them, is escaped, and opens them again. */
static void put_quoted(struct buf *out, const char *s, const char *also_escape)
{
	for (; *s; s++) {
		if (*s == '\'') {
			buf_puts(out, "'\\''");
			continue;
		}
		if (strchr(also_escape, *s))
			buf_putc(out, '\\');
		buf_putc(out, *s);
	}
}

/* -- bash ---------------------------------------------------------------------------------------------------------- */

static void bash_pattern(struct buf *out, const struct option_doc *d)
{
	if (d->letter)
		buf_printf(out, "-%c%s", d->letter, d->name ? "|" : "");
	if (d->name)
		buf_printf(out, "--%s", d->name);
}

/* What to offer after one option. */
static void bash_case(struct buf *out, const struct option_doc *d)
{
	buf_puts(out, "\t");
	bash_pattern(out, d);
	buf_puts(out, ")\n\t\t");
	switch (d->words) {
	case WORDS_NONE: buf_puts(out, "COMPREPLY=()"); break;
	case WORDS_FILE: buf_puts(out, "COMPREPLY=($(compgen -f -- \"$cur\"))"); break;
	case WORDS_USER: buf_puts(out, "COMPREPLY=($(compgen -u -- \"$cur\"))"); break;
	case WORDS_COLUMNS:
		/* After the last comma: what is before it stays. */
		buf_puts(out, "local head=\n\t\t[[ $cur == *,* ]] && head=${cur%,*},\n"
			      "\t\tCOMPREPLY=($(compgen -P \"$head\" -W '");
		put_words(out, d);
		buf_puts(out, "' -- \"${cur##*,}\"))\n\t\tcompopt -o nospace");
		break;
	default:
		buf_puts(out, "COMPREPLY=($(compgen -W '");
		put_words(out, d);
		buf_puts(out,
			 d->words == WORDS_THEME ? "' -- \"$cur\") $(compgen -f -- \"$cur\"))" : "' -- \"$cur\"))");
	}
	buf_puts(out, "\n\t\treturn ;;\n");
}

void docgen_bash(struct buf *out)
{
	struct option_doc d;

	buf_puts(out, "# bash completion for skbtop\n_skbtop()\n{\n"
		      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		      "\tCOMPREPLY=()\n\tcase $prev in\n");
	for (size_t i = 0; option_doc(i, &d); i++)
		if (d.arg)
			bash_case(out, &d);
	buf_puts(out, "\tesac\n\tCOMPREPLY=($(compgen -W '");
	for (size_t i = 0; option_doc(i, &d); i++) {
		if (d.letter)
			buf_printf(out, "-%c ", d.letter);
		if (d.name)
			buf_printf(out, "--%s ", d.name);
	}
	buf_puts(out, "' -- \"$cur\"))\n}\ncomplete -F _skbtop skbtop\n");
}

/* -- zsh ----------------------------------------------------------------------------------------------------------- */

static void zsh_action(struct buf *out, const struct option_doc *d)
{
	buf_putc(out, ':');
	put_quoted(out, d->arg, "\\:[]");
	buf_putc(out, ':');
	switch (d->words) {
	case WORDS_NONE: break;
	case WORDS_FILE: buf_puts(out, "_files"); break;
	case WORDS_USER: buf_puts(out, "_users"); break;
	case WORDS_COLUMNS:
		buf_puts(out, "_values -s , column ");
		put_words(out, d);
		break;
	case WORDS_THEME:
		buf_puts(out, "_alternative \"themes:theme:(");
		put_words(out, d);
		buf_puts(out, ")\" \"files:file:_files\"");
		break;
	default:
		buf_putc(out, '(');
		put_words(out, d);
		buf_putc(out, ')');
	}
}

static void zsh_spec(struct buf *out, const struct option_doc *d, const char *flag)
{
	buf_printf(out, " \\\n\t'%s%s[", d->repeats ? "*" : "", flag);
	put_quoted(out, d->help, "\\[]:");
	buf_putc(out, ']');
	if (d->arg)
		zsh_action(out, d);
	buf_putc(out, '\'');
}

void docgen_zsh(struct buf *out)
{
	struct option_doc d;
	char flag[32];

	buf_puts(out, "#compdef skbtop\n_arguments -s");
	for (size_t i = 0; option_doc(i, &d); i++) {
		if (d.letter) {
			snprintf(flag, sizeof(flag), "-%c", d.letter);
			zsh_spec(out, &d, flag);
		}
		if (d.name) {
			snprintf(flag, sizeof(flag), "--%s", d.name);
			zsh_spec(out, &d, flag);
		}
	}
	buf_putc(out, '\n');
}

/* -- fish ---------------------------------------------------------------------------------------------------------- */

void docgen_fish(struct buf *out)
{
	struct option_doc d;

	buf_puts(out, "# fish completion for skbtop\ncomplete -c skbtop -f\n");
	for (size_t i = 0; option_doc(i, &d); i++) {
		buf_puts(out, "complete -c skbtop");
		if (d.letter)
			buf_printf(out, " -s %c", d.letter);
		if (d.name)
			buf_printf(out, " -l %s", d.name);
		buf_puts(out, " -d '");
		put_quoted(out, d.help, "\\");
		buf_putc(out, '\'');
		if (d.words == WORDS_FILE || d.words == WORDS_THEME)
			buf_puts(out, " -r -F");
		else if (d.arg)
			buf_puts(out, " -x");
		if (d.words == WORDS_USER)
			buf_puts(out, " -a '(__fish_complete_users)'");
		else if (d.words > WORDS_USER) {
			buf_puts(out, " -a '");
			put_words(out, &d);
			buf_putc(out, '\'');
		}
		buf_putc(out, '\n');
	}
}
