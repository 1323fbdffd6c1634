/* Who the monitor becomes, and that there is no way back. The dropping itself needs root, and is done in a child. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "privilege.h"

/* Has no passwd entry on any Debian: above the ranges that adduser takes. */
#define STRANGER "4000001"

static int find(struct identity *id, const char *user, const char *sudo_uid, const char *sudo_gid)
{
	struct error err = {};
	int r;

	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	if (sudo_uid)
		setenv("SUDO_UID", sudo_uid, 1);
	if (sudo_gid)
		setenv("SUDO_GID", sudo_gid, 1);
	r = identity_find(id, user, &err);
	assert_int_equal(r < 0, err.text[0] != '\0');
	return r;
}

static void test_self(void **state)
{
	cleanup_identity struct identity id = {};

	assert_int_equal(find(&id, NULL, NULL, NULL), 0);
	assert_int_equal(id.uid, getuid());
	assert_int_equal(id.gid, getgid());
	assert_false(id.changes);
}

static void test_unknown_user(void **state)
{
	cleanup_identity struct identity id = {};

	assert_int_equal(find(&id, "no-such-user-here", NULL, NULL), -EINVAL);
}

/* SUDO_UID is whatever the caller wrote there, unless root says it. */
static void test_sudo_uid(void **state)
{
	cleanup_identity struct identity known = {}, stranger = {}, bad = {}, worse = {}, root = {};

	if (getuid() != 0) {
		assert_int_equal(find(&known, NULL, "65534", NULL), 0);
		assert_int_equal(known.uid, getuid());
		return;
	}
	assert_int_equal(find(&known, NULL, "65534", NULL), 0);
	assert_int_equal(known.uid, 65534);
	assert_string_equal(known.name, "nobody");
	assert_true(known.changes);
	assert_int_equal(find(&stranger, NULL, STRANGER, "77"), 0);
	assert_int_equal(stranger.uid, 4000001);
	assert_int_equal(stranger.gid, 77);
	assert_null(stranger.name);
	assert_int_equal(find(&bad, NULL, "12x", NULL), -EINVAL);
	assert_int_equal(find(&worse, NULL, "4294967295", "1"), -EINVAL);
	assert_int_equal(find(&root, NULL, "0", "0"), 0);
	assert_false(root.changes);
}

static int drop_and_look(void)
{
	cleanup_identity struct identity id = {};
	struct error err = {};
	uid_t r, e, s;

	setenv("SUDO_UID", "65534", 1);
	setenv("XDG_CONFIG_HOME", "/root/.config", 1);
	setenv("HOME", "/root", 1);
	if (identity_find(&id, NULL, &err) < 0 || privilege_drop(&id, &err) < 0 || privilege_hide(&err) < 0)
		return 1;
	if (getresuid(&r, &e, &s) < 0 || r != 65534 || e != 65534 || s != 65534)
		return 2;
	if (getgroups(0, NULL) > 1 || getgid() == 0)
		return 3;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 4;
	if (setuid(0) == 0 || access("/etc/shadow", R_OK) == 0)
		return 5;
	if (getenv("XDG_CONFIG_HOME") || strcmp(getenv("HOME"), id.home) != 0)
		return 6;
	return 0;
}

/* A plain root login keeps its uid, and nothing else: a file that root may not read by its mode stays closed. */
static int drop_as_root(void)
{
	cleanup_identity struct identity id = {};
	struct error err = {};
	char path[] = "/tmp/skbtop-privilege-XXXXXX";
	int fd = mkstemp(path), status = 0;

	unsetenv("SUDO_UID");
	if (fd < 0 || fchown(fd, 65534, 65534) < 0 || unlink(path) < 0)
		return 1;
	if (identity_find(&id, NULL, &err) < 0 || privilege_drop(&id, &err) < 0)
		status = 2;
	else if (getuid() != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		status = 3;
	else if (fchmod(fd, 0600) == 0)
		status = 4; /* CAP_FOWNER is left */
	close(fd);
	return status;
}

static void in_child(int (*body)(void))
{
	int status = -1;
	pid_t pid;

	if (getuid() != 0)
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(body());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_drop(void **state)
{
	in_child(drop_and_look);
}

static void test_drop_plain_root(void **state)
{
	in_child(drop_as_root);
}

/* A nice value that somebody chose stays; the usual one is left where that is allowed. */
static int be_prompt_and_look(void)
{
	bool allowed;

	setpriority(PRIO_PROCESS, 0, 5);
	privilege_be_prompt();
	if (getpriority(PRIO_PROCESS, 0) != 5)
		return 1;
	allowed = setpriority(PRIO_PROCESS, 0, 0) == 0;
	if (!allowed)
		return 0;
	privilege_be_prompt();
	return getpriority(PRIO_PROCESS, 0) < 0 ? 0 : 2;
}

static void test_be_prompt(void **state)
{
	in_child(be_prompt_and_look);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_self), cmocka_unit_test(test_unknown_user),    cmocka_unit_test(test_sudo_uid),
	    cmocka_unit_test(test_drop), cmocka_unit_test(test_drop_plain_root), cmocka_unit_test(test_be_prompt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
