# What Debian's libbpf-tools say of the same connection at the same time: tcplife's owners, bytes and duration,
# tcpstates' states in their order and the time in each, tcpconnlat's time until it was established; and tcpsynbl's
# lengths of the accept queue that connections found, and tcprtt's round trips.
# brief: 6.1,newest
# package: libbpf-tools tcplife tcpstates tcpconnlat tcpsynbl tcprtt
. /kernels/lib.sh

# holds PID KIND: how many files of this kind it has open.
holds()
{
	ls -l "/proc/$1/fd" 2>/dev/null | grep -c "$2"
}

# Once it polls, all is attached. Two have nothing to poll for: they sleep once their programs are attached. (When they
# try what can be attached they have a link, too, for a moment.)
waits()
{
	case $tool in
	tcpsynbl | tcprtt)
		[ "$(holds "$1" 'bpf[-_]link\|perf_event')" -ge "$programs" ] &&
			[ "$(cut -d ' ' -f 3 "/proc/$1/stat")" = S ]
		;;
	*) [ "$(holds "$1" eventpoll)" -gt 0 ] ;;
	esac
}

# tools_start TOOL...: each in the background, until it waits for what comes.
tools_start()
{
	said=$(mktemp -d) tool_pids= attached=
	for tool; do
		"$tool" >"$said/$tool" 2>"$said/$tool.error" 9>&- &
		pid=$! tries=200
		while kill -0 $pid 2>/dev/null && ! waits $pid && [ "$tries" -gt 0 ]; do
			tries=$((tries - 1))
			sleep 0.1
		done
		if kill -0 $pid 2>/dev/null; then
			tool_pids="$tool_pids $pid" attached="$attached $tool "
		else
			ok "$tool # SKIP does not run here: $(tail -n 1 "$said/$tool.error")"
		fi
	done
}

# Only then they write what they have said.
tools_stop()
{
	for pid in $tool_pids; do
		kill -INT $pid
		wait $pid || true
	done
}

# milliseconds NAME US MS: ours in µs, theirs in ms; our program and theirs read the clock one after the other.
milliseconds()
{
	us=$(echo "$3" | awk '{ printf "%d", $1 * 1000 }')
	within "$1" "$2" $((us - 1500)) $((us + 1500))
}

# PID COMM LADDR LPORT RADDR RPORT TX_KB RX_KB MS, from established on
life()
{
	kib='{ printf "%s %s %.2f %.2f", $1, $2, $3 / 1024, $4 / 1024 }'
	set -- "$1" "$2" $(awk -v l="$3" -v r="$4" '$4 == l && $6 == r { print $1, $2, $7, $8, $9 }' "$said/tcplife")
	equal "tcplife, $1 end" "$(echo "$(field pid "$2") $(field comm "$2") $(field tx_bytes "$2") \
		$(field rx_bytes "$2")" | awk "$kib")" "$3 $4 $5 $6"
	opening=$(our_states "$2" | sed -n 's/^syn-sent //p')
	milliseconds "tcplife, duration, $1 end" $(($(field duration_us "$2") - ${opening:-0})) "$7"
}

# Ours as NAME µs a line, and theirs: SKADDR PID COMM LADDR LPORT RADDR RPORT OLDSTATE -> NEWSTATE MS, of which the row
# names the state that is left.
our_states()
{
	echo "$1" | sed -nE 's/.*"states":\{([^}]*)\}.*/\1/p' | tr ',' '\n' | sed -E 's/"([^"]*)":/\1 /'
}

their_states()
{
	awk -v l="$1" -v r="$2" '$5 == l && $7 == r && $8 != "CLOSE" { print tolower($8), $11 }' "$said/tcpstates" |
		sed -E 's/established/estab/; s/syn_/syn-/; s/_wait/-wait/; s/-wait([12])/-wait-\1/; s/last_/last-/' |
		grep -v '^listen\|^syn-recv'
}

names()
{
	echo "$1" | awk '{ print $1 }' | tr '\n' ' '
}

