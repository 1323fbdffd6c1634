/* Names of containers: from paths of cgroups, and from the files of their runtimes in a made tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "container_name.h"
#include "error.h"
#include "home.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define USER 4711

static struct home home; /* the root of the made tree */

/* -- paths ----------------------------------------------------------------------------------------------------------
 */

static void expect(const char *path, const char *want)
{
	struct container c;
	char text[CONTAINER_TEXT_MAX] = "";

	if (container_in_path(path, &c))
		container_name("/nowhere", &c, text);
	assert_string_equal(text, want);
}

static void test_ids(void **state)
{
	expect("/system.slice/docker-" ID ".scope", "docker:0123456789ab");
	expect("/docker/" ID, "docker:0123456789ab");
	expect("/docker/" ID "/init.scope", "docker:0123456789ab");
	expect("/system.slice:docker:" ID, "docker:0123456789ab");
	expect("/machine.slice/libpod-" ID ".scope/container", "podman:0123456789ab");
	expect("/libpod_parent/libpod-" ID, "podman:0123456789ab");
	expect("/default/" ID, "containerd:0123456789ab");
	expect("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podf00.slice/cri-containerd-" ID ".scope",
	       "containerd:0123456789ab");
	expect("/kubepods.slice/kubepods-podf00.slice/crio-" ID ".scope", "cri-o:0123456789ab");
	expect("/kubepods/besteffort/podf00/" ID, "pod:0123456789ab");
	expect("/ecs/task/" ID, "container:0123456789ab");
	/* A user's own, which that user may call as they like. */
	expect("/user.slice/user-4711.slice/user@4711.service/user.slice/libpod-" ID ".scope",
	       "podman:0123456789ab@4711");
	/* What a container has made inside of itself. */
	expect("/docker/" ID "/kubelet/kubepods/podf00/" OTHER, "docker:0123456789ab");
}

static void test_no_container(void **state)
{
	expect("/", "");
	expect("/system.slice/docker.service", "");
	expect("/machine.slice/libpod-conmon-" ID ".scope", "");
	expect("/kubepods.slice/kubepods-podf00.slice/crio-conmon-" ID ".scope", "");
	expect("/system.slice/docker-0123456789ab.scope", "");
	expect("/docker/0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef", "");
	expect("/system.slice/dockerx-" ID ".scope", "");
	expect("/x" ID, "");
	expect("/lxc.payload.", "");
	expect("/machine.slice/machine-\\x1b.scope", "");
	expect("/lxc.monitor.web", "");
}

static void test_names_in_paths(void **state)
{
	expect("/lxc.payload.web/system.slice/nginx.service", "web");
	expect("/lxc/web/ns", "web");
	expect("/machine.slice/machine-build\\x2d1.scope/payload", "build-1");
	expect("/machine.slice/systemd-nspawn@db.service/payload", "db");
	expect("/user.slice/user-4711.slice/lxc.payload.web", "web@4711");
}

/* -- files ----------------------------------------------------------------------------------------------------------
 */

static void put(const char *path, const char *text)
{
	cleanup_buf struct buf b = {};
	struct error err = {};

	buf_puts(&b, text);
	assert_int_equal(home_write(&home, path + 1, &b, &err), 0);
}

static void expect_file(const char *cgroup, const char *want)
{
	struct container c;
	char text[CONTAINER_TEXT_MAX];

	assert_true(container_in_path(cgroup, &c));
	container_name(home.path, &c, text);
	assert_string_equal(text, want);
}

static int make_root(void **state)
{
	struct error err = {};

	return home_init(&home, &err);
}

static int remove_root(void **state)
{
	home_deinit(&home);
	return 0;
}

#define DOCKER "/var/lib/docker/containers/" ID "/config.v2.json"

static void test_docker(void **state)
{
	put(DOCKER, "{\"ID\":\"" ID "\",\"Name\":\"/web-1\",\"Config\":{\"Name\":\"no\"}}");
	expect_file("/docker/" ID, "web-1");
	expect_file("/docker/" OTHER, "docker:fedcba987654");
	/* Nobody else's file. */
	expect_file("/user.slice/user-4711.slice/docker-" ID ".scope", "docker:0123456789ab@4711");
	put(DOCKER, "{\"Name\":\"/k8s_app_pod-1_shop_uid_0\"}");
	expect_file("/docker/" ID, "shop/pod-1/app");
	put(DOCKER, "{\"Name\":\"/k8s_POD_pod-1_shop_uid_0\"}");
	expect_file("/docker/" ID, "shop/pod-1");
	put(DOCKER, "{\"Name\":\"/k8s_odd\"}");
	expect_file("/docker/" ID, "k8s_odd");
}

static void test_bad_files(void **state)
{
	static const char *const bad[] = {"",
					  "{",
					  "[]",
					  "{\"Name\":7}",
					  "{\"Name\":\"\"}",
					  "{\"Name\":\"/\"}",
					  "{\"Name\":\"/a b\"}",
					  "{\"Name\":\"/a/b\"}",
					  "{\"Name\":\"/\\u001b[2J\"}"};
	char path[1024], other[1024];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		put(DOCKER, bad[i]);
		expect_file("/docker/" ID, "docker:0123456789ab");
	}
	/* A link is not followed, a fifo not waited for. */
	put("/other", "{\"Name\":\"/web\"}");
	snprintf(path, sizeof(path), "%s%s", home.path, DOCKER);
	snprintf(other, sizeof(other), "%s/other", home.path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(other, path), 0);
	expect_file("/docker/" ID, "docker:0123456789ab");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_file("/docker/" ID, "docker:0123456789ab");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rename(other, path), 0);
	expect_file("/docker/" ID, "web");
}

