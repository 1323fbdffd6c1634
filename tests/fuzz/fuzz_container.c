/* Fuzzes the paths of cgroups that say which container they are: what is found is fit to be shown, and to be a part of
 * a file's path. */
#include <string.h>

#include "container_name.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *path = fuzz_text(data, size), text[CONTAINER_TEXT_MAX];
	struct container c;

	if (container_in_path(path, &c)) {
		check(c.runtime && (*c.id ? !*c.name : container_is_name(c.name)));
		check(!*c.id || strspn(c.id, "0123456789abcdef") == CONTAINER_ID_LEN);
		check(container_name("/nowhere", &c, text) == !*c.id && memchr(text, '\0', sizeof(text)));
	}
	free(path);
	return 0;
}
