/* Fuzzes the names of drop and reset reasons in a kernel's BTF, of which each line of the input is one with its number
 * behind a space: whatever they are, a name is found by its number and a number by its name, and none is too long for
 * its record. */
#include <bpf/btf.h>
#include <string.h>

#include "fuzz.h"
#include "reasons.h"

/* An enum of that name with the lines' values; what libbpf itself refuses (an empty name) is left out. */
static void add_enum(struct btf *btf, const char *name, char *lines)
{
	char *line;

	check(btf__add_enum(btf, name, 4) > 0);
	while ((line = strsep(&lines, "\n"))) {
		char *space = strchr(line, ' ');
		long long value = space ? strtoll(space, NULL, 10) : 0;

		if (space)
			*space = '\0';
		(void)btf__add_enum_value(btf, line, (int)value);
	}
}

static void look_up(const struct reasons *r)
{
	for (u32 n = 0; n < 300; n++) {
		const char *name = reasons_name(r, NAME_DROP_REASON, n);

		check(!name || strlen(name) < RECORD_NAME_LEN);
		/* Of two with one name the first is as good. */
		check(!name || reasons_number(r, name) >= 0);
		name = reasons_name(r, NAME_RESET_REASON, n);
		check(!name || strlen(name) < RECORD_NAME_LEN);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size), *again = fuzz_text(data, size);
	struct btf *btf = btf__new_empty();
	struct reasons *r;

	check(btf);
	add_enum(btf, "skb_drop_reason", text);
	add_enum(btf, "sk_rst_reason", again);
	r = reasons_new(btf);
	check(r);
	look_up(r);
	reasons_free(r);
	btf__free(btf);
	return 0;
}
