# The device of a socket is known: where its packets come in, else where its route leads.
# brief: 5.10,newest
. /kernels/lib.sh

# devices NAME CLIENT'S SERVER'S
devices()
{
	skbtop_settle
	# Who visits the namespaces for their names has a thread of its own, and no processor while others have it.
	equal "$1, client" "$(field via "$(wait_row lport=$lport rport=$rport "via=$2")")" "$2"
	equal "$1, server" "$(field via "$(wait_row lport=$rport rport=$lport "via=$3")")" "$3"
	guest_stop
}

both()
{
	skbtop_start --columns state,lport,rport,via
	for address in 10.9.0.2 fd09::2; do
		guest_start_in_near tcp $address 3000 2000 far
		devices "tcp $address" near0 far0
		guest_start_in_near udp $address 3000 2000 far
		devices "udp $address" near0 far0
	done
	guest_start tcp 127.0.0.1 3000 2000
	devices 'loopback' lo lo
	skbtop_stop
}

make_namespaces
each_choice both
done_checking
