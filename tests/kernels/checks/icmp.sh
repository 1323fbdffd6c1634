# Every ICMP echo request and reply is told once at each of its ends, in the trace (-I) and in the layers: a delay of 20
# ms on the way out is the queue's, and the round trip is not shorter. What the kernel answers ends with ICMP, what a
# program reads has all stages that this kernel can stamp.
# brief: 5.10,newest
. /kernels/lib.sh

COUNT=3
plain='--without fentry --without kprobe'

# served KERNEL: without functions, from that kernel on.
served()
{
	[ "$without" != "$plain" ] || kernel_is_at_least "$1"
}

# n_if KERNEL: how many have a stage that is there from that kernel on, without functions.
n_if()
{
	if served "$1"; then echo $COUNT; else echo 0; fi
}

# counted DIR TYPE LINES: of the packets of a direction and type how many there are, how many sequence numbers, and how
# many have each of these values; after that the least tx_qdisc_us and echo_rtt_us, in whole milliseconds.
counted()
{
	echo "$3" | awk -v kprobe="$kprobe" -v dir="\"dir\":\"$1\"" -v type="\"flags\":\"$2\"" "$awk_value"'
		function least(name)
		{
			v = value(name)
			if (v != "" && (!(name in low) || v + 0 < low[name]))
				low[name] = v + 0
		}
		index($0, dir) && index($0, type) {
			n++
			if (!(value("echo_seq") in seen)) distinct++
			seen[value("echo_seq")]
			i = split("rx_mac rx_ip rx_tcp rx_app tx_qdisc tx_nic echo_rtt", names, " ")
			for (; i; i--)
				has[names[i]] += value(names[i] "_us") != ""
			dropped += index($0, "\"dropped\"") > 0
			least("tx_qdisc_us")
			least("echo_rtt_us")
		}
		END {
			# A kprobe is left out while its processor is in a bpf(2) call.
			# Then nobody saw that a raw socket had taken it before the kernel found none that waits for it.
			for (i in has) if (kprobe && has[i] == n - 1) has[i] = n
			if (kprobe && dropped == 1) dropped = 0
			printf "%d %d, %d %d %d %d, %d %d, %d, %d\n", n, distinct,
				has["rx_mac"], has["rx_ip"], has["rx_tcp"], has["rx_app"],
				has["tx_qdisc"], has["tx_nic"], has["echo_rtt"], dropped
			print int(low["tx_qdisc_us"] / 1000), int(low["echo_rtt_us"] / 1000)
		}'
}

# family NAME PROTO: both ends, once each.
family()
{
	told=$(packets proto="$2")
	mac=$(n_if 6.4)
	all_n="$COUNT $COUNT"
	sent=$(counted tx req "$told") got=$(counted rx reply "$told")
	equal "$1, requests sent" "$(echo "$sent" | head -n 1)" "$all_n, 0 0 0 0, $COUNT $COUNT, 0, 0"
	equal "$1, requests received" "$(counted rx req "$told" | head -n 1)" "$all_n, $mac $mac 0 0, 0 0, 0, 0"
	equal "$1, replies sent" "$(counted tx reply "$told" | head -n 1)" "$all_n, 0 0 0 0, $COUNT $COUNT, 0, 0"
	equal "$1, replies received" "$(echo "$got" | head -n 1)" "$all_n, $mac $mac $mac $(n_if 6.3), 0 0, $COUNT, 0"
	within "$1, tx_qdisc ms" "$(echo "$sent" | sed -n '2s/ .*//p')" 20 250
	within "$1, rtt ms" "$(echo "$got" | sed -n '2s/.* //p')" 20 500
	whole "$1" "$told"
}

# layer_n LAYER: how many echo packets the last row of the layers has.
layer_n()
{
	rows layer 'who=icmp echo' "layer=$1" | tail -n 1 | sed -nE 's/.*"n":([0-9]+).*/\1/p'
}

trace()
{
	skbtop_start -I --view packets
	guest_start_in_near tcp 10.9.0.2 1 1 far # so that the namespaces are known
	skbtop_settle
	ip netns exec near ping -q -c $COUNT -i 0.2 10.9.0.2 >/dev/null
	ip netns exec near ping -6 -q -c $COUNT -i 0.2 fd09::2 >/dev/null
	skbtop_settle
	family v4 icmp
	family v6 icmpv6
	trace_stop echo
}

# The figures of both families together, and of nothing else.
layers()
{
	skbtop_start --view layers
	guest_start_in_near tcp 10.9.0.2 1 1 far
	skbtop_settle
	ip netns exec near ping -q -c $COUNT -i 0.2 10.9.0.2 >/dev/null
	ip netns exec near ping -6 -q -c $COUNT -i 0.2 fd09::2 >/dev/null
	skbtop_settle
	equal 'layers, tx_nic n' "$(layer_n tx_nic)" $((4 * COUNT))
	equal 'layers, tx_qdisc n' "$(layer_n tx_qdisc)" $((4 * COUNT))
	longest=$(rows layer 'who=icmp echo' layer=tx_qdisc | tail -n 1 | sed -nE 's/.*"max_us":([0-9]+).*/\1/p')
	within 'layers, tx_qdisc' "$longest" 20000 250000
	equal 'layers, rx_ip n' "$(layer_n rx_ip)" $((4 * COUNT))
	equal 'layers, rx_app n' "$(layer_n rx_app)" $((2 * COUNT))
	guest_stop
	skbtop_stop
}

all()
{
	kprobe=0
	[ "$without" != '--without fentry' ] || kprobe=1
	trace
	[ -n "$without" ] || layers # whose stamps are the trace's
}

make_namespaces
tc -n near qdisc replace dev near0 root netem delay 20ms
each_choice all
done_checking
