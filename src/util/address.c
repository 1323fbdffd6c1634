/* Addresses as text, in the form of inet_ntop(). */
#include "address.h"

#include <arpa/inet.h>
#include <string.h>

size_t address_format(const u8 *address, unsigned family, char *dst, size_t size)
{
	if (!size)
		return 0;
	dst[0] = '\0';
	if (!inet_ntop(family == 6 ? AF_INET6 : AF_INET, address, dst, (socklen_t)size))
		dst[0] = '\0';
	return strlen(dst);
}
