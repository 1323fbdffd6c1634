/* Lists of prefixes, sorted by family, length and address: for each length that occurs, the longest first, one search.
 */
#include "prefixes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "array.h"

#define BITS4 24 /* the usual ones */
#define BITS6 64

#define SEPARATORS ", \t\r\n"

struct prefixes {
	struct prefix *at; /* owned */
	u32 count, cap;
};

static int compare(const void *pa, const void *pb)
{
	const struct prefix *a = pa, *b = pb;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->bits != b->bits)
		return a->bits > b->bits ? -1 : 1;
	return memcmp(a->address, b->address, sizeof(a->address));
}

static struct prefix cut(const u8 *address, u8 family, u8 bits)
{
	struct prefix p = {.family = family, .bits = bits};

	memcpy(p.address, address, (size_t)(bits + 7) / 8);
	if (bits % 8)
		p.address[bits / 8] &= (u8)(0xff << (8 - bits % 8));
	return p;
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

static int add_word(struct prefixes *p, const char *word, size_t len, struct error *err)
{
	char text[INET6_ADDRSTRLEN + 5], *slash, *end;
	u8 address[16], family = memchr(word, ':', len) ? 6 : 4;
	unsigned long most = family == 6 ? 128 : 32, bits = most;

	snprintf(text, sizeof(text), "%.*s", (int)MIN(len, sizeof(text)), word);
	slash = strchr(text, '/');
	if (slash) {
		*slash = '\0';
		bits = slash[1] >= '0' && slash[1] <= '9' ? strtoul(slash + 1, &end, 10) : most + 1;
	}
	if (bits > most || (slash && *end) || inet_pton(family == 6 ? AF_INET6 : AF_INET, text, address) != 1)
		return error_set(err, -EINVAL, "'%.*s' is not a prefix such as 10.0.0.0/8", (int)MIN(len, 60U), word);
	if (p->count == PREFIXES_MAX)
		return error_set(err, -EINVAL, "more than %d prefixes", PREFIXES_MAX);
	if (array_append(&p->at, &p->cap, p->count, sizeof(*p->at)) < 0)
		return error_set(err, -ENOMEM, "out of memory");
	p->at[p->count++] = cut(address, family, (u8)bits);
	return 0;
}

static int add_words(struct prefixes *p, const char *text, struct error *err)
{
	int r = 0;

	for (text += strspn(text, SEPARATORS); *text && !r; text += strspn(text, SEPARATORS)) {
		size_t len = *text == '#' ? strcspn(text, "\n") : strcspn(text, SEPARATORS "#");

		if (*text != '#')
			r = add_word(p, text, len, err);
		text += len;
	}
	return r || p->count ? r : error_set(err, -EINVAL, "no prefix is named");
}

int prefixes_new(struct prefixes **out, const char *text, struct error *err)
{
	struct prefixes *p = calloc(1, sizeof(*p));
	int r = p ? add_words(p, text, err) : error_set(err, -ENOMEM, "out of memory");

	if (r < 0) {
		prefixes_free(p);
		return r;
	}
	qsort(p->at, p->count, sizeof(*p->at), compare);
	*out = p;
	return 0;
}

void prefixes_free(struct prefixes *p)
{
	if (!p)
		return;
	free(p->at);
	free(p);
}

/* -- finding ------------------------------------------------------------------------------------------------------- */

/* The first of them that is not before a key. */
static u32 lower_bound(const struct prefixes *p, const struct prefix *key)
{
	u32 low = 0, high = p->count;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (compare(&p->at[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct prefix prefixes_find(const struct prefixes *p, const u8 *address, u8 family)
{
	struct prefix key = {.family = family, .bits = family == 6 ? 128 : 32};
	u32 at = p ? lower_bound(p, &key) : 0;

	/* Each length that there is begins where the one before is over. */
	while (p && at < p->count && p->at[at].family == family) {
		key = cut(address, family, p->at[at].bits);
		at = lower_bound(p, &key);
		if (at < p->count && compare(&p->at[at], &key) == 0)
			return key;
		if (!key.bits)
			break;
		key = (struct prefix){.family = family, .bits = (u8)(key.bits - 1)};
		at = lower_bound(p, &key);
	}
	return cut(address, family, family == 6 ? BITS6 : BITS4);
}

size_t prefix_format(const struct prefix *p, char *dst, size_t size)
{
	size_t n = address_format(p->address, p->family, dst, size);

	return n + (size_t)snprintf(dst + n, size - n, "/%u", p->bits);
}
