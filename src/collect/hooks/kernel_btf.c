/* Finds the kernel's types, and puts a copy where libbpf looks for them: it takes the numbers by which programs attach,
 * and kernel functions, from nowhere else (its btf_custom_path is for fields alone). */
#include "kernel_btf.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "hooks.h"
#include "probe.h"

#define OWN "/sys/kernel/btf/vmlinux"
#define FOLDER "/boot" /* the one of libbpf's that every system has; the collector needs nothing else there */

/* Where libbpf looks, in its order; * is the kernel's release. */
static const char *const images[] = {
    FOLDER "/vmlinux-*",
    "/lib/modules/*/vmlinux-*",
    "/lib/modules/*/build/vmlinux",
    "/usr/lib/modules/*/kernel/vmlinux",
    "/usr/lib/debug/boot/vmlinux-*",
    "/usr/lib/debug/boot/vmlinux-*.debug",
    "/usr/lib/debug/lib/modules/*/vmlinux",
};

struct found {
	struct btf *btf; /* owned; NULL: the kernel shows them, where libbpf looks first */
	bool lend;       /* libbpf would not find them */
};

static void image_path(char *dst, size_t size, size_t i)
{
	struct utsname u = {};

	uname(&u);
	dst[0] = '\0';
	for (const char *part = images[i], *star; part; part = star ? star + 1 : NULL) {
		size_t len = strlen(dst);

		star = strchr(part, '*');
		snprintf(dst + len, size - len, "%.*s%s", (int)strcspn(part, "*"), part, star ? u.release : "");
	}
}

static bool is_vmlinux(u32 id)
{
	char name[16] = "";
	struct bpf_btf_info info = {.name = (u64)(uintptr_t)name, .name_len = sizeof(name)};
	u32 size = sizeof(info);
	cleanup_close int fd = bpf_btf_get_fd_by_id(id);

	return fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && info.kernel_btf &&
	       strcmp(name, "vmlinux") == 0;
}

/* The kernel's own have an id from 5.11 on, once it has read them: for the first program that it checks. */
static struct btf *told_by_bpf(void)
{
	static const struct bpf_insn insns[] = {{.code = 0xb7}, {.code = 0x95}}; /* r0 = 0; exit */
	cleanup_close int prog =
	    bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "types", "GPL", insns, ARRAY_SIZE(insns), NULL);
	u32 id = 0;

	while (bpf_btf_get_next_id(id, &id) == 0)
		if (is_vmlinux(id))
			return btf__load_from_kernel_by_id(id);
	return NULL;
}

static struct btf *of_an_image(char *from)
{
	for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
		struct btf *btf;

		image_path(from, KERNEL_BTF_FROM_MAX, i);
		btf = access(from, R_OK) == 0 ? btf__parse(from, NULL) : NULL;
		if (btf)
			return btf;
	}
	return NULL;
}

/* What the file says decides what the programs read of the kernel's memory: it is not for a user whom capabilities of
 * our file let run us. */
static int read_file(struct found *t, const char *file, char *from, struct error *err)
{
	struct stat st;

	if (getuid() != 0)
		return error_set(err, -EPERM, "--btf is for root alone");
	if (stat(file, &st) < 0)
		return error_set(err, -errno, "--btf %s: %s", file, strerror(errno));
	t->btf = S_ISREG(st.st_mode) ? btf__parse(file, NULL) : NULL;
	if (!t->btf)
		return error_set(err, -EINVAL, "--btf %s: it has no BTF", file);
	snprintf(from, KERNEL_BTF_FROM_MAX, "%s (--btf)", file);
	t->lend = true;
	return 0;
}

/* A type's number in another build's is another type's in the kernel: an iterator's the kernel refuses to load then. */
static int check_kernel(const struct btf *btf, const char *from, struct error *err)
{
	char why[128];

	if (probe_hook(btf, HOOK_ITER, "task_file", false, why, sizeof(why)) == 0)
		return 0;
	return error_set(err, -EINVAL,
			 "the BTF of %s is not this kernel's (or only a part of it), or the kernel was built without "
			 "CONFIG_DEBUG_INFO_BTF",
			 from);
}

static int find(struct found *t, const char *file, char *from, struct error *err)
{
	int r;

	snprintf(from, KERNEL_BTF_FROM_MAX, "%s%s", OWN, file ? " (--btf is not needed)" : "");
	if (access(OWN, R_OK) == 0)
		return 0;
	if (file) {
		r = read_file(t, file, from, err);
		return r < 0 ? r : check_kernel(t->btf, from, err);
	}
	t->btf = told_by_bpf();
	if (t->btf) {
		snprintf(from, KERNEL_BTF_FROM_MAX, "the kernel's own, by BPF (no %s)", OWN);
		t->lend = true;
		return 0;
	}
	t->btf = of_an_image(from);
	if (t->btf)
		return check_kernel(t->btf, from, err);
	return error_set(err, -ENOENT,
			 "no BTF of this kernel: not in %s, not by BPF (from Linux 5.11 on, with CAP_SYS_ADMIN), no "
			 "vmlinux in /boot or /usr/lib/debug; name a copy with --btf FILE",
			 OWN);
}

static int find_quietly(struct found *t, const char *file, char *from, struct error *err)
{
	libbpf_print_fn_t before = libbpf_set_print(NULL);
	int r = find(t, file, from, err);

	libbpf_set_print(before);
	if (r < 0)
		snprintf(from, KERNEL_BTF_FROM_MAX, "missing");
	return r;
}

static int write_copy(const struct btf *btf)
{
	char path[KERNEL_BTF_FROM_MAX];
	u32 size;
	const void *data = btf__raw_data(btf, &size);
	FILE *f;
	bool whole;

	image_path(path, sizeof(path), 0);
	f = data ? fopen(path, "wxe") : NULL;
	if (!f)
		return -1;
	/* Confined, we are another user. */
	whole = fwrite(data, size, 1, f) == 1 && fchmod(fileno(f), 0444) == 0;
	return fclose(f) == 0 && whole ? 0 : -1;
}

/* Others do not see it, and it goes with us. What is mounted elsewhere still comes to us: /run/netns. */
static int lend(const struct btf *btf, struct error *err)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
	    mount("skbtop", FOLDER, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755") < 0 || write_copy(btf) < 0)
		return error_set(err, -errno, "cannot put the kernel's BTF into " FOLDER " of a mount namespace: %s",
				 strerror(errno));
	return 0;
}

int kernel_btf_look(const char *file, char *from, struct error *err)
{
	struct found t = {};
	int r = find_quietly(&t, file, from, err);

	btf__free(t.btf);
	return r;
}

int kernel_btf_provide(const char *file, char *from, struct error *err)
{
	struct found t = {};
	int r = find_quietly(&t, file, from, err);

	if (r == 0 && t.lend)
		r = lend(t.btf, err);
	btf__free(t.btf);
	return r;
}
