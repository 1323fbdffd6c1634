# machine: nics
# What the trace tells of packets that a NIC sends and receives: GRO, the way from the qdisc to the driver, and the
# completion, of each of them, as parts of their layers; and the sums stay right. What is not sent by a NIC is never
# done.
# brief: 5.10,newest
. /kernels/lib.sh

# parts NAME PART WHOLE LINES: no packet's part is negative, or longer than its whole where that is told.
parts()
{
	equal "$1, wrong $2" "$(echo "$4" | awk -v part="$2" -v whole="$3" "$awk_value"'
		value(part) == "" { next }
		value(part) + 0 < 0 || (value(whole) != "" && value(part) + 0 > value(whole) + 0.001)')" ''
}

# readable PROTOCOL BYTES: how many of the received bytes can be told of. virtio leaves headers in pages, from where GRO
# pulls them; in 5.10 not those of datagrams.
readable()
{
	if [ "$1" = tcp ] || kernel_is_at_least 6.1; then echo "$2"; else echo 0; fi
}

# traced PROTOCOL UP DOWN: what is sent was given out by the qdisc, and freed by the NIC; what is received came through
# GRO.
traced()
{
	guest_start_in_near "$1" 10.9.0.2 1 1 far
	trace_start "$lport"
	guest_more "$2" "$3"
	skbtop_settle
	tx=$(packets dir=tx) rx=$(packets dir=rx)
	equal "$1 sent, bytes" "$(sum payload "$(echo "$tx" | grep -v '"retransmit"')")" "$2"
	equal "$1 sent, given out by the qdisc" "$(count "$(packets dir=tx direct_us='.*')")" "$(count "$tx")"
	equal "$1 sent, freed" "$(count "$(packets dir=tx done_us='.*')")" "$(count "$tx")"
	parts "$1 sent" direct_us tx_qdisc_us "$tx"
	parts "$1 sent" done_us none "$tx"
	equal "$1 received, bytes" "$(sum payload "$(echo "$rx" | grep -v '"retransmit"')")" "$(readable "$1" "$3")"
	equal "$1 received, through GRO" "$(count "$(packets dir=rx gro_us='.*')")" "$(count "$rx")"
	parts "$1 received" gro_us rx_mac_us "$rx"
	[ "$1" = udp ] || within "$1 received, of several segments" \
		"$(count "$(packets dir=rx segments='[2-9]|[1-9][0-9]+')")" 1 1000
	whole "$1" "$(packets)"
	trace_stop "$1"
}

# Paced, fq holds what TCP sends until its stamp. A bare acknowledgement and the data that is written while it waits
# there have one sequence number and one stamp, and are two packets.
paced()
{
	guest_start_in_near -c 1000 -p 4000 tcp 10.9.0.2 1 1 far
	trace_start "$lport"
	guest_more 10000 1 # TCP paces no connection's first ten segments
	for round in 1 2 3 4 5; do guest_more 1000 10000; done
	skbtop_settle
	within 'paced, acknowledgements that waited' \
		"$(count "$(packets dir=tx payload=0 'tx_qdisc_us=[1-9][0-9]{4,}.*')")" 1 100
	tx=$(packets dir=tx) rx=$(packets dir=rx)
	equal 'paced, bytes' "$(sum payload "$tx") $(sum payload "$(echo "$rx" | grep -v '"retransmit"')")" \
		'15000 50001'
	equal 'paced, sent again' "$(echo "$tx" | grep '"retransmit"' || true)" ''
	whole paced "$(packets)"
	trace_stop paced
}

# Loopback hands on what it takes.
looped()
{
	guest_start tcp 127.0.0.1 1 1
	trace_start "$lport"
	guest_more 3000 3000
	skbtop_settle
	within 'lo, packets' "$(count "$(packets)")" 2 1000
	equal 'lo, beside the parts' "$(count "$(packets | grep -E '"(gro|direct|done)_us"')")" 0
	trace_stop lo
}

all()
{
	traced tcp 30000 100000
	[ -z "$without" ] || return 0
	traced udp 8000 5000
	paced
	looped
}

make_nic_namespaces
tc -n near qdisc replace dev near0 root fq
each_choice all
done_checking
