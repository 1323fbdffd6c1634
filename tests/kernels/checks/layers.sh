# A known wait lands in its layer and nowhere else, and as many packets are measured as were sent: a delay of 20 ms on
# the way out, a reader that comes 50 or 400 ms late, a paced sender. Layers that this kernel cannot tell apart are
# absent.
# brief: 5.10,6.1,6.12,newest
. /kernels/lib.sh

plain='--without fentry --without kprobe'

# served LAYER KERNEL: is it there with these hooks? Without functions, from that kernel on.
served()
{
	[ "$without" != "$plain" ] || kernel_is_at_least "$2"
}

# has NAME LAYER N LINE: so many were measured. While a kprobe's program runs, whatever interrupts it passes all kprobes
# unseen, a whole burst of packets perhaps on a processor as slow as this one: those skbtop has counted as missed.
has()
{
	got=$(layer "$2" n "$4")
	missed=$(missed)
	if [ "$without" = '--without fentry' ] && [ -n "$3" ] && [ "${got:-0}" != "$3" ] && [ "$missed" -gt 0 ]; then
		within "$1, $2 n, ${missed} missed" "$((${got:-0} + missed))" "$3" "$(($3 + missed))"
	else
		equal "$1, $2 n" "$got" "$3"
	fi
}

# The longest of few packets is also that of a machine which emulates one slow processor for them and for skbtop: what
# must be short is the median.
small()
{
	for name in $2; do
		[ -z "$(layer "$name" n "$3")" ] || within "$1, $name" "$(layer "$name" p50_us "$3")" 0 10000
	done
}

# sender NAME LINE: the median is as exact as its bucket, from 16.8 ms on. What follows the delay waits in the queue
# until the processor, which skbtop's tick may have, comes to it.
sender()
{
	within "$1, tx_qdisc p50" "$(layer tx_qdisc p50_us "$2")" 16777 100000
	within "$1, tx_qdisc" "$(layer tx_qdisc max_us "$2")" 20000 250000
	equal "$1, as many through the driver" "$(layer tx_nic n "$2")" "$(layer tx_qdisc n "$2")"
	small "$1" 'tx_ip tx_nic' "$2"
}

# receiver NAME N LINE MILLISECONDS: so far behind.
receiver()
{
	if served rx_mac 6.4; then has "$1" rx_mac "$2" "$3"; else has "$1" rx_mac '' "$3"; fi
	if served rx_ip 6.4; then has "$1" rx_ip "$2" "$3"; else has "$1" rx_ip '' "$3"; fi
	if served rx_tcp 6.3; then has "$1" rx_tcp "$2" "$3"; else has "$1" rx_tcp '' "$3"; fi
	has "$1" rx_app "$2" "$3"
	within "$1, rx_app" "$(layer rx_app max_us "$3")" "${4}000" "$(($4 + 200))000"
	small "$1" 'rx_mac rx_ip rx_tcp' "$3"
}

stream()
{
	skbtop_between_ticks # one tick in the wrong moment would be the client's whole wake-up
	guest_start_in_near -c 1000 -w 400 tcp "$1" 8000 3000 far
	skbtop_settle
	near=$(row lport=$lport rport=$rport) far=$(row lport=$rport rport=$lport)
	if served tx_tcp 6.17; then has "tcp $1" tx_tcp 8 "$near"; else has "tcp $1" tx_tcp '' "$near"; fi
	equal "tcp $1, as many leave TCP" "$(layer tx_ip n "$near")" "$(layer tx_nic n "$near")"
	sender "tcp $1" "$near"
	small "tcp $1" tx_tcp "$near"
	if served rx_wakeup 6.3; then # the client sleeps in recv() meanwhile
		within "tcp $1, rx_wakeup n" "$(layer rx_wakeup n "$near")" 1 4
		# Not the 400 ms for which far's program does not read, which is longer than any tick of skbtop's.
		within "tcp $1, rx_wakeup" "$(layer rx_wakeup p50_us "$near")" 0 300000
	else
		has "tcp $1" rx_wakeup '' "$near"
	fi
	receiver "tcp $1" 8 "$far" 400
	guest_stop
}

# Datagrams have no stamp as they leave UDP.
datagrams()
{
	guest_start_in_near -w 50 udp "$1" 8000 3000 far
	skbtop_settle
	near=$(row proto=udp lport=$lport rport=$rport) far=$(row proto=udp lport=$rport rport=$lport)
	has "udp $1" tx_tcp '' "$near"
	has "udp $1" tx_ip '' "$near"
	has "udp $1" tx_nic 8 "$near"
	sender "udp $1" "$near"
	if served rx_app 6.3; then receiver "udp $1" 8 "$far" 50; else has "udp $1" rx_app '' "$far"; fi
	guest_stop
}

# fq holds back what TCP stamps with a later departure.
paced()
{
	guest_start_in_near -c 1000 -p 100000 tcp 10.9.0.2 40000 0 far
	skbtop_settle
	near=$(row lport=$lport rport=$rport)
	within 'paced, n' "$(layer tx_paced n "$near")" 1 60 # how many depends on how large TCP makes them
	within 'paced, tx_paced' "$(layer tx_paced p50_us "$near")" 10000 200000
	within 'paced, tx_paced is a part of tx_qdisc' "$(layer tx_paced max_us "$near")" 5000 \
		"$(($(layer tx_qdisc max_us "$near") + 1))"
	small paced 'tx_ip tx_nic' "$near"
	guest_stop
}

# Twelve writes, paced, are read together: until then they lie on the queue.
low_water()
{
	guest_start_in_near -l 1200 -c 100 -p 4000 tcp 10.9.0.2 1200 1 far
	guest_more 1200 1 # TCP paces none of the first ten
	skbtop_settle
	far=$(row lport=$rport rport=$lport)
	measured=$(layer rx_app n "$far")
	within 'low water, rx_app n' "$measured" 4 24 # TCP puts some of them together
	within 'low water, rx_app' "$(layer rx_app max_us "$far")" 50000 900000
	if served rx_tcp 6.3; then has 'low water' rx_tcp "$measured" "$far"; fi
	small 'low water' 'rx_mac rx_ip rx_tcp' "$far"
	guest_stop
}

all()
{
	tc -n near qdisc replace dev near0 root netem delay 20ms
	skbtop_start -t
	guest_start_in_near tcp 10.9.0.2 1 1 far # so that the namespaces are known
	skbtop_settle
	guest_stop
	for address in 10.9.0.2 fd09::2; do
		stream $address
		datagrams $address
	done
	tc -n near qdisc replace dev near0 root fq
	paced
	low_water
	skbtop_stop
}

make_namespaces
each_choice all
done_checking
