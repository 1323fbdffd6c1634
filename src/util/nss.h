/* What the C library looks up as /etc/nsswitch.conf tells it, by libraries that it loads. A static program has none:
 * there users and groups are those of /etc/passwd and /etc/group, services those of /etc/services, and names of hosts
 * come from /etc/hosts, then from the name servers of /etc/resolv.conf. */
#pragma once

#include <netinet/in.h>
#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>

/* By name, or by uid where name is NULL. As getpwnam_r(3): 0 and *found NULL if there is none, or an error number. The
 * texts are in space. */
int nss_user(const char *name, uid_t uid, struct passwd *entry, char *space, size_t size, struct passwd **found);
/* Makes these the groups of this process. As initgroups(3). */
int nss_set_groups(const char *name, gid_t gid);
/* Of a service by its name, "tcp" or "udp"; -1: not known. */
long nss_service_port(const char *name, const char *proto);
/* Fills name with what an address is called; family is 4 or 6. Can take many seconds. false: it has no name that fits.
 */
bool nss_host_name(const unsigned char *address, unsigned family, char *name, size_t size);
