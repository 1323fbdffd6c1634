# The trace of one socket tells each packet once, with as many bytes as were sent, in their order and with no negative
# time.
# brief: 5.10,6.1,newest
. /kernels/lib.sh

# once NAME LINES: where nothing is sent again, no data twice.
once()
{
	twice=$(echo "$2" | sed -nE 's/.*("dir":"[a-z]*").*("seq_raw":[0-9]+).*("payload":[1-9][0-9]*).*/\1 \2 \3/p' |
		sort | uniq -d)
	equal "$1, twice" "$twice" ''
}

# on_the_only_cpu NAME LINES: each packet has the CPU of its first stamp, and those that were read that of the reader.
on_the_only_cpu()
{
	equal "$1, CPUs" "$(count "$(echo "$2" | grep -E '"cpus":\["[a-z]+ 0"(,"[a-z]+ 0")*\]')")" "$(count "$2")"
	read=$(echo "$2" | grep '"rx_app_us"' || true)
	equal "$1, CPUs of readers" "$(count "$(echo "$read" | grep '"read 0"\]')")" "$(count "$read")"
}

# segments PORT: what the kernel has counted as sent and received by this socket.
segments()
{
	ip netns exec near ss -tinH "sport = :$1" | sed -nE 's/.*segs_out:([0-9]+) segs_in:([0-9]+).*/\1 \2/p'
}

stream()
{
	guest_start_in_near -c 1000 tcp "$1" 1 1 far
	trace_start "$lport"
	before=$(segments "$lport") again=$(counter near TcpRetransSegs)
	guest_more 30000 5000
	skbtop_settle
	after=$(segments "$lport")
	told=$(packets) tx=$(packets dir=tx) rx=$(packets dir=rx)
	fresh=$(echo "$tx" | grep -v '"retransmit"' || true)
	equal "tcp $1, bytes" "$(sum payload "$fresh") $(sum payload "$rx")" '30000 5000'
	equal "tcp $1, segments" "$(sum segments "$tx") $(sum segments "$rx")" \
		"$((${after% *} - ${before% *})) $((${after#* } - ${before#* }))"
	equal "tcp $1, retransmits" "$(sum segments "$(packets retransmit='.*')")" \
		"$(($(counter near TcpRetransSegs) - again))"
	whole "tcp $1" "$told"
	on_the_only_cpu "tcp $1" "$told"
	once "tcp $1" "$fresh"
	# netem gives out each that comes to the driver (of bare acknowledgements that wait in it together the last one
	# is known); to veth each is handed, and travels on.
	equal "tcp $1, given out by the qdisc" "$(count "$(packets dir=tx direct_us='.*')")" \
		"$(count "$(packets dir=tx tx_nic_us='.*')")"
	within "tcp $1, data given out by the qdisc" "$(count "$(packets dir=tx payload='[1-9].*' direct_us='.*')")" 1 \
		1000
	equal "tcp $1, freed by the driver" "$(count "$(packets done_us='.*')")" 0
	trace_stop "tcp $1"
}

datagrams()
{
	guest_start_in_near udp "$1" 1 1 far
	trace_start "$lport"
	guest_more 20000 5000
	skbtop_settle
	equal "udp $1, datagrams" \
		"$(count "$(packets dir=tx payload=1000)") $(count "$(packets dir=rx payload=1000)")" '20 5'
	equal "udp $1, bytes" "$(sum payload "$(packets)")" 25000
	whole "udp $1" "$(packets)"
	on_the_only_cpu "udp $1" "$(packets)"
	trace_stop "udp $1"
}

# On the receiver's side, where they come in three fragments each.
fragments()
{
	guest_start_in_near -c 4000 udp "$1" 1 1 far
	trace_start "$rport"
	guest_more 20000 1
	skbtop_settle
	told=$(packets dir=rx)
	equal "fragments $1, datagrams" "$(count "$told") $(count "$(packets dir=rx payload=4000)")" '5 5'
	if [ "$without" != '--without fentry --without kprobe' ] || kernel_is_at_least 6.3; then
		equal "fragments $1, with their time" "$(count "$(packets dir=rx rx_app_us='.*')")" 5
	fi
	whole "fragments $1" "$told"
	trace_stop "fragments $1"
}

all()
{
	stream 10.9.0.2
	datagrams fd09::2
	fragments 10.9.0.2
	[ -z "$without" ] || return 0
	stream fd09::2
	datagrams 10.9.0.2
	fragments fd09::2
}

make_namespaces
tc -n near qdisc add dev near0 root netem delay 5ms
each_choice all
done_checking
