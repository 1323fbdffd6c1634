/* Addresses as text, in the form of inet_ntop(), and their hashes. */
#include "address.h"

#include <arpa/inet.h>
#include <string.h>

#include "idmap.h"
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

bool address_is_loopback(const u8 *address, unsigned family)
{
	static const u8 v6[16] = {[15] = 1};

	return family == 6 ? memcmp(address, v6, sizeof(v6)) == 0 : address[0] == 127;
}

u64 address_hash(const u8 address[16], u16 port)
{
	u64 high, low;

	memcpy(&high, address, sizeof(high));
	memcpy(&low, address + sizeof(high), sizeof(low));
	return idmap_hash(idmap_hash(high ^ (u64)port << 48) ^ low);
}

u64 address_flow(u8 proto, const u8 a[16], u16 aport, const u8 b[16], u16 bport)
{
	return idmap_hash((address_hash(a, aport) ^ address_hash(b, bport)) + proto) | 1;
}
