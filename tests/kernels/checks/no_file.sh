# A connection that nobody has accepted, which no file holds: each tick has its rate, and never that of several ticks at
# once.
# brief: 5.10,newest
. /kernels/lib.sh

# rates PORT: of the connection on this own port that no process holds, one a line, from the first that is above 0 on.
rates()
{
	rows socket lport="$1" state=estab | sed -nE 's/.*"rx_rate":([0-9]+).*/\1/p' | awk '$1 > 0 { on = 1 } on'
}

enough()
{
	[ "$(rates "$rport" | wc -l)" -lt 12 ] || echo yes
}

skbtop --doctor >report || true
if kernel_is_at_least 5.12; then
	equal 'what serves it' "$(sed -nE 's/^  (yes|less) +values without a file +(.*)/\2/p' report)" \
		'iter/bpf_sk_storage_map helper/bpf_sk_storage_get'
else
	equal 'what serves it' "$(sed -nE 's/^  (yes|less) +values without a file +(.*)/\2/p' report)" 'the slow turn'
fi
make_namespaces
# A queue that holds it all, and a steady pace.
echo '4096 33554432 33554432' >/proc/sys/net/ipv4/tcp_rmem 2>/dev/null || true
ip netns exec far sh -c 'echo "4096 33554432 33554432" >/proc/sys/net/ipv4/tcp_rmem'
skbtop_start --columns state,lport,rport,rx_rate,rx_bytes
guest_start_in_near -n -c 2000 -p 100000 tcp 10.9.0.2 1500000 0 far
equal 'it is there' "$(wait_until enough)" yes
told_rates=$(rates "$rport" | head -n 12)
equal 'ticks without a rate' "$(echo "$told_rates" | tail -n +3 | grep -cx 0 || true)" 0
within 'the highest' "$(echo "$told_rates" | sort -n | tail -n 1)" 50000 200000
within 'the mean' "$(echo "$told_rates" | awk '{ sum += $1 } END { printf "%d", sum / NR }')" 60000 150000
guest_stop
skbtop_stop
done_checking
