# With a delay of 20 ms in one direction the round-trip time is that and little more.
. /kernels/lib.sh

measure()
{
	skbtop_start
	guest_start_in_near tcp "$1" 20000 20000 far
	skbtop_settle
	line=$(row lport=$lport rport=$rport)
	rtt=$(field rtt_us "$line")
	within "rtt over $1" "${rtt%.*}" 20000 25000
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

make_namespaces
tc -n near qdisc add dev near0 root netem delay 20ms
each_choice both
done_checking
