/* Reads paths of cgroups. Their names are the runtimes' and systemd's: docker-ID.scope, /docker/ID,
 * kubepods.slice/…/cri-containerd-ID.scope, system.slice:docker:ID (runc's own way to write a unit), lxc.payload.NAME,
 * machine-NAME.scope. */
#include "container_path.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "text.h"

#define WORD_MAX NAME_MAX /* a cgroup's own name */

/* What stands before an id, and the folder of an id that stands alone. Others' ids (libpod-conmon-ID.scope is the
 * process that watches a container) are none. */
static const struct {
	const char *before, *folder, *runtime;
} makers[] = {
    {"docker", "docker", "docker"},
    {"libpod", "libpod_parent", "podman"},
    {"cri-containerd", NULL, "containerd"},
    {"nerdctl", "default", "containerd"},
    {"crio", NULL, "cri-o"},
};

/* What stands around a name. */
static const struct {
	const char *before, *after, *runtime;
} named[] = {
    {"lxc.payload.", "", "lxc"}, {"machine-", ".scope", "machine"}, {"systemd-nspawn@", ".service", "machine"}};

bool container_is_name(const char *name)
{
	size_t len = strlen(name);

	return len && len <= CONTAINER_NAME_MAX &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-") == len;
}

/* systemd writes some characters of a name as \x2d. */
static void unescape(char *s)
{
	char *to = s, *end;

	for (; *s; s++) {
		char digits[3] = "";
		long c;

		if (s[0] == '\\' && s[1] == 'x' && s[2] && s[3]) {
			memcpy(digits, s + 2, 2);
			c = strtol(digits, &end, 16);
			if (!*end && c > 0) {
				*to++ = (char)c;
				s += 3;
				continue;
			}
		}
		*to++ = *s;
	}
	*to = '\0';
}

static bool has_name(const char *folder, const char *word, struct container *c)
{
	char name[WORD_MAX + 1];

	c->runtime = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(named) && !c->runtime; i++) {
		size_t n = strlen(named[i].before);

		if (strncmp(word, named[i].before, n) != 0)
			continue;
		text_copy(name, sizeof(name), word + n);
		if (text_cut_end(name, named[i].after))
			c->runtime = named[i].runtime;
	}
	if (!c->runtime && (strcmp(folder, "lxc") == 0 || strcmp(folder, "lxc.payload") == 0)) {
		text_copy(name, sizeof(name), word);
		c->runtime = "lxc";
	}
	if (!c->runtime)
		return false;
	unescape(name);
	if (!container_is_name(name))
		return false;
	memcpy(c->name, name, strlen(name) + 1);
	return true;
}

/* Who makes ids that stand alone in this folder. A pod's are there in a folder of the pod's. */
static const char *maker_of(const char *folder, bool in_pods)
{
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++)
		if (makers[i].folder && strcmp(folder, makers[i].folder) == 0)
			return makers[i].runtime;
	return in_pods ? "pod" : "container";
}

/* Who writes this before an id, with a - or a : between them; NULL: nobody. */
static const char *maker_before(char *text, char *id)
{
	const char *before;

	if (id[-1] != '-' && id[-1] != ':')
		return NULL;
	id[-1] = '\0';
	before = strrchr(text, ':');
	before = before ? before + 1 : text;
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++)
		if (strcmp(before, makers[i].before) == 0)
			return makers[i].runtime;
	return NULL;
}

static bool has_id(const char *folder, const char *word, bool in_pods, struct container *c)
{
	char text[WORD_MAX + 1], *id;
	size_t len;

	text_copy(text, sizeof(text), word);
	text_cut_end(text, ".scope");
	len = strlen(text);
	if (len < CONTAINER_ID_LEN)
		return false;
	id = text + len - CONTAINER_ID_LEN;
	if (strspn(id, "0123456789abcdef") != CONTAINER_ID_LEN)
		return false;
	c->runtime = id == text ? maker_of(folder, in_pods) : maker_before(text, id);
	if (c->runtime)
		memcpy(c->id, id, CONTAINER_ID_LEN + 1);
	return c->runtime;
}

/* A user may make cgroups of any name below a slice of their own. */
static uid_t user_of(const char *path)
{
	unsigned uid;
	int end = 0;

	return sscanf(path, "/user.slice/user-%u.slice/%n", &uid, &end) == 1 && end ? uid : 0;
}

bool container_in_path(const char *path, struct container *c)
{
	char folder[WORD_MAX + 1] = "", word[WORD_MAX + 1];
	bool in_pods = false;

	*c = (struct container){.uid = user_of(path)};
	while (*(path += strspn(path, "/"))) {
		size_t len = strcspn(path, "/");

		if (len >= sizeof(word))
			return false;
		memcpy(word, path, len);
		word[len] = '\0';
		path += len;
		if (has_id(folder, word, in_pods, c) || has_name(folder, word, c))
			return true;
		*c = (struct container){.uid = c->uid};
		in_pods |= strncmp(word, "kubepods", strlen("kubepods")) == 0;
		memcpy(folder, word, len + 1);
	}
	return false;
}
