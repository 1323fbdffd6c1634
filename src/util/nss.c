#include "nss.h"

#include <grp.h>
#include <netdb.h>
#include <string.h>

int nss_user(const char *name, uid_t uid, struct passwd *entry, char *space, size_t size, struct passwd **found)
{
	return name ? getpwnam_r(name, entry, space, size, found) : getpwuid_r(uid, entry, space, size, found);
}

int nss_set_groups(const char *name, gid_t gid)
{
	return initgroups(name, gid);
}

long nss_service_port(const char *name, const char *proto)
{
	char buffer[1024];
	struct servent entry, *found = NULL;

	if (getservbyname_r(name, proto, &entry, buffer, sizeof(buffer), &found) || !found)
		return -1;
	return ntohs((uint16_t)found->s_port);
}

bool nss_host_name(const unsigned char *address, unsigned family, char *name, size_t size)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a = {};
	char found[NI_MAXHOST] = "";

	a.any.sa_family = family == 6 ? AF_INET6 : AF_INET;
	if (family == 6)
		memcpy(&a.v6.sin6_addr, address, sizeof(a.v6.sin6_addr));
	else
		memcpy(&a.v4.sin_addr, address, sizeof(a.v4.sin_addr));
	if (getnameinfo(&a.any, family == 6 ? sizeof(a.v6) : sizeof(a.v4), found, sizeof(found), NULL, 0,
			NI_NAMEREQD) ||
	    strlen(found) >= size)
		return false;
	strcpy(name, found);
	return true;
}
