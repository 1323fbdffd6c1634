# Whichever control groups a machine has mounted, version 1, both or none: everything is served as with version 2, bytes
# and owners of sockets are right, and nothing is mounted where others would see it.
# brief: 5.10,newest
. /kernels/lib.sh

version_1()
{
	mount -t tmpfs cgroups /sys/fs/cgroup
	for controller in memory net_cls; do
		mkdir /sys/fs/cgroup/$controller
		mount -t cgroup -o $controller $controller /sys/fs/cgroup/$controller || echo "# no $controller"
	done
}

hybrid()
{
	version_1
	mkdir /sys/fs/cgroup/unified
	mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
	mkdir /sys/fs/cgroup/unified/service
}

unmount_all()
{
	for where in unified net_cls memory; do
		umount /sys/fs/cgroup/$where 2>/dev/null || true
	done
	umount /sys/fs/cgroup
}

# What is served without a first choice because of control groups.
hindered()
{
	skbtop --doctor | grep -c 'no cgroup v2' || true
}

# counts NAME CGROUP: a connection between two programs in the group of the one, where it is given.
counts()
{
	choice=" ($1)"
	mounts=$(md5sum </proc/self/mounts)
	equal 'hindered' "$(hindered)" 0
	skbtop_start --columns netns,state,lport,rport,tx_bytes,rx_bytes,pid,comm,cgroup,proto
	guest_start tcp 127.0.0.1 3000 20000
	skbtop_settle
	row=$(wait_row lport=$lport rport=$rport)
	equal 'bytes and owner' "$(field tx_bytes "$row") $(field rx_bytes "$row") $(field comm "$row")" \
		"$sent $received client"
	equal 'control group' "$(field cgroup "$row")" "$2"
	guest_stop
	guest_once tcp ::1 70000 3
	equal 'short, bytes' "$(field tx_bytes "$(wait_ended lport=$lport rport=$rport)")" "$sent"
	skbtop_stop
	equal 'mounts' "$(md5sum </proc/self/mounts)" "$mounts"
	choice=
}

umount /sys/fs/cgroup
counts none /
version_1
counts 'version 1' /
unmount_all
hybrid
echo $$ >/sys/fs/cgroup/unified/service/cgroup.procs
counts hybrid /service
done_checking
