/* Fuzzes /etc/hosts: what is found has an address and a name that ends. */
#include <string.h>

#include "fuzz.h"
#include "hosts_file.h"

static void each(void *count, const struct record_host *r)
{
	check(r->family == 4 || r->family == 6);
	check(*r->name && memchr(r->name, '\0', sizeof(r->name)));
	check(++*(u32 *)count <= HOSTS_FILE_NAMES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	u32 count = 0;

	hosts_file_parse(text, each, &count);
	free(text);
	return 0;
}
