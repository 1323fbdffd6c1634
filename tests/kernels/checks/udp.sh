# UDP bytes and datagrams of sockets that are new, short, or older than skbtop (from its start on) equal what the ends
# counted; where nothing counts them they are absent.
. /kernels/lib.sh

# Is anything there that counts?
counted()
{
	kernel_is_at_least 6.3 || [ "$without" != '--without fentry --without kprobe' ]
}

# ends NAME ROW-OF-CLIENT ROW-OF-SERVER SENT RECEIVED
ends()
{
	counted || set -- "$1" "$2" "$3" '' ''
	equal "$1, client's bytes" "$(field tx_bytes "$2") $(field rx_bytes "$2")" "$4 $5"
	equal "$1, server's bytes" "$(field tx_bytes "$3") $(field rx_bytes "$3")" "$5 $4"
}

# datagrams NAME ROW SENT RECEIVED
datagrams()
{
	counted || set -- "$1" "$2" '' ''
	equal "$1, datagrams" "$(field tx_pkts "$2") $(field rx_pkts "$2")" "$3 $4"
}

owners()
{
	equal "$1, client" "$(field comm "$2") $(field pid "$2")" "client $client"
	equal "$1, server" "$(field comm "$3") $(field pid "$3")" "server $server"
}

family()
{
	guest_start udp "$address" 5000 700
	skbtop_start
	guest_more 20000 10000
	skbtop_settle
	near=$(row proto=udp lport=$lport rport=$rport) far=$(row proto=udp lport=$rport rport=$lport)
	ends "older $address" "$near" "$far" 20000 10000
	datagrams "older $address" "$near" 20 10
	owners "older $address" "$near" "$far"
	guest_stop

	guest_start udp "$address" 1001 1
	skbtop_settle
	near=$(row proto=udp lport=$lport rport=$rport) far=$(row proto=udp lport=$rport rport=$lport)
	ends "new $address" "$near" "$far" $sent $received
	datagrams "new $address" "$near" 2 1
	owners "new $address" "$near" "$far"
	guest_stop

	# Six datagrams by twelve writes, thirty by three.
	guest_start -m -c 500 udp "$address" 6000 1000
	skbtop_settle
	near=$(row proto=udp lport=$lport rport=$rport) far=$(row proto=udp lport=$rport rport=$lport)
	datagrams "MSG_MORE $address" "$near" 6 1
	datagrams "MSG_MORE $address, server" "$far" 1 6
	guest_stop
	guest_start -g 100 -c 1000 udp "$address" 3000 1000
	skbtop_settle
	near=$(row proto=udp lport=$lport rport=$rport)
	datagrams "UDP_SEGMENT $address" "$near" 30 10
	guest_stop

	guest_once udp "$address" 15500 30000
	counted || { skbtop_stop; return; } # one that nothing counts and no pass sees leaves no row
	near=$(wait_ended proto=udp lport=$lport rport=$rport)
	far=$(wait_ended proto=udp lport=$rport rport=$lport)
	ends "short $address" "$near" "$far" $sent $received
	owners "short $address" "$near" "$far"
	skbtop_stop
}

both()
{
	for address in 127.0.0.1 ::1; do
		exact family
	done
}

each_choice both
done_checking
