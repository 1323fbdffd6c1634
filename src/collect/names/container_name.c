/* Reads names of containers from files: links of Kubernetes' to logs, docker's, podman's and CRI-O's lists, the bundles
 * of containerd. Each is a regular file of root's, or of the user's whose container it is, of at most a MiB; links are
 * not followed. */
#include "container_name.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "file.h"
#include "text.h"

#define FILE_MAX (1U << 20)
#define PATH(dst, ...) (snprintf(dst, sizeof(dst), __VA_ARGS__) < (int)sizeof(dst))

static void cleanup_json_p(json_t **j)
{
	json_decref(*j);
}

static void cleanup_dir_p(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define cleanup_json cleanup(cleanup_json_p)
#define cleanup_dir cleanup(cleanup_dir_p)

/* NULL: it is not there, not to be trusted, or no JSON. */
static json_t *read_json(const char *path, uid_t uid)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	cleanup_buf struct buf text = {};
	struct error why = {};
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid != uid || file_read_fd(fd, path, FILE_MAX, &text, &why) < 0)
		return NULL;
	return json_loadb((const char *)buf_at(&text), buf_len(&text), 0, NULL);
}

/* The three parts of a name in Kubernetes; a pod's own container has no name. */
static bool say_pod(const char *space, const char *pod, const char *container, char *dst)
{
	if (!space || !pod || !container_is_name(space) || !container_is_name(pod))
		return false;
	if (!container || strcmp(container, "POD") == 0)
		return snprintf(dst, CONTAINER_TEXT_MAX, "%s/%s", space, pod) < CONTAINER_TEXT_MAX;
	return container_is_name(container) &&
	       snprintf(dst, CONTAINER_TEXT_MAX, "%s/%s/%s", space, pod, container) < CONTAINER_TEXT_MAX;
}

/* Cuts s at the next of these characters; NULL: there is none. */
static char *cut(char *s, char at)
{
	char *end = s ? strchr(s, at) : NULL;

	if (end)
		*end++ = '\0';
	return end;
}

/* As a runtime has it: docker's begin with a slash; of Kubernetes' they are k8s_CONTAINER_POD_NAMESPACE_UID_NUMBER. */
static bool say_name(const char *name, char *dst)
{
	char text[CONTAINER_TEXT_MAX], *pod, *space;

	if (!name)
		return false;
	name += *name == '/';
	if (!container_is_name(name))
		return false;
	text_copy(text, sizeof(text), name);
	if (strncmp(text, "k8s_", 4) == 0) {
		pod = cut(text + 4, '_');
		space = cut(pod, '_');
		cut(space, '_');
		if (say_pod(space, pod, text + 4, dst))
			return true;
	}
	text_copy(dst, CONTAINER_TEXT_MAX, name);
	return true;
}

/* A container whose name is searched for. */
struct search {
	const char *root; /* stands before all paths */
	const struct container *c;
	uid_t owner; /* of the files */
	char *dst;
};

/* /var/log/containers/POD_NAMESPACE_CONTAINER-ID.log: of the links only the names are looked at. */
static bool from_logs(const struct search *s)
{
	char path[PATH_MAX], end[CONTAINER_ID_LEN + 8];
	cleanup_dir DIR *d = PATH(path, "%s/var/log/containers", s->root) ? opendir(path) : NULL;
	struct dirent *e;

	snprintf(end, sizeof(end), "-%s.log", s->c->id);
	while (d && (e = readdir(d))) {
		char *space, *container;

		if (!text_cut_end(e->d_name, end))
			continue;
		space = cut(e->d_name, '_');
		container = cut(space, '_');
		return container && say_pod(space, e->d_name, container, s->dst);
	}
	return false;
}

/* folder: where the runtime keeps its data. */
static bool from_docker(const struct search *s, const char *folder)
{
	char path[PATH_MAX];
	cleanup_json json_t *j = NULL;

	if (PATH(path, "%s%s/containers/%s/config.v2.json", s->root, folder, s->c->id))
		j = read_json(path, s->owner);
	return say_name(json_string_value(json_object_get(j, "Name")), s->dst);
}

/* Of podman and CRI-O, [{"id": …, "names": ["web"]}, …]: in one folder what stays, in the other what goes with the next
 * start of the machine. */
