# What is wrong with the whole machine is said, with the kernel's own numbers: its limits can only be set low where
# nobody else lives. The rest of the drills is in tests/drills.
# brief: 6.1,newest
# modules: nf_conntrack_netlink
. /kernels/lib.sh

# said CHECK SEVERITY: the last finding of this check, waited for.
said()
{
	wait_until rows finding "check=$1" "severity=$2" | tail -n 1
}

# says NAME LINE TEXT: the whole sentence, an extended regular expression.
says()
{
	if field text "$2" | grep -Exq "$3"; then ok "$1"; else not_ok "$1" "'$(field text "$2")', not '$3'"; fi
}

# limit NAME VALUE...: of /proc/sys/net.
limit()
{
	name=$1
	shift
	echo "$*" >"/proc/sys/net/$name"
}

# tracked NAME: a counter of tracked connections, of all processors, as conntrack(8) has it by netlink.
tracked()
{
	conntrack -S | tr ' \t' '\n\n' | awk -F= -v name="$1" '$1 == name { sum += $2 } END { print sum + 0 }'
}

# The same, and how many are tracked, as the row of this namespace has it.
conntrack_agrees()
{
	skbtop_settle
	line=$(rows stack 'conntrack=[0-9]+' | tail -n 1)
	for name in drop early_drop insert_failed; do
		ours=$(field "$name" "$(echo "$line" | sed 's/conntrack_drop/drop/')")
		equal "conntrack -S, $name" "$ours" "$(tracked $name)"
	done
	equal 'conntrack -C' "$(field conntrack "$line")" "$(conntrack -C)"
}

# Each is a connection of its own.
pings()
{
	for i in $(seq "$1"); do
		busybox ping -q -c 1 -W 1 127.0.0.1 >/dev/null || true
	done
}

conntrack_full()
{
	nft 'add table t; add chain t c { type filter hook input priority 0; }; add rule t c ct state new counter'
	pings 20
	count=$(cat /proc/sys/net/netfilter/nf_conntrack_count)
	limit netfilter/nf_conntrack_max $((count + 1))
	says 'conntrack_full' "$(said conntrack_full warning)" \
		"the table of tracked connections is 9[0-9][.0-9]*% full: $count of $((count + 1))"
	pings 5
	says 'conntrack_full, drops' "$(said conntrack_full critical)" \
		"new connections are dropped: the table of tracked connections is full, [0-9]+ of $((count + 1))"
	within 'conntrack_full, packets dropped' "$(tracked drop)" 1 1000
	nft delete table t
	limit netfilter/nf_conntrack_max 262144
}

# What netem has held comes all at once into the queue of the processor, which has room for one.
softnet()
{
	saved=$(cat /proc/sys/net/core/netdev_max_backlog)
	limit core/netdev_max_backlog 1
	tc -n near qdisc add dev near0 root netem delay 100ms
	guest_once_in_near -c 100 tcp 10.9.0.2 5000 0 far
	says 'softnet' "$(said softnet critical)" \
		'processor 0 drops (<1|[0-9.]+) packets a second: its receive queue is full'
	within 'softnet, packets dropped' "$((0x$(cut -d ' ' -f 2 /proc/net/softnet_stat)))" 1 1000
	tc -n near qdisc delete dev near0 root
	limit core/netdev_max_backlog "$saved"
}

# Data that nobody reads. What a processor keeps in reserve is not counted before it is a megabyte (6.0).
tcp_memory()
{
	limit ipv4/tcp_wmem 4096 8388608 8388608
	guest_start -n tcp 127.0.0.1 3000000 0
	limit ipv4/tcp_mem 1 1 100000
	line=$(said tcp_memory warning)
	says 'tcp_memory' "$line" 'TCP is short of memory: [23][0-9.]*MB of 410MB, 0 of [0-9,]+ orphans'
	pages=$(awk '$1 == "TCP:" { print $NF }' /proc/net/sockstat)
	equal 'tcp_memory, bytes' "$(field value "$line")" "$(awk "BEGIN { printf \"%g\", $pages * 4096 }")"
	limit ipv4/tcp_mem 1 1 "$pages"
	says 'tcp_memory, nearly all' "$(said tcp_memory critical)" \
		'TCP is short of memory: ([0-9.]+MB) of \1, 0 of [0-9,]+ orphans'
	guest_stop
}

make_namespaces
limits=$(cat /proc/sys/net/ipv4/tcp_mem)
skbtop_start --view findings
conntrack_full
skbtop_stop
skbtop_start --view stacks
conntrack_agrees
skbtop_stop
skbtop_start --view findings
softnet
tcp_memory
limit ipv4/tcp_mem "$limits"
skbtop_stop
done_checking
