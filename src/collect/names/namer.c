/* Looks up names: of cgroups by file handle, of namespaces in /run/netns, of devices and users in this namespace. */
#include "namer.h"

#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <pwd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "cgroup.h"
#include "programs.h"

#define FILEID_KERNFS 0xfe /* include/linux/exportfs.h */

void namer_init(struct namer *n)
{
	struct stat st;

	*n = (struct namer){.cgroup_fd = cgroup_open_root(), .sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
	if (stat("/proc/self/ns/net", &st) == 0)
		n->own_netns = (u32)st.st_ino;
}

void namer_deinit(struct namer *n)
{
	for (size_t i = 0; i < ARRAY_SIZE(n->seen); i++)
		idmap_deinit(&n->seen[i]);
	if (n->cgroup_fd >= 0)
		close(n->cgroup_fd);
	if (n->sock >= 0)
		close(n->sock);
	free(n->devices);
	idmap_deinit(&n->device_ids);
	idmap_deinit(&n->processes.asked);
}

/* A cgroup's id is its kernfs handle. */
int namer_open_cgroup(const struct namer *n, u64 id)
{
	struct {
		struct file_handle head;
		u64 id;
	} handle = {.head = {.handle_bytes = sizeof(u64), .handle_type = FILEID_KERNFS}, .id = id};

	memcpy(handle.head.f_handle, &id, sizeof(id));
	return n->cgroup_fd < 0 ? -1 : open_by_handle_at(n->cgroup_fd, &handle.head, O_RDONLY | O_PATH | O_CLOEXEC);
}

/* Opens it, and reads the path from /proc/self/fd. */
static bool cgroup_path(const struct namer *n, u64 id, char *dst, size_t size)
{
	cleanup_close int fd = namer_open_cgroup(n, id);
	char link[64], root[PATH_MAX], path[PATH_MAX];
	ssize_t len, root_len;

	if (fd < 0)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", n->cgroup_fd);
	root_len = readlink(link, root, sizeof(root) - 1);
	if (len < 0 || root_len < 0 || len < root_len || memcmp(path, root, (size_t)root_len) != 0)
		return false;
	path[len] = '\0';
	snprintf(dst, size, "%s", path[root_len] ? path + root_len : "/");
	return true;
}

/* ip-netns(8) keeps names as bind mounts: find the one with this inode. */
static bool netns_name(u32 inode, char *dst, size_t size)
{
	DIR *d = opendir("/run/netns");
	struct dirent *e;
	struct stat st;
	bool found = false;

	while (d && !found && (e = readdir(d)))
		if (e->d_name[0] != '.' && fstatat(dirfd(d), e->d_name, &st, 0) == 0 && st.st_ino == inode) {
			snprintf(dst, size, "%s", e->d_name);
			found = true;
		}
	if (d)
		closedir(d);
	return found;
}

/* Reads only /etc/passwd: a directory service could block us. */
static bool user_name(u32 uid, char *dst, size_t size)
{
	cleanup_fclose FILE *f = fopen("/etc/passwd", "re");
	struct passwd *p;

	while (f && (p = fgetpwent(f)))
		if (p->pw_uid == uid) {
			snprintf(dst, size, "%s", p->pw_name);
			return true;
		}
	return false;
}

/* Is this name asked for the first time? */
static bool first(struct namer *n, enum name_kind kind, u64 key)
{
	if (idmap_get(&n->seen[kind], key + 1) != IDMAP_NONE)
		return false;
	return idmap_set(&n->seen[kind], key + 1, 0) == 0;
}

static void send_text(struct outbox *out, enum name_kind kind, u64 key, u64 scope, const char *text)
{
	struct record_name r = {.kind = kind, .key = key, .scope = scope};

	memcpy(r.text, text, MIN(strlen(text), sizeof(r.text) - 1));
	outbox_name(out, &r);
}

void namer_send_program(struct namer *n, struct outbox *out, u32 id, const char name[16])
{
	char text[17];

	if (!first(n, NAME_PROGRAM, id))
		return;
	snprintf(text, sizeof(text), "%.16s", name);
	send_text(out, NAME_PROGRAM, id, 0, text);
}

void namer_send_attached(struct namer *n, struct outbox *out, const struct record_attached *a)
{
	char name[16];

	for (u32 i = 0; i < MIN(a->count, ATTACHED_MAX); i++)
		if (idmap_get(&n->seen[NAME_PROGRAM], (u64)a->programs[i] + 1) == IDMAP_NONE &&
		    program_name(a->programs[i], name))
			namer_send_program(n, out, a->programs[i], name);
}

/* -- devices ------------------------------------------------------------------------------------------------------- */

struct namer_device {
	u64 scope;
	u32 ifindex, kind;
	u8 name[16];
};

/* Made without a name if it is new; NULL: out of memory. */
static struct namer_device *device_of(struct namer *n, enum name_kind kind, u64 scope, u32 ifindex)
{
	u64 id = idmap_hash(idmap_hash(scope) ^ ((u64)kind << 32 | ifindex)) | 1;
	u32 i = idmap_get(&n->device_ids, id);

	if (i != IDMAP_NONE && n->devices[i].scope == scope && n->devices[i].ifindex == ifindex &&
	    n->devices[i].kind == kind)
		return &n->devices[i];
	if (!n->devices)
		n->devices = calloc(NAMER_DEVICES, sizeof(*n->devices));
	if (!n->devices)
		return NULL;
	/* Namespaces come and go: forget all devices; those that exist are sent again. */
	if (n->device_count == NAMER_DEVICES) {
		idmap_clear(&n->device_ids);
		n->device_count = 0;
	}
	if (idmap_set(&n->device_ids, id, n->device_count) < 0)
		return NULL;
	n->devices[n->device_count] = (struct namer_device){.scope = scope, .ifindex = ifindex, .kind = kind};
	return &n->devices[n->device_count++];
}

void namer_send_device(struct namer *n, struct outbox *out, enum name_kind kind, u64 scope, u32 ifindex,
		       const u8 name[16])
{
	struct namer_device *d = ifindex ? device_of(n, kind, scope, ifindex) : NULL;
	char text[17];

	if (!d || strncmp((const char *)d->name, (const char *)name, sizeof(d->name)) == 0)
		return;
	memcpy(d->name, name, sizeof(d->name));
	snprintf(text, sizeof(text), "%.16s", (const char *)name);
	send_text(out, kind, ifindex, scope, text);
}

/* For a socket that no pass has seen only the device's number is known. if_indextoname(3) would use the thread's
 * current namespace, and the slow turn enters others. */
static void send_own_device(struct namer *n, struct outbox *out, const struct record_socket *s)
{
	u64 scope = s->netns_cookie ? s->netns_cookie : s->netns;
	struct namer_device *d = device_of(n, NAME_DEVICE, scope, s->ifindex);
	struct ifreq r = {.ifr_ifindex = (int)s->ifindex};

	if (d && !d->name[0] && n->sock >= 0 && ioctl(n->sock, SIOCGIFNAME, &r) == 0)
		namer_send_device(n, out, NAME_DEVICE, scope, s->ifindex, (const u8 *)r.ifr_name);
}

void namer_send_container(struct outbox *out, u64 cgroup, const char *text)
{
	send_text(out, NAME_CONTAINER, cgroup, 0, text);
}

/* The container is found by the whole path, of which the reader gets the beginning. */
static void send_cgroup(struct namer *n, struct outbox *out, u64 id)
{
	char path[PATH_MAX];

	if (!cgroup_path(n, id, path, sizeof(path)))
		return;
	send_text(out, NAME_CGROUP, id, 0, path);
	containers_note(n->containers, id, path);
}

/* -- all names of a socket ----------------------------------------------------------------------------------------- */

void namer_send(struct namer *n, struct outbox *out, const struct record_socket *s)
{
	char text[RECORD_NAME_LEN];

	if (s->cgroup_id && first(n, NAME_CGROUP, s->cgroup_id))
		send_cgroup(n, out, s->cgroup_id);
	if (s->netns && first(n, NAME_NETNS, s->netns) && netns_name(s->netns, text, sizeof(text)))
		send_text(out, NAME_NETNS, s->netns, 0, text);
	if (s->has & HAS_UID && first(n, NAME_USER, s->uid) && user_name(s->uid, text, sizeof(text)))
		send_text(out, NAME_USER, s->uid, 0, text);
	processes_note(&n->processes, s);
	if (s->ifindex && s->netns == n->own_netns)
		send_own_device(n, out, s);
}
