# machine: nics
# The parts of layers that only a NIC's driver has: GRO before the stack, and the way from the qdisc to the driver. Each
# packet that is measured has them, they are no longer than their layers, and what waits in the qdisc is not in them.
# brief: 5.10,newest
. /kernels/lib.sh

# counted NAME LAYER LINE N: so many were measured.
counted()
{
	equal "$1, $2 n" "$(layer "$2" n "$3")" "$4"
}

# not_longer NAME PART WHOLE LINE: no packet's part is longer than the longest whole, where that can be told apart. A
# packet whose end of the whole a kprobe has missed has the part alone.
not_longer()
{
	[ "$without" = '--without fentry' ] && [ "$(missed)" -gt 0 ] && return 0
	[ -z "$(layer "$3" n "$4")" ] || within "$1, $2 within $3" "$(layer "$2" max_us "$4")" 0 \
		"$(($(layer "$3" max_us "$4") + 1))"
}

# Without functions nobody sees datagrams read before 6.3.
is_read()
{
	[ "$1" = tcp ] || [ "$without" != '--without fentry --without kprobe' ] || kernel_is_at_least 6.3
}

# layers NAME ADDRESS PROTOCOL SIZE: the layers of an exchange; each packet was given out by a qdisc.
layers()
{
	guest_start_in_near "$3" "$2" "$4" 3000 far
	skbtop_settle
	near=$(row proto="$3" lport=$lport rport=$rport) far=$(row proto="$3" lport=$rport rport=$lport)
	sent=$(layer tx_nic n "$near") read=$(layer rx_app n "$far")
	within "$1, sent" "$sent" 1 1000
	counted "$1" tx_qdisc "$near" "$sent"
	counted "$1" tx_direct "$near" "$sent"
	not_longer "$1" tx_direct tx_qdisc "$near"
	if is_read "$3"; then within "$1, read" "$read" 1 1000; else equal "$1, read" "$read" ''; fi
	counted "$1" rx_gro "$far" "$read"
	not_longer "$1" rx_gro rx_mac "$far"
	guest_stop
}

# What waits in the qdisc is not the way from there to the driver. The median: one of few may be slow in this machine.
delayed()
{
	within "$1, tx_qdisc" "$(layer tx_qdisc p50_us "$near")" 16777 250000
	within "$1, tx_direct" "$(layer tx_direct p50_us "$near")" 0 10000
}

# Nothing gives out what has no qdisc.
without_qdisc()
{
	tc -n near qdisc replace dev near0 root noqueue
	guest_start_in_near -c 1000 tcp 10.9.0.2 8000 0 far
	skbtop_settle
	near=$(row lport=$lport rport=$rport)
	within 'noqueue, sent' "$(layer tx_nic n "$near")" 1 100
	counted noqueue tx_direct "$near" ''
	guest_stop
}

all()
{
	tc -n near qdisc replace dev near0 root netem delay 20ms
	skbtop_start -t
	guest_start_in_near tcp 10.9.0.2 1 1 far # so that the namespaces are known
	skbtop_settle
	guest_stop
	layers netem 10.9.0.2 tcp 60000
	delayed netem
	tc -n near qdisc replace dev near0 root fq
	layers 'fq udp' fd09::2 udp 8000
	[ -n "$without" ] || without_qdisc
	skbtop_stop
}

make_nic_namespaces
each_choice all
done_checking
