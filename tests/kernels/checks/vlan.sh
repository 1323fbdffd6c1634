# Over VLANs: each packet is told once, with both devices on its way, and its times add up; the layers have all that is
# read.
# modules: 8021q
# brief: newest
. /kernels/lib.sh

make_vlan()
{
	for end in near:1 far:2; do
		name=${end%:*}
		ip -n "$name" link add link "${name}0" name "${name}5" type vlan id 5
		ip -n "$name" address add "10.5.0.${end#*:}/24" dev "${name}5"
		ip -n "$name" link set "${name}5" up
	done
	guest_once_in_near tcp 10.5.0.2 1 1 far
}

# by DEVICES LINES: how many of these passed just these.
by()
{
	count "$(echo "$2" | grep -F "\"devices\":\"$1\"")"
}

# The way in is near0,near5. Where nothing stamps IP entry (links came with 6.4), nobody sees the second device.
traced()
{
	way_in=near0,near5
	[ "$without" != '--without fentry --without kprobe' ] || kernel_is_at_least 6.4 || way_in=near0
	guest_start_in_near -c 1000 "$1" 10.5.0.2 1 1 far
	trace_start "$lport"
	guest_more 30000 5000
	skbtop_settle
	tx=$(packets dir=tx) rx=$(packets dir=rx)
	fresh=$(echo "$tx" | grep -v '"retransmit"' || true)
	equal "$1, bytes" "$(sum payload "$fresh") $(sum payload "$rx")" '30000 5000'
	equal "$1, devices on the way out" "$(by near5,near0 "$tx")" "$(count "$tx")"
	equal "$1, devices on the way in" "$(by "$way_in" "$rx")" "$(count "$rx")"
	whole "$1" "$(packets)"
	trace_stop "$1"
}

# Datagrams: as many as were sent are measured on both sides.
measured()
{
	skbtop_start -t
	guest_start_in_near -c 1000 udp 10.5.0.2 1 1 far
	skbtop_settle
	guest_more 20000 0
	skbtop_settle
	near=$(row proto=udp lport=$lport rport=$rport) far=$(row proto=udp lport=$rport rport=$lport)
	within 'measured as they are sent' "$(layer tx_nic n "$near")" 20 23
	within 'measured as they come in' "$(layer rx_mac n "$far")" 20 23
	guest_stop
	skbtop_stop
}

all()
{
	traced tcp
	traced udp
	[ -n "$without" ] || measured
}

make_namespaces
make_vlan
each_choice all
done_checking
