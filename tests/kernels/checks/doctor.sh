# Everything loads, and each feature is served by the best hook that it has; without these, by the next ones.
. /kernels/lib.sh

# feature NAME: what serves it, from the report.
feature()
{
	sed -nE "s/^  (yes|less|no) +$1 +(.*)/\2/p" /tmp/report
}

# report CHOICE: what serves each feature then, for the table in docs/kernels.md (matrix.py).
report()
{
	skbtop --doctor -i -n $without >/tmp/report 2>&1 || true
	equal 'skbtop can run' "$(tail -n 1 /tmp/report)" 'skbtop can run'
	sed -nE "/^features/,\$s/^  (yes|less|no) +(.*[^ ])  +([^ ].*)/serves\t$1\t\2\t\3/p" /tmp/report
}

# Features that are served by less than their first choice, unless the kernel has nothing better.
not_by_first_choice()
{
	awk '/^features/ { on = 1; next }
		/^[^ ]/ { on = 0 }
		!on { next }
		$1 == "because" { if (/refused|ruled out/) print; less = ""; next }
		{ if (less) print less; less = $1 == "yes" ? "" : $0 }
		END { if (less) print less }' /tmp/report
}

report all
equal 'every feature is served, by its first choice or because this kernel has none' "$(not_by_first_choice)" ''
if kernel_is_at_least 5.12; then
	equal 'ids' "$(feature 'ids of new sockets')" 'helper/bpf_get_socket_cookie'
else
	equal 'ids' "$(feature 'ids of new sockets')" 'cgroup/sock_create cgroup/sock_ops'
fi
equal 'answers' "$(feature 'answers of name servers')" 'cgroup_skb/ingress'
equal 'accept' "$(feature 'owner at accept')" 'fexit/inet_csk_accept'
equal 'connect' "$(feature 'connects without a SYN')" 'fexit/tcp_v4_connect fexit/tcp_v6_connect'
equal 'udp send' "$(feature 'udp bytes sent')" 'fexit/udp_sendmsg fexit/udpv6_sendmsg'
equal 'udp end' "$(feature 'end of a UDP socket')" 'fentry/udp_destroy_sock fentry/udpv6_destroy_sock'
for set in 'walks over maps' 'stamps: walks over maps' 'losses: walk over a map'; do
	equal "$set" "$(feature "$set")" 'iter/bpf_map_elem' # else the collector holds off kprobes' programs
done

without='--without fentry' choice=' (without fentry)'
report 'no fentry'
equal 'accept' "$(feature 'owner at accept')" 'kretprobe/inet_csk_accept'
equal 'connect' "$(feature 'connects without a SYN')" \
	'kprobe/tcp_v4_connect kretprobe/tcp_v4_connect kprobe/tcp_v6_connect kretprobe/tcp_v6_connect'
equal 'udp send' "$(feature 'udp bytes sent')" \
	'kprobe/udp_sendmsg kretprobe/udp_sendmsg kprobe/udpv6_sendmsg kretprobe/udpv6_sendmsg'
equal 'udp receive' "$(feature 'udp bytes received')" 'kprobe/skb_consume_udp'
equal 'udp end' "$(feature 'end of a UDP socket')" 'kprobe/udp_destroy_sock kprobe/udpv6_destroy_sock'

without="$without --without kprobe" choice=' (without fentry and kprobe)'
report 'no kprobe'
equal 'accept' "$(feature 'owner at accept')" 'the next pass over files'
equal 'connect' "$(feature 'connects without a SYN')" 'not served'
if kernel_is_at_least 6.3; then
	equal 'udp send' "$(feature 'udp bytes sent')" 'tp_btf/sock_send_length'
else
	equal 'udp send' "$(feature 'udp bytes sent')" 'not served'
fi
equal 'udp end' "$(feature 'end of a UDP socket')" 'two passes over files'
done_checking
