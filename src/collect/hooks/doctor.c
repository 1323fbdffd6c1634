/* What can be checked before anything runs (privileges, BTF, lockdown), and the report of --doctor. */
#include <bpf/libbpf.h>
#include <cap-ng.h>
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "cgroup.h"
#include "confine.h"
#include "hooks.h"
#include "privilege_table.h"
#include "sandbox.h"
#include "kernel_btf.h"

#define LOCKDOWN_PATH "/sys/kernel/security/lockdown"

/* "none [integrity] confidentiality": the bracketed word, or "none" without lockdown. */
static void lockdown(char *dst, size_t size)
{
	cleanup_fclose FILE *f = fopen(LOCKDOWN_PATH, "re");
	char line[128] = "", *open, *close;

	snprintf(dst, size, "none");
	if (!f || !fgets(line, sizeof(line), f))
		return;
	open = strchr(line, '[');
	close = open ? strchr(open, ']') : NULL;
	if (close)
		snprintf(dst, size, "%.*s", (int)(close - open - 1), open + 1);
}

static int check_privileges(struct error *err)
{
	bool missing = false;

	capng_get_caps_process();
	for (size_t i = 0; i < privilege_count; i++)
		missing |= privileges[i].required && !privilege_held(&privileges[i]);
	/* Before 5.8 there was only CAP_SYS_ADMIN; it still implies both. */
	if (missing && !capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN))
		return error_set(
		    err, -EPERM,
		    "needs CAP_BPF and CAP_PERFMON: run with sudo, or setcap cap_bpf,cap_perfmon,cap_sys_admin,"
		    "cap_dac_read_search,cap_sys_ptrace,cap_syslog+ep");
	return 0;
}

int collect_check(const struct collect_options *o, struct error *err)
{
	char level[32], from[KERNEL_BTF_FROM_MAX];
	int r = check_privileges(err);

	if (r == 0)
		r = kernel_btf_look(o->btf, from, err);
	if (r < 0)
		return r;
	lockdown(level, sizeof(level));
	if (strcmp(level, "confidentiality") == 0)
		return error_set(err, -EPERM,
				 "the kernel is locked down (confidentiality): BPF may not read its memory; boot with "
				 "lockdown=integrity or none");
	return 0;
}

static void print_privileges(FILE *out)
{
	capng_get_caps_process();
	fprintf(out, "privileges\n");
	for (size_t i = 0; i < privilege_count; i++)
		fprintf(out, "  %-4s cap_%-18s %s%s\n", privilege_held(&privileges[i]) ? "yes" : "no",
			privileges[i].name, privileges[i].use, privileges[i].required ? "" : " (optional)");
}

static void print_features(FILE *out, const struct hooks *h)
{
	fprintf(out, "features\n");
	for (enum feature_id f = 0; f < FEATURE_COUNT; f++) {
		char hook[200];

		hooks_describe(h, f, hook, sizeof(hook));
		fprintf(out, "  %-4s %-34s %s\n",
			hooks_has(h, f) ? "yes"
			: *hook         ? "less"
					: "no",
			hooks_feature_name(f), *hook ? hook : "not served");
		if (h->state[f].reason[0])
			fprintf(out, "       %-34s   because %s\n", "", h->state[f].reason);
	}
}

int collect_doctor(FILE *out, const struct collect_options *o)
{
	struct error err = {};
	struct hooks h;
	struct utsname u = {};
	char level[32], from[KERNEL_BTF_FROM_MAX];
	struct confine_walls walls = {sandbox_has_filters(),
				      sandbox_landlock_abi()}; /* cannot be asked for once confined */
	int r = kernel_btf_provide(o->btf, from, &err);

	hooks_init(&h, o);
	uname(&u);
	lockdown(level, sizeof(level));
	fprintf(out, "kernel      %s %s\n", u.release, u.machine);
	fprintf(out, "btf         %s\n", from);
	fprintf(out, "lockdown    %s\n", level);
	fprintf(out, "libbpf      %s\n", libbpf_version_string());
	print_privileges(out);
	if (r == 0)
		r = collect_check(o, &err);
	cgroup_init();
	/* The rest is tried as the collector would do it. */
	if (r == 0)
		r = confine(&err);
	if (r == 0) {
		confine_describe(out, &walls);
		for (enum hook_set set = 0; set < SET_COUNT; set++) {
			struct error why = {};
			int loaded = hooks_load(&h, set, &why);

			if (loaded < 0)
				(void)!hooks_choose(&h, set, &(struct error){});
			if (loaded < 0)
				hooks_refuse(&h, set, why.text);
			if (loaded < 0 && set == SET_TABLE) {
				r = loaded;
				err = why;
			}
		}
		print_features(out, &h);
		hooks_deinit(&h);
	}
	if (r < 0)
		fprintf(out, "skbtop cannot run: %s\n", err.text);
	else
		fprintf(out, "skbtop can run\n");
	return r < 0 ? 1 : 0;
}
