/* The same without NSS: its libraries must be those of the C library that was linked, and the machine need not have
 * any. */
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <grp.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#undef MIN /* the resolver's, too */
#undef MAX
#include "cleanup.h"
#include "nss.h"
#include "text.h"

#define GROUPS_MAX 1024

int nss_user(const char *name, uid_t uid, struct passwd *entry, char *space, size_t size, struct passwd **found)
{
	cleanup_fclose FILE *f = fopen("/etc/passwd", "re");
	int r = 0;

	*found = NULL;
	while (f && (r = fgetpwent_r(f, entry, space, size, found)) == 0)
		if (name ? strcmp(entry->pw_name, name) == 0 : entry->pw_uid == uid)
			return 0;
	*found = NULL;
	return r == ENOENT ? 0 : r;
}

static bool has_member(const struct group *g, const char *name)
{
	for (char **m = g->gr_mem; *m; m++)
		if (strcmp(*m, name) == 0)
			return true;
	return false;
}

int nss_set_groups(const char *name, gid_t gid)
{
	cleanup_fclose FILE *f = fopen("/etc/group", "re");
	gid_t groups[GROUPS_MAX] = {gid};
	size_t count = 1;
	struct group *g;

	while (f && count < GROUPS_MAX && (g = fgetgrent(f)))
		if (g->gr_gid != gid && has_member(g, name))
			groups[count++] = g->gr_gid;
	return setgroups(count, groups);
}

/* The next word of a line that ends where a comment begins; NULL: there is none. */
static char *word(char *line, char **rest)
{
	if (line)
		line[strcspn(line, "#\n")] = '\0';
	return strtok_r(line, " \t", rest);
}

/* A line of /etc/services: name, port/proto, other names. */
long nss_service_port(const char *name, const char *proto)
{
	cleanup_fclose FILE *f = fopen("/etc/services", "re");
	char line[1024];

	while (f && fgets(line, sizeof(line), f)) {
		char *rest, *w = word(line, &rest), *port = word(NULL, &rest), *slash = port ? strchr(port, '/') : NULL;

		if (!slash || strcmp(slash + 1, proto) != 0)
			continue;
		for (; w; w = word(NULL, &rest))
			if (strcmp(w, name) == 0)
				return strtol(port, NULL, 10);
	}
	return -1;
}

static bool in_hosts(const unsigned char *address, unsigned family, char *name, size_t size)
{
	cleanup_fclose FILE *f = fopen("/etc/hosts", "re");
	char line[1024];
	unsigned char a[16];

	while (f && fgets(line, sizeof(line), f)) {
		char *rest, *w = word(line, &rest), *first = word(NULL, &rest);

		if (first && inet_pton(family == 6 ? AF_INET6 : AF_INET, w, a) == 1 &&
		    memcmp(a, address, family == 6 ? 16 : 4) == 0 && strlen(first) < size) {
			text_copy(name, size, first);
			return true;
		}
	}
	return false;
}

/* What a name server is asked: 1.2.0.192.in-addr.arpa. */
static void reverse(const unsigned char *address, unsigned family, char *name, size_t size)
{
	size_t at = 0;

	for (int i = family == 6 ? 15 : 3; i >= 0; i--)
		at += (size_t)(family == 6 ? snprintf(name + at, size - at, "%x.%x.", address[i] & 15, address[i] >> 4)
					   : snprintf(name + at, size - at, "%u.", address[i]));
	snprintf(name + at, size - at, "%s", family == 6 ? "ip6.arpa" : "in-addr.arpa");
}

bool nss_host_name(const unsigned char *address, unsigned family, char *name, size_t size)
{
	unsigned char answer[4096];
	char asked[80], found[NS_MAXDNAME];
	ns_msg message;
	ns_rr rr;
	int n;

	if (in_hosts(address, family, name, size))
		return true;
	reverse(address, family, asked, sizeof(asked));
	n = res_query(asked, ns_c_in, ns_t_ptr, answer, sizeof(answer));
	if (n < 0 || ns_initparse(answer, MIN(n, (int)sizeof(answer)), &message) < 0)
		return false;
	for (int i = 0; i < ns_msg_count(message, ns_s_an); i++)
		if (ns_parserr(&message, ns_s_an, i, &rr) == 0 && ns_rr_type(rr) == ns_t_ptr &&
		    dn_expand(ns_msg_base(message), ns_msg_end(message), ns_rr_rdata(rr), found, sizeof(found)) > 0 &&
		    strlen(found) < size) {
			text_copy(name, size, found);
			return true;
		}
	return false;
}
