# With a delay of 20 ms in one direction the least round-trip time is that and little more, and the smoothed one is what
# ss says: acknowledgements that the other end holds back are in it.
. /kernels/lib.sh

# ss's, in whole microseconds.
smoothed()
{
	ip netns exec near ss -tinH "sport = :$1" | sed -nE 's/.* rtt:([0-9.]+).*/\1/p' |
		awk '{ printf "%d\n", $1 * 1000 + 0.5 }'
}

measure()
{
	skbtop_start
	guest_start_in_near tcp "$1" 20000 20000 far
	skbtop_settle
	line=$(row lport=$lport rport=$rport)
	rtt=$(field rtt_us "$line")
	within "rtt over $1" "${rtt%.*}" 20000 100000
	equal "rtt over $1, of ss" "${rtt%.*}" "$(smoothed "$lport")"
	least=$(field minrtt_us "$line")
	within "least rtt over $1" "${least%.*}" 20000 25000
	guest_stop
	skbtop_stop
}

both()
{
	measure 10.9.0.2
	measure fd09::2
}

# Each answer acknowledges what it answers, and the next segment tells of it: one may be missing. Where the other end is
# late, an acknowledgement comes before.
acknowledged()
{
	skbtop_start -t --columns netns,state,lport,rport,layers
	guest_start_in_near tcp 10.9.0.2 100 100 far
	for turn in 1 2 3 4 5 6 7 8 9; do
		guest_more 100 100
	done
	skbtop_settle
	line=$(row lport=$lport rport=$rport)
	within 'acknowledged' "$(layer tx_ack n "$line")" 9 11
	within 'half of them' "$(layer tx_ack p50_us "$line")" 16777 25166
	guest_stop
	skbtop_stop
}

make_namespaces
tc -n near qdisc add dev near0 root netem delay 20ms
each_choice both
each_choice acknowledged
done_checking
