# With 5 % of the packets lost between two namespaces, retransmits equal the kernel's own count, the causes add up to
# them and are the kernel's, and no byte is missing.
. /kernels/lib.sh

transfer()
{
	before=$(counter near TcpRetransSegs) fast=$(counter near TcpExtTCPFastRetrans)
	probes=$(counter near TcpExtTCPLossProbes)
	skbtop_start --columns \
		id,netns,state,lport,rport,tx_bytes,retrans,retrans_fast,retrans_rto,retrans_tlp,retrans_syn
	guest_start_in_near tcp 10.9.0.2 3000000 1 far
	skbtop_settle
	line=$(row lport=$lport rport=$rport)
	total=$(field retrans "$line")
	equal 'retrans, TcpRetransSegs' "$total" "$(($(counter near TcpRetransSegs) - before))"
	within 'something was lost' "$total" 20 100000
	equal 'sum of the causes' "$(($(field retrans_fast "$line") + $(field retrans_rto "$line") + \
		$(field retrans_tlp "$line") + $(field retrans_syn "$line")))" "$total"
	equal 'fast, TCPFastRetrans' "$(field retrans_fast "$line")" "$(($(counter near TcpExtTCPFastRetrans) - fast))"
	within 'probes, at most TCPLossProbes' "$(field retrans_tlp "$line")" 0 \
		"$(($(counter near TcpExtTCPLossProbes) - probes + 1))"
	equal 'bytes' "$(field tx_bytes "$line")" "$sent"
	guest_stop
	skbtop_stop
}

# Of what has left before, near's own output hook drops every fourth. Before 6.17 the kernel tells of none of these.
hook()
{
	ip netns exec near nft -f - <<-END
		table inet again {
			set seen { typeof tcp sequence; flags dynamic; size 65535; }
			chain out {
				type filter hook output priority 0;
				meta l4proto tcp meta length gt 500 tcp sequence @seen numgen inc mod 4 0 drop
				meta l4proto tcp meta length gt 500 add @seen { tcp sequence }
			}
		}
	END
	before=$(counter near TcpRetransSegs) failed=$(counter near TcpExtTCPRetransFail)
	skbtop_start --columns \
		id,netns,state,lport,rport,retrans,retrans_fast,retrans_rto,retrans_tlp,retrans_syn,retrans_unknown
	guest_start_in_near tcp 10.9.0.2 1500000 1 far
	skbtop_settle
	line=$(row lport=$lport rport=$rport)
	failed=$(($(counter near TcpExtTCPRetransFail) - failed))
	equal 'hook: retrans, TcpRetransSegs' "$(field retrans "$line")" "$(($(counter near TcpRetransSegs) - before))"
	within 'hook: some failed' "$failed" 1 1000
	if kernel_is_at_least 6.17; then
		failed=0
	fi
	equal 'hook: without a cause' "$(field retrans_unknown "$line")" "$failed"
	equal 'hook: sum of the causes' "$(($(field retrans_fast "$line") + $(field retrans_rto "$line") + \
		$(field retrans_tlp "$line") + $(field retrans_syn "$line") + $(field retrans_unknown "$line")))" \
		"$(field retrans "$line")"
	guest_stop
	skbtop_stop
	ip netns exec near nft delete table inet again
}

all()
{
	transfer
	hook
}

make_namespaces
ip -n near link set near0 gso_max_segs 4 # netem drops what it gets, which would be few large packets
tc -n near qdisc add dev near0 root netem loss 5%
each_choice all
done_checking