states()
{
	ours=$(our_states "$2") theirs=$(their_states "$3" "$4")
	equal "tcpstates, $1 end" "$(names "$ours")" "$(names "$theirs")"
	for state in $(names "$theirs"); do
		milliseconds "tcpstates, $state, $1 end" "$(echo "$ours" | sed -n "s/^$state //p")" \
			"$(echo "$theirs" | sed -n "s/^$state //p")"
	done
}

# PID COMM IP SADDR DADDR DPORT LAT(ms)
latency()
{
	milliseconds tcpconnlat "$(field connect_us "$1")" \
		"$(awk -v r="$2" '$6 == r { print $7 }' "$said/tcpconnlat")"
}

compared()
{
	skbtop_start --view lives
	tools_start tcplife tcpstates tcpconnlat
	guest_start tcp 127.0.0.1 200000 50000
	guest_stop
	skbtop_settle
	tools_stop
	near=$(rows life event=close lport=$lport rport=$rport) far=$(rows life event=close lport=$rport rport=$lport)
	case $attached in *\ tcplife\ *)
		life client "$near" $lport $rport
		life server "$far" $rport $lport
		;;
	esac
	case $attached in *\ tcpstates\ *)
		states client "$near" $lport $rport
		states server "$far" $rport $lport
		;;
	esac
	case $attached in *\ tcpconnlat\ *) latency "$near" $rport ;; esac
	[ "$failures" = 0 ] || cat "$said"/*
	rm -rf "$said"
	skbtop_stop
}

# Theirs as "FIRST COUNT " a line, of which the first stands for 0 and 1.
their_lengths()
{
	awk '$2 == "->" { if ($5) printf "%d %d\n", $1, $5 }' "$said/tcpsynbl"
}

our_lengths()
{
	field accept_queue_met "$1" | tr ' ' '\n' | sed -E 's/(-[0-9]+|\+)?:/ /' |
		awk '{ n[$1 < 2 ? 0 : $1] += $2 } END { for (first in n) print first, n[first] }' | sort -n
}

# Twenty that nobody accepts meanwhile.
lengths()
{
	skbtop_start --view listeners --columns lport,accept_queue_met
	programs=2
	tools_start tcpsynbl
	queue_start 20 40 0
	skbtop_settle
	tools_stop
	case $attached in *\ tcpsynbl\ *)
		ours=$(our_lengths "$(rows listener "lport=$lport" | tail -n 1)")
		equal 'tcpsynbl, lengths found' "$ours" "$(their_lengths)"
		;;
	esac
	[ "$failures" = 0 ] || cat "$said"/*
	rm -rf "$said"
	queue_stop
	skbtop_stop
}

# Theirs is the smoothed RTT at each segment that is received; ours each round trip. With a delay that is always the
# same nearly all are in one bucket, "32768 -> 65535 : COUNT"; one has waited for a delayed ACK, which is not smoothed.
round_trips()
{
	programs=1
	skbtop_start -t
	tools_start tcprtt
	skbtop_between_ticks # a tick would be a long round trip, and long be part of the smoothed ones
	guest_start tcp 127.0.0.1 1000 1000
	for i in 1 2 3 4 5; do
		skbtop_between_ticks
		guest_more 1000 1000
	done
	skbtop_settle
	tools_stop
	line=$(row "lport=$lport" "rport=$rport")
	case $attached in *\ tcprtt\ *)
		their_buckets=$(awk '$2 == "->" && $5 { print $1, $3 + 1 }' "$said/tcprtt")
		equal 'tcprtt, buckets' "$(count "$their_buckets")" 1
		within 'tcprtt, half of the round trips' "$(layer tx_ack p50_us "$line")" ${their_buckets:-0 0}
		# The last of six is told of with the next segment.
		within 'round trips' "$(layer tx_ack n "$line")" 5 7
		;;
	esac
	[ "$failures" = 0 ] || cat "$said"/*
	rm -rf "$said"
	guest_stop
	skbtop_stop
}

lengths
tc qdisc add dev lo root netem delay 20ms
round_trips
each_choice compared
done_checking
