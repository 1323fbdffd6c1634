# Shared by scripts/run and scripts/test: packages, and building as the user who called sudo.
# Every package stands in README.md with what it is for.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

build_packages='gcc libc6-dev meson ninja-build pkg-config clang bpftool libbpf-dev libelf-dev zlib1g-dev
	libncurses-dev libcap-ng-dev libseccomp-dev libjansson-dev
	libnghttp2-dev libzstd-dev'
test_packages='libcmocka-dev libvterm-dev python3 iproute2 nftables util-linux procps ncurses-base
	tshark clang-format libclang-rt-dev nginx-light wrk redis-server redis-tools iperf3
	nghttp2-server nghttp2-client openssl dnsmasq-base memcached postgresql-15 mariadb-server-core
	mariadb-client-core chromium-headless-shell python3-grpcio prometheus openssh-server openssh-client'
kernel_packages='qemu-system-x86 busybox-static python3 iproute2 nftables conntrack xz-utils zstd'
package_packages='dpkg-dev debhelper lintian rpm debootstrap git'

die()
{
	echo "$0: $*" >&2
	exit 1
}

# Names of the packages among "$@" that are not installed.
missing_packages()
{
	for package in "$@"; do
		status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=
		[ "$status" = installed ] || echo "$package"
	done
}

# Installs what is missing; asks apt for nothing if all is there, and for new lists only if the old ones do not do.
need_packages()
{
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	[ "$(id -u)" = 0 ] || die "not installed: $(echo $missing); run with sudo, or install them"
	echo "installing: $(echo $missing)"
	log=$(mktemp)
	install_packages $missing >"$log" 2>&1 ||
		{ apt-get -qq update && install_packages $missing; } >"$log" 2>&1 ||
		{ tail -n 20 "$log" >&2; rm -f "$log"; die "apt could not install them"; }
	rm -f "$log"
}

# Their services are not started: RUNLEVEL is how invoke-rc.d is told so.
install_packages()
{
	RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$@"
}

# Where this machine has its packages from.
mirror()
{
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | sed 's,/*$,,;q'
}

# Runs a command as whoever called sudo, so that the build folder is theirs; as ourselves if there is nobody, or if the
# sources are not theirs to write in.
as_user()
{
	if [ "$(id -u)" = 0 ] && [ "${SUDO_UID:-0}" != 0 ] && [ -n "${SUDO_USER:-}" ] &&
		runuser -u "$SUDO_USER" -- test -w "$root"; then
		runuser -u "$SUDO_USER" -- "$@"
	else
		"$@"
	fi
}

# Gives what root wrote in a build folder back to the user.
give_back()
{
	if [ "$(id -u)" = 0 ] && [ "${SUDO_UID:-0}" != 0 ] && [ "$(stat -c %u "$root")" = "$SUDO_UID" ]; then
		chown -R "$SUDO_UID:$SUDO_GID" "$1"
	fi
}

# build DIR TARGET SETUP-OPTIONS...: configures and builds; silent unless it fails. TARGET "all" is everything.
build()
{
	dir=$1 target=$2
	shift 2
	log=$(mktemp)
	chmod 644 "$log"
	if ! { [ -f "$dir/build.ninja" ] || as_user meson setup "$dir" "$root" "$@"; } >"$log" 2>&1 ||
		! as_user ninja -C "$dir" "$target" >>"$log" 2>&1; then
		tail -n 40 "$log" >&2
		rm -f "$log"
		die "the build in $dir failed"
	fi
	rm -f "$log"
}
