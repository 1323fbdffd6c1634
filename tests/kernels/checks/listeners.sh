# What a listener's queue has seen: the most that ever waited, also between ticks, how many were accepted, and for how
# long each waited, by the server's own clock.
# brief: 5.10,newest
. /kernels/lib.sh

listener()
{
	rows listener "lport=$lport" | tail -n 1
}

# Nine wait for 700 ms, which is more than a tick; then nobody does.
waits()
{
	skbtop_start --view listeners
	queue_start 9 8 700
	skbtop_settle
	last=$(listener)
	equal 'queue and limit' "$(field accept_queue "$last") $(field accept_limit "$last")" '0 8'
	equal 'high-water mark' "$(field accept_high "$last") $(field accept_high_60s "$last")" '9 9'
	case $without in
	*kprobe*)
		equal 'what no hook sees' "$(field accept_wait_p50_us "$last")$(field syn_to_accept_p99_us "$last")" ''
		;;
	*)
		# A time is known to its half octave, and never longer than the longest.
		within 'half waited for' "$(field accept_wait_p50_us "$last")" $((least * 2 / 3)) $((most + 1))
		within 'nearly all waited for' "$(field accept_wait_p99_us "$last")" $((least * 2 / 3)) $((most + 1))
		within 'since the SYN' "$(field syn_to_accept_p99_us "$last")" $((least * 2 / 3)) $((most * 2))
		;;
	esac
	within 'accepted, by the rates of half seconds' "$(sum accept_rate "$(rows listener "lport=$lport")")" 12 22
	queue_stop
	skbtop_stop
}

each_choice waits
done_checking
