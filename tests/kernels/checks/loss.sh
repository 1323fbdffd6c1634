# With 5 % of the packets lost between two namespaces, retransmits equal the kernel's own count, the causes add up to
# them and are the kernel's, and no byte is missing.
. /kernels/lib.sh

transfer()
{
	before=$(counter near TcpRetransSegs) fast=$(counter near TcpExtTCPFastRetrans) probes=$(counter near TcpExtTCPLossProbes)
	skbtop_start --columns id,netns,state,lport,rport,tx_bytes,retrans,retrans_fast,retrans_rto,retrans_tlp,retrans_syn
	guest_start_in_near tcp 10.9.0.2 3000000 1 far
	skbtop_settle
	line=$(row lport=$lport rport=$rport)
	total=$(field retrans "$line")
	equal 'retrans, TcpRetransSegs' "$total" "$(($(counter near TcpRetransSegs) - before))"
	within 'something was lost' "$total" 20 100000
	equal 'sum of the causes' "$(($(field retrans_fast "$line") + $(field retrans_rto "$line") + \
		$(field retrans_tlp "$line") + $(field retrans_syn "$line")))" "$total"
	equal 'fast, TCPFastRetrans' "$(field retrans_fast "$line")" "$(($(counter near TcpExtTCPFastRetrans) - fast))"
	within 'probes, at most TCPLossProbes' "$(field retrans_tlp "$line")" 0 "$(($(counter near TcpExtTCPLossProbes) - probes))"
	equal 'bytes' "$(field tx_bytes "$line")" "$sent"
	guest_stop
	skbtop_stop
}

make_namespaces
ip -n near link set near0 gso_max_segs 4 # netem drops what it gets, which would be few large packets
tc -n near qdisc add dev near0 root netem loss 5%
each_choice transfer
done_checking
