# The kernel runs our programs for every packet, also for those that come in while the collector reads what the programs have
# counted: it holds off none of them, with any choice of hooks. (It counts those that it passes over from 6.7 on.)
# brief: 6.12
. /kernels/lib.sh

# A stream at a steady pace, so that packets come at any moment of a tick, and connections that begin and end in each tick: the
# collector then looks through all of them.
busy()
{
	skbtop_start -t --view layers
	guest_start_in_near -c 1000 -p 300000 tcp 10.9.0.2 1 1 far
	until_second=$(($(date +%s) + 8))
	echo '2400000 1' >&9
	while [ "$(date +%s)" -lt "$until_second" ]; do
		ip netns exec near guest tcp 10.9.0.2 1000 1000 far </dev/null >/dev/null
		ip netns exec near guest udp fd09::2 3000 3000 far </dev/null >/dev/null
	done
	guest_hear
	skbtop_settle
	equal 'runs passed over' "$(skipped_runs)" 0
	guest_stop
	skbtop_stop
}

make_namespaces
each_choice busy
done_checking
