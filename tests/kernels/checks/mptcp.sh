# MPTCP: two subflows are one connection, by the token that ss has, and its bytes count once, where the kernel counts
# them (6.5).
# modules: mptcp_diag
. /kernels/lib.sh

# tokens NAMESPACE: of its connections.
tokens()
{
	ip netns exec "$1" ss -MniH state established | sed -nE 's/.*token:([0-9a-f]+).*/\1/p'
}

# two KEY: the last row of a connection with two subflows where this is the server's port.
two()
{
	rows mptcp "$1=$rport" members=2 | tail -n 1
}

connection()
{
	skbtop_start --view mptcp
	guest_start_in_near mptcp 10.9.0.2 100000 5000 far
	line=$(wait_until two rport)
	equal 'token at the client' "$(field mptcp_conn "$line")" "$(tokens near)"
	guest_more 20000 0
	skbtop_settle
	line=$(two rport) there=$(two lport)
	equal 'token at the server' "$(field mptcp_conn "$there")" "$(tokens far)"
	within 'bytes by all subflows' "$(field tx_bytes "$line")" 120000 250000
	if kernel_is_at_least 6.5; then
		equal 'bytes sent' "$(field mptcp_tx_bytes "$line")" 120000
		equal 'bytes received' "$(field mptcp_rx_bytes "$there")" 120000
	else
		equal 'bytes sent' "$(field mptcp_tx_bytes "$line")" ''
	fi
	guest_stop
	skbtop_stop
}

make_namespaces
for end in near:1 far:2; do
	ip -n "${end%:*}" address add "10.8.0.${end#*:}/24" dev "${end%:*}0"
	ip netns exec "${end%:*}" sh -c 'echo 1 >/proc/sys/net/mptcp/enabled' 2>/dev/null || has_none=1
	ip -n "${end%:*}" mptcp limits set subflows 4 add_addr_accepted 4 2>/dev/null || has_none=1
done
ip -n near mptcp endpoint add 10.8.0.1 dev near0 subflow || has_none=1
if [ "${has_none:-}" ]; then
	ok 'MPTCP # SKIP the kernel has none'
else
	connection
fi
done_checking