static void test_too_large(void **state)
{
	size_t size = (1U << 20) + 1;
	cleanup_free char *text = malloc(size + 1);

	assert_non_null(text);
	memset(text, ' ', size);
	memcpy(text, "{\"Name\":\"/web\"}", 15);
	text[size] = '\0';
	put(DOCKER, text);
	expect_file("/docker/" ID, "docker:0123456789ab");
	text[size - 1] = '\0';
	put(DOCKER, text);
	expect_file("/docker/" ID, "web");
}

static void test_kubernetes(void **state)
{
	static const char cgroup[] = "/kubepods.slice/kubepods-podf00.slice/cri-containerd-" ID ".scope";
	char path[1024];

	put("/run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json",
	    "{\"annotations\":{\"io.kubernetes.cri.container-name\":\"app\",\"io.kubernetes.cri.sandbox-name\":\"pod-"
	    "1\","
	    "\"io.kubernetes.cri.sandbox-namespace\":\"shop\"}}");
	expect_file(cgroup, "shop/pod-1/app");
	put("/run/containerd/io.containerd.runtime.v2.task/k8s.io/" OTHER "/config.json",
	    "{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"pod-1\","
	    "\"io.kubernetes.cri.sandbox-namespace\":\"shop\"}}");
	expect_file("/kubepods/podf00/" OTHER, "shop/pod-1");
	/* The links are kept whatever the runtime is; where they lead to does not matter. */
	put("/var/log/containers/pod-2_shop_app-" OTHER ".log", "");
	snprintf(path, sizeof(path), "%s/var/log/containers/pod-2_shop_side-car-" ID ".log", home.path);
	assert_int_equal(symlink("/nowhere", path), 0);
	expect_file(cgroup, "shop/pod-2/side-car");
}

static void test_nerdctl(void **state)
{
	put("/run/containerd/io.containerd.runtime.v2.task/default/" ID "/config.json",
	    "{\"annotations\":{\"nerdctl/name\":\"web\"}}");
	expect_file("/system.slice/nerdctl-" ID ".scope", "web");
}

static void test_podman(void **state)
{
	put("/var/lib/containers/storage/overlay-containers/containers.json",
	    "[{\"id\":\"" OTHER "\",\"names\":[\"db\"]},7,{\"id\":\"" ID "\",\"names\":[\"web\",\"no\"]}]");
	expect_file("/machine.slice/libpod-" ID ".scope/container", "web");
	expect_file("/machine.slice/libpod-" OTHER ".scope/container", "db");
	put("/var/lib/containers/storage/overlay-containers/containers.json", "[]");
	put("/run/containers/storage/overlay-containers/volatile-containers.json",
	    "[{\"id\":\"" ID "\",\"names\":[\"k8s_app_pod-1_shop_uid_3\"]}]");
	expect_file("/kubepods/podf00/crio-" ID, "shop/pod-1/app");
}

/* A user's: of that user's files alone. */
static void test_user(void **state)
{
	static const char list[] = "/home/eve/.local/share/containers/storage/overlay-containers/containers.json";
	static const char cgroup[] = "/user.slice/user-4711.slice/user@4711.service/user.slice/libpod-" ID ".scope";
	char path[1024];

	if (geteuid() != 0)
		skip();
	put("/etc/passwd", "root:x:0:0::/root:/bin/sh\neve:x:4711:4711::/home/eve:/bin/sh\n");
	put(list, "[{\"id\":\"" ID "\",\"names\":[\"web\"]}]");
	expect_file(cgroup, "podman:0123456789ab@4711");
	snprintf(path, sizeof(path), "%s%s", home.path, list);
	assert_int_equal(chown(path, USER, USER), 0);
	expect_file(cgroup, "web@4711");
	/* Where root's are looked for, a user's file does not count. */
	put(DOCKER, "{\"Name\":\"/web\"}");
	snprintf(path, sizeof(path), "%s%s", home.path, DOCKER);
	assert_int_equal(chown(path, USER, USER), 0);
	expect_file("/docker/" ID, "docker:0123456789ab");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ids),
	    cmocka_unit_test(test_no_container),
	    cmocka_unit_test(test_names_in_paths),
	    cmocka_unit_test_setup_teardown(test_docker, make_root, remove_root),
	    cmocka_unit_test_setup_teardown(test_bad_files, make_root, remove_root),
	    cmocka_unit_test_setup_teardown(test_too_large, make_root, remove_root),
	    cmocka_unit_test_setup_teardown(test_kubernetes, make_root, remove_root),
	    cmocka_unit_test_setup_teardown(test_nerdctl, make_root, remove_root),
	    cmocka_unit_test_setup_teardown(test_podman, make_root, remove_root),
	    cmocka_unit_test_setup_teardown(test_user, make_root, remove_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
