# What BBR keeps for itself, and the class that qdiscs go by, are what ss says: the one lies in a module, of which only
# its own BTF knows the layout (before 5.11 none has any: then it is absent), the other has moved in the kernel.
# modules: tcp_bbr
# brief: 5.10,newest
. /kernels/lib.sh

# of_ss PORT PATTERN: what ss prints behind it.
of_ss()
{
	ip netns exec near ss --tos -tinH "sport = :$1" | sed -nE "s/.*$2:([0-9.x]+).*/\1/p"
}

values()
{
	skbtop_start -x
	guest_start_in_near tcp 10.9.0.2 2000000 20000 far
	skbtop_settle
	line=$(row lport=$lport rport=$rport)
	equal 'cc' "$(field cc "$line")" bbr
	bw=$(field bbr_bw "$line")
	if kernel_is_at_least 5.11; then
		within 'bandwidth' "$bw" 1000 100000000000
		equal 'bandwidth, bits a second' "$((${bw:-0} * 8))" "$(of_ss "$lport" 'bbr:\(bw')"
		equal 'gain' "$(field bbr_pacing_gain "$line")" "$(of_ss "$lport" 'pacing_gain')"
	else
		equal 'bandwidth' "$bw" ''
	fi
	equal 'class' "$(field class_id "$line")" "$(($(of_ss "$lport" 'class_id')))"
	guest_stop
	skbtop_stop
}

make_namespaces
ip netns exec near sh -c 'echo bbr >/proc/sys/net/ipv4/tcp_congestion_control'
tc -n near qdisc add dev near0 root netem delay 5ms
each_choice values
done_checking
