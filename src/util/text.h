/* Makes text from the kernel, the wire or a file fit for a terminal and for JSON; and measures its width on screen. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies at most srclen bytes of src (or up to its NUL) to dst as valid, printable UTF-8: control characters, DEL,
 * C1 controls, bidirectional overrides, other invisible format characters and invalid bytes each become '?' or U+FFFD
 * in the shortest form that fits. Always terminates dst. Returns the bytes written without the NUL. */
size_t text_clean(char *dst, size_t dstsize, const char *src, size_t srclen);

/* Decodes one character of a NUL-terminated or len-bounded text. Returns the bytes it takes (at least 1 when len > 0),
 * 0 at the end; an invalid byte yields U+FFFD and takes 1. */
size_t text_decode(const char *s, size_t len, uint32_t *ch);

/* The opposite, of a valid character: 1 to 4 bytes. */
size_t text_encode(char *dst, uint32_t ch);

/* Columns that the character takes on a terminal: 0 (combining), 1 or 2 (wide). Independent of the locale. */
int text_char_width(uint32_t ch);

/* Columns of a NUL-terminated printable text. */
size_t text_width(const char *s);

/* Bytes of s that fit into columns; *used receives the columns they take. */
size_t text_fit(const char *s, size_t columns, size_t *used);

/* Appends to the text in dst, after the separator if dst is not empty: for lists of words. Cut at a character boundary
 * if it does not fit. Returns the length. */
size_t text_join(char *dst, size_t dstsize, const char *separator, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Copies src to dst, cut at a character boundary if it does not fit. Returns the bytes written. */
size_t text_copy(char *dst, size_t dstsize, const char *src);

/* Cuts `end` off the end of s. false: s does not end so. */
bool text_cut_end(char *s, const char *end);

/* Where `wanted` occurs in the text; NULL: nowhere. A small letter matches both cases, a capital only itself. */
const char *text_find(const char *text, const char *wanted);

/* Turns small ASCII letters into capitals, in any locale. */
void text_upper(char *s);
/* Turns underscores into blanks: a name for programs becomes words for people. */
void text_blanks(char *s);