static bool from_list(const struct search *s, const char *folder, const char *name)
{
	char path[PATH_MAX];
	cleanup_json json_t *list = NULL;
	json_t *entry;
	size_t i;

	if (PATH(path, "%s%s/overlay-containers/%s", s->root, folder, name))
		list = read_json(path, s->owner);
	json_array_foreach(list, i, entry)
	{
		const char *id = json_string_value(json_object_get(entry, "id"));

		if (id && strcmp(id, s->c->id) == 0)
			return say_name(json_string_value(json_array_get(json_object_get(entry, "names"), 0)), s->dst);
	}
	return false;
}

static bool from_podman(const struct search *s, const char *stays, const char *passes)
{
	return from_list(s, stays, "containers.json") || from_list(s, passes, "volatile-containers.json");
}

static const char *note_of(const json_t *bundle, const char *name)
{
	return json_string_value(json_object_get(json_object_get(bundle, "annotations"), name));
}

static bool from_bundle(const struct search *s, const char *path)
{
	cleanup_json json_t *j = read_json(path, s->owner);

	return say_pod(note_of(j, "io.kubernetes.cri.sandbox-namespace"), note_of(j, "io.kubernetes.cri.sandbox-name"),
		       note_of(j, "io.kubernetes.cri.container-name"), s->dst) ||
	       say_name(note_of(j, "nerdctl/name"), s->dst);
}

/* A folder for each namespace of containerd's, and in it one for each container. */
static bool from_containerd(const struct search *s, const char *run)
{
	char folder[PATH_MAX / 2], path[PATH_MAX];
	cleanup_dir DIR *d = PATH(folder, "%s%s/io.containerd.runtime.v2.task", s->root, run) ? opendir(folder) : NULL;
	struct dirent *e;
	bool found = false;

	while (d && !found && (e = readdir(d)))
		found = e->d_name[0] != '.' && PATH(path, "%s/%s/%s/config.json", folder, e->d_name, s->c->id) &&
			from_bundle(s, path);
	return found;
}

static bool from_machine(const struct search *s)
{
	return from_logs(s) || from_docker(s, "/var/lib/docker") ||
	       from_podman(s, "/var/lib/containers/storage", "/run/containers/storage") ||
	       from_containerd(s, "/run/containerd") || from_containerd(s, "/run/k3s/containerd");
}

/* dst has PATH_MAX bytes. */
static bool home_of(const struct search *s, char *dst)
{
	char path[PATH_MAX];
	cleanup_fclose FILE *f = PATH(path, "%s/etc/passwd", s->root) ? fopen(path, "re") : NULL;
	struct passwd *p;

	while (f && (p = fgetpwent(f)))
		if (p->pw_uid == s->owner && p->pw_dir[0] == '/')
			return snprintf(dst, PATH_MAX, "%s", p->pw_dir) < PATH_MAX;
	return false;
}

/* Of a user who has containers without being root. */
static bool from_user(const struct search *s)
{
	char home[PATH_MAX], docker[PATH_MAX], podman[PATH_MAX], run[64];

	snprintf(run, sizeof(run), "/run/user/%u/containers", s->owner);
	return home_of(s, home) && PATH(docker, "%s/.local/share/docker", home) &&
	       PATH(podman, "%s/.local/share/containers/storage", home) &&
	       (from_docker(s, docker) || from_podman(s, podman, run));
}

bool container_name(const char *root, const struct container *c, char *dst)
{
	struct search s = {.root = root, .c = c, .owner = c->uid, .dst = dst};
	bool found = *c->name != '\0';
	struct stat st;

	if (found)
		text_copy(dst, CONTAINER_TEXT_MAX, c->name);
	else if (c->uid)
		found = from_user(&s);
	else if (stat(*root ? root : "/", &st) == 0) {
		s.owner = st.st_uid;
		found = from_machine(&s);
	}
	if (!found)
		snprintf(dst, CONTAINER_TEXT_MAX, "%s:%.12s", c->runtime, c->id);
	if (c->uid)
		text_join(dst, CONTAINER_TEXT_MAX, "", "@%u", c->uid);
	return found;
}
