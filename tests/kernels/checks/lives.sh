# connect() that fails has a row with its errno and its program, whether a SYN was sent or not; an end says who closed
# first; the handshake's length is as long as netem makes it.
. /kernels/lib.sh

# fails NAME ERRNO ENDED_BY ADDRESS PORT: nc's connect().
fails()
{
	nc -w 20 "$4" "$5" </dev/null 2>/dev/null || true
	line=$(wait_row state=closed failed=1 raddr="$4" rport="$5")
	equal "$1" "$(field errno "$line") $(field ended_by "$line") $(field dir "$line") $(field comm "$line")" \
		"$2 $3 out nc"
}

# What is told where no SYN was sent, and no function can be hooked: nothing.
unrouted()
{
	case $without in
	*kprobe*)
		nc -w 5 "$1" 80 </dev/null 2>/dev/null || true
		skbtop_settle
		equal "no route to $1" "$(row failed=1 raddr="$1")" ''
		;;
	*) fails "no route to $1" ENETUNREACH error "$1" 80 ;;
	esac
}

connects()
{
	skbtop_start
	fails 'refused' ECONNREFUSED reset-received 127.0.0.1 9
	fails 'refused, IPv6' ECONNREFUSED reset-received ::1 9
	unrouted 10.1.2.3
	unrouted 2001:db8::1

	guest_start tcp 127.0.0.1 10 10
	echo "$rport $rport" >/proc/sys/net/ipv4/ip_local_port_range
	fails 'no port' EADDRNOTAVAIL error 127.0.0.1 "$rport"
	echo '32768 60999' >/proc/sys/net/ipv4/ip_local_port_range
	guest_stop
	near=$(wait_ended lport=$lport rport=$rport) far=$(wait_ended lport=$rport rport=$lport)
	equal 'who closed first' "$(field ended_by "$near") $(field ended_by "$far")" 'local remote'
	equal 'that did not fail' "$(field failed "$near")" 0
	skbtop_stop
}

# The handshake takes netem's 40 ms and no more than the program itself has measured. That of the accepted end begins
# and ends half of it later, in what is one slow processor's time.
latency()
{
	tc qdisc add dev lo root netem delay 20ms
	skbtop_start
	skbtop_between_ticks
	guest_once tcp 127.0.0.1 10 10
	within 'handshake' "$(field connect_us "$(wait_ended lport=$lport rport=$rport)")" 40000 $((connect_us + 1))
	within 'handshake, accepted' "$(field connect_us "$(wait_ended lport=$rport rport=$lport)")" 40000 \
		$((connect_us + 40000))
	skbtop_stop
	tc qdisc del dev lo root
}

# states LINE: their names, in order.
states()
{
	echo "$1" | sed -nE 's/.*"states":\{([^}]*)\}.*/\1/p' | sed -E 's/"([a-z0-9-]+)":[0-9]+,?/\1 /g'
}

events()
{
	skbtop_start --view lives
	guest_once tcp 127.0.0.1 10 10
	skbtop_settle
	near=$(rows life event=close lport=$lport rport=$rport) far=$(rows life event=close lport=$rport rport=$lport)
	equal 'states, closed first' "$(states "$near")" 'syn-sent estab fin-wait-1 fin-wait-2 '
	equal 'states, closed last' "$(states "$far")" 'estab close-wait last-ack '
	equal 'beginnings' "$(count "$(rows life 'event=open|accept' lport="$lport|$rport" rport="$lport|$rport")")" 2
	skbtop_stop
}

each_choice connects
each_choice events
each_choice latency
done_checking
