# In the trace of one socket retransmits are marked, and what this machine drops is told with the place and the reason.
# brief: 5.10,6.1,newest
. /kernels/lib.sh

# Every retransmit that the kernel counts is marked, and what netem threw away was dropped on this machine.
lossy()
{
	tc -n near qdisc replace dev near0 root netem loss 5%
	guest_start_in_near tcp 10.9.0.2 1 1 far
	trace_start "$lport"
	before=$(counter near TcpRetransSegs) lost=0 rounds=0
	# Which packets netem throws away is chance.
	while [ "$lost" -lt 3 ] && [ "$rounds" -lt 10 ]; do
		guest_more 600000 1
		lost=$(($(counter near TcpRetransSegs) - before)) rounds=$((rounds + 1))
	done
	skbtop_settle
	marked=$(packets dir=tx retransmit='fast|rto|tlp|unknown')
	equal 'loss, retransmits' "$(sum segments "$marked")" "$(($(counter near TcpRetransSegs) - before))"
	within 'loss, something was lost' "$(count "$marked")" 1 300
	within 'loss, dropped' "$(count "$(packets dir=tx dropped=true)")" 1 300
	whole loss "$(packets)"
	trace_stop loss
}

# What comes in with a wrong checksum. An acknowledgement may be among it, and is sent once more when nobody waits for
# it any more, before the first exchange of the trace as well as behind the last: hence the counter's readings around
# all of that.
corrupt()
{
	tc -n near qdisc replace dev near0 root netem corrupt 10%
	guest_start_in_near tcp 10.9.0.2 1 1 far
	first=$(counter far TcpInCsumErrors)
	trace_start "$rport"
	before=$(counter far TcpInCsumErrors) counted=0 rounds=0
	# Which packets netem corrupts is chance.
	while [ "$counted" -lt 3 ] && [ "$rounds" -lt 10 ]; do
		guest_more 150000 1
		counted=$(($(counter far TcpInCsumErrors) - before)) rounds=$((rounds + 1))
	done
	skbtop_settle
	within 'corrupt, counted' "$counted" 3 100
	# But those whose addresses, ports or sequence numbers are wrong; before 5.17 TCP frees most without telling.
	if kernel_is_at_least 5.17; then
		least=1 dropped=$(packets dir=rx dropped=true drop_reason=TCP_CSUM)
	else
		least=0 dropped=$(packets dir=rx dropped=true 'drop_function=tcp_.*')
		equal 'corrupt, reason' "$(count "$(packets drop_reason=.*)")" 0
	fi
	within 'corrupt, dropped' "$(count "$dropped")" "$least" "$(($(counter far TcpInCsumErrors) - first + 1))"
	whole corrupt "$(packets)"
	trace_stop corrupt
}

all()
{
	lossy
	corrupt
}

make_namespaces
ip -n near link set near0 gso_max_segs 4 # netem drops what it gets, which would be few large packets
each_choice all
done_checking
