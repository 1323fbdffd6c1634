# Every loss is told, with its reason: as many retransmits as the kernel counts, and what a rule drops.
# brief: 5.10,6.1,6.12,newest
. /kernels/lib.sh

retransmits()
{
	tc -n near qdisc replace dev near0 root netem loss 10%
	skbtop_start --view retransmits
	before=$(counter near TcpRetransSegs)
	guest_start_in_near tcp 10.9.0.2 400000 1 far
	lost=$(($(counter near TcpRetransSegs) - before)) rounds=0
	# Which packets netem throws away is chance.
	while [ "$lost" -lt 5 ] && [ "$rounds" -lt 10 ]; do
		guest_more 400000 1
		lost=$(($(counter near TcpRetransSegs) - before)) rounds=$((rounds + 1))
	done
	skbtop_settle
	told=$(rows retransmit rport=$rport)
	equal 'retransmits, TcpRetransSegs' "$(sum segments "$told")" "$(($(counter near TcpRetransSegs) - before))"
	within 'something was lost' "$(sum segments "$told")" 5 10000
	equal 'all of this socket' "$(count "$(rows retransmit lport=$lport rport=$rport)")" "$(count "$told")"
	guest_stop
	skbtop_stop
	tc -n near qdisc delete dev near0 root
}

# Each of the first three packets with data is dropped on its way in; TCP sends them again.
drops()
{
	ip netns exec far nft -f - <<-END
		table inet losses {
			chain in {
				type filter hook input priority 0;
				meta l4proto tcp meta length gt 500 numgen inc mod 4 0 counter drop
			}
		}
	END
	skbtop_start --view drops
	# Data may come before the accept: who has the connection is known before it is hit.
	guest_start_in_near -c 1000 tcp 10.9.0.2 1 1 far
	skbtop_settle
	guest_more 20000 1
	skbtop_settle
	told=$(rows drop dir=rx lport=$rport rport=$lport)
	dropped=$(ip netns exec far nft list table inet losses | sed -nE 's/.*counter packets ([0-9]+).*/\1/p')
	within 'rule, dropped' "$dropped" 3 100
	equal 'rule, told' "$(count "$told")" "$dropped"
	equal 'rule, whom it hit' "$(count "$(rows drop lport=$rport rport=$lport comm=server)")" "$dropped"
	equal 'rule, where' "$(count "$(rows drop 'function=nf_hook_slow|nft_do_chain|ip_local_deliver')")" "$dropped"
	if kernel_is_at_least 5.17; then
		equal 'rule, reason' "$(count "$(rows drop reason=NETFILTER_DROP)")" "$dropped"
	else
		equal 'rule, reason' "$(count "$(rows drop reason=.*)")" 0
	fi
	guest_stop
	skbtop_stop
	ip netns exec far nft delete table inet losses
}

all()
{
	retransmits
	drops
}

make_namespaces
ip -n near link set near0 gso_max_segs 4 # netem drops what it gets, which would be few large packets
each_choice all
done_checking
