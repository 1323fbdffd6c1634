/* What the terminal sends, as keys. Escape sequences are taken as wholes: one that names no key of ours is thrown away
 * and never read as the characters that it is made of. Knows no terminal: bytes and the time come from the caller. */
#pragma once

#include "key.h"

#define INPUT_ROOM 256
#define INPUT_NAMES 48
/* An Esc that nothing follows for so long is the key. */
#define INPUT_ESC_NS (25 * 1000000ULL)
/* A sequence (or a character of several bytes) that does not go on for so long is given up. */
#define INPUT_REST_NS (1000 * 1000000ULL)

struct input_name {
	uint32_t key;
	char bytes[16];
};

struct input {
	bool utf8;      /* else the locale's characters */
	bool x10_mouse; /* CSI M stands before three bytes of a mouse report */
	/* What this terminal (terminfo) sends for keys, beyond what nearly all send. */
	struct input_name names[INPUT_NAMES];
	size_t name_count;

	unsigned char bytes[INPUT_ROOM]; /* that are not yet taken */
	size_t len;
	uint64_t last_ns; /* when the last of them came */
	bool in_string;   /* within OSC, DCS, APC …: all is thrown away up to its end */
	bool in_csi;      /* within a CSI longer than there is room for */
};

/* Has bytes stand for a key; what begins with no ESC, or is too long, is passed over. bytes may be NULL. */
void input_name(struct input *in, uint32_t key, const char *bytes);
/* Where the next bytes go, and how many have room there; 0 only before input_next(). */
void *input_room(struct input *in, size_t *room);
/* n bytes were put there at the time now_ns. */
void input_came(struct input *in, size_t n, uint64_t now_ns);
/* The next key; false: nothing, or nothing yet. *key is K_NONE for what means nothing; for K_MOUSE *m is set. */
bool input_next(struct input *in, uint64_t now_ns, uint32_t *key, struct mouse *m);
/* After how many ms input_next() has to be asked again though nothing more came; -1: never. */
int input_wait_ms(const struct input *in, uint64_t now_ns);
