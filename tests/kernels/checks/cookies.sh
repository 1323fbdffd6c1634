# Before 5.12 programs cannot give sockets their cookies. Where no program is attached to cgroups either, lists of
# sock_diag must do: what stays is told whole, in namespaces of which nothing was known too, and what does not still
# with its bytes.
. /kernels/lib.sh

both_ends()
{
	equal "$1, client" "$(field tx_bytes "$(wait_row lport=$lport rport=$rport)")" "$sent"
	equal "$1, server" "$(field rx_bytes "$(wait_row lport=$rport rport=$lport)")" "$sent"
}

if kernel_is_at_least 5.12; then
	ok 'lists of sock_diag # SKIP programs make cookies here'
	done_checking
fi
without='--without cgroup'
skbtop --doctor $without >report || true
equal 'they are used' "$(sed -n 's/^  less ids of new sockets *//p' report)" 'lists of sock_diag'
make_namespaces
guest_start_in_near tcp 10.9.0.2 3000 0 far
skbtop_start
both_ends 'older'
guest_stop
guest_start tcp 127.0.0.1 5000 0
both_ends 'new'
ids=$(told ":$lport" | grep -E "\"(lport|rport)\":$lport[,}]" | grep -o '"id":"[^"]*"' | sort -u | wc -l)
equal 'one row for each end' "$ids" 2
guest_stop
guest_start udp 127.0.0.1 5000 0
skbtop_settle
guest_more 3000 0
line=$(wait_row proto=udp lport=$lport rport=$rport tx_bytes=3000)
equal 'udp, from its first list on' "$(field tx_bytes "$line")" 3000
guest_stop
guest_once tcp ::1 70000 3
equal 'short, bytes' "$(field tx_bytes "$(wait_ended lport=$lport rport=$rport)")" "$sent"
skbtop_stop
done_checking
