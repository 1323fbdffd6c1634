# TCP bytes of connections that are new, short, or older than skbtop equal what the ends counted; both ends' owners are
# right, the accepted one's too.
. /kernels/lib.sh

# ends NAME ROW-OF-CLIENT ROW-OF-SERVER
ends()
{
	equal "$1, client's bytes" "$(field tx_bytes "$2") $(field rx_bytes "$2")" "$sent $received"
	equal "$1, server's bytes" "$(field tx_bytes "$3") $(field rx_bytes "$3")" "$received $sent"
}

# owners NAME ROW-OF-CLIENT ROW-OF-SERVER
owners()
{
	equal "$1, client" "$(field comm "$2") $(field pid "$2")" "client $client"
	equal "$1, server" "$(field comm "$3") $(field pid "$3")" "server $server"
}

family()
{
	guest_start tcp "$address" 3000 20000
	skbtop_start
	ends "older $address" "$(row lport=$lport rport=$rport)" "$(row lport=$rport rport=$lport)"
	guest_more 100000 7
	skbtop_settle
	ends "older $address, more" "$(row lport=$lport rport=$rport)" "$(row lport=$rport rport=$lport)"
	owners "older $address" "$(row lport=$lport rport=$rport)" "$(row lport=$rport rport=$lport)"
	guest_stop
	ends "older $address, ended" "$(wait_ended lport=$lport rport=$rport)" \
		"$(wait_ended lport=$rport rport=$lport)"

	guest_start tcp "$address" 1 1000
	skbtop_settle
	ends "new $address" "$(row lport=$lport rport=$rport)" "$(row lport=$rport rport=$lport)"
	owners "new $address" "$(row lport=$lport rport=$rport)" "$(row lport=$rport rport=$lport)"
	equal "new $address, directions" \
		"$(field dir "$(row lport=$lport rport=$rport)") $(field dir "$(row lport=$rport rport=$lport)")" \
		'out in'
	guest_stop

	guest_once tcp "$address" 5000 300000
	near=$(wait_ended lport=$lport rport=$rport) far=$(wait_ended lport=$rport rport=$lport)
	ends "short $address" "$near" "$far"
	owners "short $address" "$near" "$far"
	skbtop_stop
}

both()
{
	for address in 127.0.0.1 ::1; do
		family
	done
}

each_choice both
done_checking
