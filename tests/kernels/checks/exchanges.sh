# A request and its answer, whose pauses are known: each is in the part where it was made, at both ends, whatever calls
# move the data, and whatever the network does to them; and where this kernel cannot see send calls there are none.
# brief: 5.10,newest
# modules: sch_tbf ctr ghash_generic gcm
. /kernels/lib.sh

# peers_start ARGUMENTS...: both ends of a connection, which say what they do in lines.
peers_start()
{
	dir=$(mktemp -d)
	mkfifo "$dir/in" "$dir/out"
	exec 9<>"$dir/out"
	{ exchange "$@" || echo 'die "the peers" "they failed"'; } <"$dir/in" >"$dir/out" 9>&- &
	peers=$!
	exec 8>"$dir/in"
	read -r said <&9
	eval "$said"
	delay=0
}

peers_stop()
{
	exec 8>&- 9>&-
	wait "$peers"
	rm -r "$dir"
}

# One more call, and how long its pauses were. They are shorter together than what a tick of skbtop's leaves of its half
# second: it would take the one processor from who sends, or from who receives.
call()
{
	skbtop_between_ticks
	echo >&8
	read -r said <&9
	eval "$said"
}

# Two calls, of which the last is told when a second has passed.
calls()
{
	call
	call
	skbtop_settle
	skbtop_settle
}

# The last exchange of this role, by its port there.
last_of()
{
	rows exchange outcome=answered "role=$1" "$2=$lport" | tail -n 1
}

# part NAME MICROSECONDS, by the clock of who made it, which may have lost the processor between call and clock.
part()
{
	us=$(field "$1_us" "$last")
	within "$kind, $role: $1" "${us%.*}" $(($2 > 5000 ? $2 - 5000 : 0)) $(($2 + 5000))
}

# The parts are the whole.
parts_add_up()
{
	sum=$(for name in in wait think write out away; do field "${name}_us" "$last"; done |
		awk '{ s += $1 } END { print int(s + 0.5) }')
	us=$(field call_us "$last")
	within "$kind, $role: the sum" "$sum" $((${us%.*} - 1)) $((${us%.*} + 2))
}

server()
{
	role=server last=$(last_of server lport)
	parts_add_up
	part in "$ask"
	part wait $((late - delay))
	part think "$think"
	part write "$answer"
	part out $((2 * delay))
}

client()
{
	role=client last=$(last_of client rport)
	parts_add_up
	part call "$call"
	part write "$ask"
	part away $((late + think + delay))
	part in "$answer"
	part wait $((read - delay))
}

parts()
{
	kind=plain
	skbtop_start --view exchanges
	peers_start
	calls
	if [ -z "$served" ]; then
		equal 'no exchanges where send calls are not seen' "$(rows exchange)" ''
	else
		equal 'both, at both ends' "$(rows exchange outcome=answered | wc -l)" 4
		server
		equal 'bytes of the server' "$(field rx_bytes "$last") $(field tx_bytes "$last")" '20 300'
		client
	fi
	peers_stop
	skbtop_stop
}

choice_of_hooks()
{
	case $without in
	*kprobe*) served=$(skbtop --doctor $without | grep -o 'exchanges: send calls  *tp_btf' || true) ;;
	*) served=yes ;;
	esac
	parts
}

# The calls by which data leave and come.
ways()
{
	skbtop_start --view exchanges
	for kind in sendfile zerocopy ktls; do
		if [ "$kind" = ktls ] && ! kernel_is_at_least 6.0; then
			echo 'ok ktls # SKIP this kernel has none'
			continue
		fi
		peers_start "$kind"
		calls
		server
		client
		peers_stop
	done
	skbtop_stop
}

# A server that sleeps in epoll_wait(), and is not let run when it is asked.
wakeup()
{
	skbtop_start --view exchanges
	kind=starved role=server
	peers_start starved
	calls
	last=$(last_of server lport)
	part wait "$starved"
	part wakeup "$starved"
	peers_stop
	skbtop_stop
}

# The network: 20 ms each way; then some of it lost; then 1 Mbit/s, which 40 kB of answer take some 320 ms of, less what
# the shaper lets pass at once.
paths()
{
	make_namespaces
	skbtop_start --view exchanges
	kind=delay
	both_qdiscs netem delay 20ms
	peers_start plain near far 10.9.0.2
	calls
	delay=20000
	server
	client
	peers_stop
	kind=loss
	both_qdiscs netem loss 15%
	peers_start plain near far 10.9.0.2
	# An answer that goes on after more than a second of silence, as when its rest was lost twice, is no longer one
	# to who receives it: the last call has to be a shorter one.
	n=0
	while [ "$n" -lt 4 ] || { [ "$call" -ge 1000000 ] && [ "$n" -lt 12 ]; }; do
		calls
		n=$((n + 1))
	done
	role=server last=$(last_of server lport)
	parts_add_up
	role=client last=$(last_of client rport)
	parts_add_up
	part call "$call"
	lost=$(rows exchange 'retrans=[1-9][0-9]*' | grep -cE "\"[lr]port\":$lport[,}]" || true)
	within 'a call that was slow for a loss says so, at the end that has sent again' "$lost" 1 100
	peers_stop
	kind=shaped
	both_qdiscs tbf rate 1mbit burst 2000 latency 2s
	peers_start bulk near far 10.9.0.2
	calls
	role=server last=$(last_of server lport)
	parts_add_up
	part write "$answer"
	us=$(field out_us "$last") out=${us%.*}
	within 'shaped: it takes the link' "$out" 300000 400000
	role=client last=$(last_of client rport)
	parts_add_up
	part call "$call"
	part in $((answer + out))
	peers_stop
	skbtop_stop
}

# A question to a name server; when datagrams are read is seen where functions can be hooked.
questions()
{
	kind=dns
	skbtop_start --view exchanges
	peers_start dns
	call
	calls
	role=server last=$(last_of server lport)
	case $without in
	*kprobe*) part think $((late + think)) ;;
	*) part wait "$late" && part think "$think" ;;
	esac
	role=client last=$(last_of client rport)
	part away $((late + think))
	case $without in
	*kprobe*) equal 'when it was read' "$(field wait_us "$last")" '' ;;
	*) part wait "$read" ;;
	esac
	equal 'name' "$(field outcome "$last") $(field tx_bytes "$last")" 'answered 30'
	peers_stop
	skbtop_stop
}

both_qdiscs()
{
	for end in near far; do
		ip netns exec "$end" tc qdisc replace dev "${end}0" root "$@"
	done
}

each_choice questions
each_choice choice_of_hooks
ways
wakeup
paths
done_checking
