/* Runs the built skbtop on recordings made for the purpose, and catches what it says. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What a run left behind. Release with result_free(). */
struct result {
	int status; /* exit status; 128 + signal */
	char *out;  /* owned, NUL-terminated */
	size_t out_len;
	char *err; /* owned, NUL-terminated */
};

/* Runs skbtop ($SKBTOP) with the arguments, a NULL-terminated list, without a terminal; ends it after 30 s. */
struct result run_skbtop(const char *const *args);
#define RUN(...) run_skbtop((const char *const[]){__VA_ARGS__, NULL})
void result_free(struct result *r);

/* Path of a recording of this kind ($MAKE_RECORDING makes it at the first call). Valid until the next call. */
const char *recording(const char *kind);
/* Path of a file in the folder of this run, which is removed in the end. Valid until the next call. */
const char *scratch(const char *name);

/* Fails unless the run ended with status and said exactly one line on stderr, and nothing on stdout, that holds word.
 */
void assert_refused(const struct result *r, int status, const char *word);
/* Fails if the text holds a control character other than newline (and carriage return if cr), DEL, C1, or is no UTF-8.
 */
void assert_clean(const char *text, size_t len, bool cr);

/* Group setup and teardown: the scratch folder. */
int harness_setup(void **state);
int harness_teardown(void **state);

#define cleanup_result __attribute__((__cleanup__(result_free)))
