/* Fuzzes answers of name servers: whatever they are, what is found lies in them, and its name ends. */
#include <string.h>

#include "dns.h"
#include "fuzz.h"
#include "hostname.h"

struct message {
	const uint8_t *data;
	size_t size;
};

static void each(void *context, const char *name, const u8 *address, unsigned family)
{
	const struct message *m = context;

	check(family == 4 || family == 6);
	check(address >= m->data && address + (family == 6 ? 16 : 4) <= m->data + m->size);
	check(strlen(name) <= HOSTNAME_MAX + 1);
	for (; *name; name++)
		check(*name > ' ' && *name < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of exactly these bytes, so that what is read beyond them is noticed. */
	uint8_t *copy = malloc(size ? size : 1);
	struct message m = {copy, size};

	check(copy);
	if (size)
		memcpy(copy, data, size);
	dns_addresses(copy, size, each, &m);
	free(copy);
	return 0;
}
