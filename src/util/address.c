/* Addresses as text, in the form of inet_ntop(). */
#include "address.h"

#include <arpa/inet.h>
#include <string.h>

#include "units.h"

/* As inet_ntop(), which prints each number by itself. */
static size_t format_ipv4(const u8 *address, char *dst)
{
	size_t n = 0;

	for (unsigned i = 0; i < 4; i++) {
		if (i)
			dst[n++] = '.';
		n += units_plain(dst + n, address[i]);
	}
	return n;
}

size_t address_format(const u8 *address, unsigned family, char *dst, size_t size)
{
	if (!size)
		return 0;
	if (family != 6 && size >= INET_ADDRSTRLEN)
		return format_ipv4(address, dst);
	dst[0] = '\0';
	if (!inet_ntop(family == 6 ? AF_INET6 : AF_INET, address, dst, (socklen_t)size))
		dst[0] = '\0';
	return strlen(dst);
}
