# The kernel runs our programs for every packet, also for those that come in while the collector reads what the programs
# have counted. (It counts those that it passes over from 6.7 on.)
#
# Kprobes' programs are held off by any look-up into a map: by none of ours. A tracing program that is interrupted, or
# preempted where the kernel does that, and is to run on the same processor meanwhile, is skipped by the kernel itself
# (prog->active), also while the collector is stopped: 4 to 92 of some 100,000 runs. They are told.
# brief: 6.12
. /kernels/lib.sh

# What the kernel says of it.
kernel_skipped()
{
	for pid in $(cat "/proc/$skbtop_pid/task/$skbtop_pid/children"); do
		cat "/proc/$pid/fdinfo/"*
	done | awk '$1 == "recursion_misses:" { n += $2 } END { print n + 0 }'
}

# A stream at a steady pace, so that packets come at any moment of a tick, and connections that begin and end in each
# tick: the collector then looks through all of them.
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
	before=$(kernel_skipped)
	skbtop_settle
	case $without in
	'--without fentry') equal 'runs passed over' "$(skipped_runs)" 0 ;;
	*) within 'runs passed over, as the kernel says' "$(skipped_runs)" "$before" $(($(kernel_skipped) + 1)) ;;
	esac
	guest_stop
	skbtop_stop
}

make_namespaces
each_choice busy
done_checking
