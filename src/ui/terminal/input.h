/* Decodes what the terminal sends into keys. An escape sequence is handled as a whole: one that is no known key is
 * discarded, and never read as the characters that it consists of. Knows no terminal: bytes and the time come from the
 * caller. */
#pragma once

#include "key.h"

#define INPUT_ROOM 256
#define INPUT_NAMES 48
/* An Esc that nothing follows for this long is the key. */
#define INPUT_ESC_NS (25 * 1000000ULL)
/* A sequence (or a multibyte character) that does not continue for this long is discarded. */
#define INPUT_REST_NS (1000 * 1000000ULL)

struct input_name {
	uint32_t key;
	char bytes[16];
};

struct input {
	bool utf8;      /* otherwise the locale's character set */
	bool x10_mouse; /* CSI M is followed by three bytes of a mouse report */
	/* Keys of this terminal (terminfo), in addition to what nearly all terminals send. */
	struct input_name names[INPUT_NAMES];
	size_t name_count;

	unsigned char bytes[INPUT_ROOM]; /* that are not used up yet */
	size_t len;
	uint64_t last_ns; /* when the last of them came */
	bool in_string;   /* within OSC, DCS, APC …: everything up to its end is discarded */
	bool in_csi;      /* within a CSI that is longer than the buffer */
};

/* Defines a key by its bytes; ignored if they do not begin with ESC, or are too long. bytes may be NULL. */
void input_name(struct input *in, uint32_t key, const char *bytes);
/* Where to put the next bytes, and how many fit; 0 only before input_next(). */
void *input_room(struct input *in, size_t *room);
/* n bytes were put there at the time now_ns. */
void input_came(struct input *in, size_t n, uint64_t now_ns);
/* The next key; false: none, or not complete yet. *key is K_NONE for an unknown one; for K_MOUSE *m is set. */
bool input_next(struct input *in, uint64_t now_ns, uint32_t *key, struct mouse *m);
/* After how many ms input_next() has to be called even if nothing more came; -1: never. */
int input_wait_ms(const struct input *in, uint64_t now_ns);
