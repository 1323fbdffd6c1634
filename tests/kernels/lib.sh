# What the checks share; each begins with . /kernels/lib.sh. It prints one line for each case: "ok NAME" (perhaps with
# "# SKIP why" behind it) or "not ok NAME: why". Nothing here waits for a time: only for a line or a tick, at most
# PATIENCE ticks.

PATIENCE=20
failures=0
without= choice= in_near=

ok()
{
	echo "ok $*$choice"
}

not_ok()
{
	echo "not ok $1$choice: $2"
	failures=$((failures + 1))
}

# equal NAME GOT WANTED
equal()
{
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "'$2', not '$3'"; fi
}

# within NAME VALUE LEAST BELOW: a number from LEAST on, below BELOW.
within()
{
	if [ -n "$2" ] && [ "$2" -ge "$3" ] && [ "$2" -lt "$4" ]; then
		ok "$1"
	else
		not_ok "$1" "'$2', not from $3 to $4"
	fi
}

die()
{
	not_ok "$@"
	skbtop_stop
	exit 1
}

# The last line of a check: fails if a case did.
done_checking()
{
	[ "$failures" = 0 ]
	exit
}

# each_choice FUNCTION: with all hooks, without fentry and fexit, and without kprobes too. The function starts skbtop.
each_choice()
{
	for without in '' '--without fentry' '--without fentry --without kprobe'; do
		choice=${without:+ ($without)}
		"$1"
	done
	without= choice=
}

# exact FUNCTION: its cases, which start and stop skbtop; again, twice at most, where one failed and the kernel had
# skipped runs of our programs, as the tick says: it runs none that is interrupted on that processor.
exact()
{
	said=$(mktemp) failures_before=$failures
	exec 3>&1
	trap 'cat "$said" >&3' EXIT
	for try in 1 2 3; do
		failures=$failures_before skipped=0
		"$1" >"$said"
		[ "$failures" != "$failures_before" ] && [ "${skipped:-0}" != 0 ] && [ "$try" != 3 ] || break
		echo "# $skipped runs skipped: once more"
	done
	trap - EXIT
	cat "$said"
	rm -f "$said"
}

# kernel_is_at_least 6.1
kernel_is_at_least()
{
	[ "$(printf '%s\n%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ]
}

# -- skbtop -----------------------------------------------------------------------------------------------------------

# skbtop_start OPTIONS...: in the background, two ticks a second, into the file $ticks; waits for the first ticks.
skbtop_start()
{
	ticks=$(mktemp) failures_at_start=$failures
	case " $* " in *' --view '*) closed= ;; *) closed=-a ;; esac
	# The machine is emulated: what takes it long is not for the limit of a real one's processor.
	skbtop --batch --format json --count 0 --interval 0.5 --cpu-limit 100 $closed $without "$@" \
		>"$ticks" 2>"$ticks.error" 9>&- &
	skbtop_pid=$!
	skbtop_settle
}

# Waits until three more ticks are whole, of which the last began after now by its own word.
skbtop_settle()
{
	wanted=$(($(tick_count) + 3)) now=$(date +%s)
	while [ "$(tick_count)" -lt "$wanted" ] || [ "$(tick_second)" -le "$now" ]; do
		kill -0 "$skbtop_pid" 2>/dev/null || die 'skbtop runs' "$(cat "$ticks.error")"
		sleep 0.5 # to wait costs nothing here, to look does
	done
}

# Waits until a tick has just come to its end: what takes less than the rest of the interval has the one processor then.
skbtop_between_ticks()
{
	wanted=$(($(tick_count) + 1))
	while [ "$(tick_count)" -lt "$wanted" ]; do
		kill -0 "$skbtop_pid" 2>/dev/null || die 'skbtop runs' "$(cat "$ticks.error")"
		sleep 0.02
	done
}

tick_count()
{
	grep -c '"type":"tick"' "$ticks" || true
}

# In which second the last tick began.
tick_second()
{
	told '"type":"tick"' | tail -n 1 | sed -nE 's/.*"time":([0-9]+).*/\1/p'
}

skbtop_stop()
{
	[ -n "${skbtop_pid:-}" ] || return 0
	skipped=$(skipped_runs)
	kill "$skbtop_pid" 2>/dev/null || true
	wait "$skbtop_pid" 2>/dev/null || true
	[ "$failures" = "$failures_at_start" ] || last_lines | sed 's/^/# /'
	rm -f "$ticks" "$ticks.error"
	skbtop_pid=
}

# What a failed case was about: what skbtop told last, no more of it than can be read.
last_lines()
{
	grep '"type":"tick"' "$ticks" | tail -n 1
	grep -v '"type":"tick"' "$ticks" | tail -n 20 | cut -c 1-2000
}

# told TEXT: the lines with this text that skbtop has written to their ends: it is still writing.
told()
{
	head -n "$(wc -l <"$ticks")" "$ticks" | grep -F "$1"
}

# row KEY=VALUE...: the last line of a row with all of these; VALUE may be an extended regular expression.
row()
{
	for condition in '"type":"socket"' "$@"; do
		case $condition in
		\"*) lines=$(told "$condition") || return 0 ;;
		*) lines=$(echo "$lines" | grep -E "\"${condition%%=*}\":\"?(${condition#*=})[\",}]") || return 0 ;;
		esac
	done
	echo "$lines" | tail -n 1
}

# wait_row KEY=VALUE...: the same, waited for.
wait_row()
{
	tries=$PATIENCE
	while found=$(row "$@") && [ -z "$found" ] && [ "$tries" -gt 0 ]; do
		tries=$((tries - 1))
		sleep 0.5
	done
	echo "$found"
}

# wait_ended KEY=VALUE...: the row of a connection that is over, in TIME_WAIT perhaps: with its last totals. A tick's
# slow turn can see the TIME_WAIT of a connection whose end the tick was too early to hear of: that row has no totals
# until the next.
wait_ended()
{
	wait_row 'state=closed|time-wait' 'tx_bytes=[0-9]+' "$@"
}

# rows TYPE KEY=VALUE...: all lines of rows of this type with these, as in row.
rows()
{
	lines=$(told "\"type\":\"$1\"") || return 0
	shift
	for condition in "$@"; do
		lines=$(echo "$lines" | grep -E "\"${condition%%=*}\":\"?(${condition#*=})[\",}]") || return 0
	done
	echo "$lines"
}

# packets KEY=VALUE...: the last word on each packet that was told, in the order of their numbers.
packets()
{
	rows packet "$@" | awk 'match($0, /"number":[0-9]+/) { last[substr($0, RSTART + 9, RLENGTH - 9)] = $0 }
		END { for (n in last) print n "\t" last[n] }' | sort -n | cut -f 2-
}

# sum NAME LINES: of this field, in whole numbers.
sum()
{
	echo "$2" | sed -nE "s/.*\"$1\":([0-9]+).*/\1/p" | awk '{ sum += $1 } END { print sum + 0 }'
}

# count LINES: how many there are.
count()
{
	echo "$1" | grep -c . || true
}

# wait_until COMMAND...: until it prints something, which is printed, or PATIENCE is over.
wait_until()
{
	tries=$PATIENCE
	while found=$("$@") && [ -z "$found" ] && [ "$tries" -gt 0 ]; do
		tries=$((tries - 1))
		sleep 0.5
	done
	echo "$found"
}

# layer NAME FIELD LINE: of a row's layers: n, or p50_us, p99_us, max_us in whole microseconds; nothing if it is absent.
layer()
{
	echo "$3" | sed -nE "s/.*\"$1\":\{[^}]*\"$2\":([0-9]+).*/\1/p"
}

# missed: so many packets lack a stamp that others have, says the last tick.
missed()
{
	told '"type":"tick"' | tail -n 1 | sed -nE 's/.*"missed":([0-9]+).*/\1/p'
}

# skipped_runs: so often the kernel did not run one of our programs, by what it says itself.
skipped_runs()
{
	told '"type":"tick"' | tail -n 1 | sed -nE 's/.*"runs":([0-9]+).*/\1/p'
}

# counter NAMESPACE NAME: what nstat has counted there since it was made.
counter()
{
	ip netns exec "$1" nstat -asz "$2" | awk -v name="$2" '$1 == name { print $2 }'
}

# field NAME LINE: its value as it stands in the JSON line, without quotes; nothing if it is absent.
field()
{
	echo "$2" | sed -nE "s/.*\"$1\":(\"([^\"]*)\"|([^,}]*)).*/\2\3/p"
}

# -- the trace of one socket ----------------------------------------------------------------------------------------

# trace_start PORT: of the socket with this own port.
trace_start()
{
	skbtop_start --view packets --filter "sport = :$1"
	wait_until rows tick trace= >/dev/null
}

trace_stop()
{
	missing=$(rows tick | tail -n 1 |
		sed -nE 's/.*"trace":\{[^}]*"lost":([0-9]+),"limited":([0-9]+),.*"unseen":([0-9]+).*/\1 \2 \3/p')
	equal "$1, lost, limited, unseen" "$missing" '0 0 0'
	guest_stop
	skbtop_stop
}

# For awk: value(NAME) is the number of that name in the line, or "" where it has none.
awk_value='
	function value(name)
	{
		if (!match($0, "\"" name "\":-?[0-9.]+"))
			return ""
		return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
	}'

# whole NAME LINES: none twice, in their order, no time below 0, and the parts add up to the total.
whole()
{
	equal "$1, wrong times" "$(echo "$2" | awk "$awk_value"'
		{
			parts = 0
			n = split("rx_mac rx_ip rx_tcp rx_app tx_tcp tx_ip tx_qdisc tx_nic", names, " ")
			for (i = 1; i <= n; i++) {
				if (value(names[i] "_us") + 0 < 0) print "negative: " $0
				parts += value(names[i] "_us")
			}
			off = parts - value("total_us")
			if (off > 0.1 || off < -0.1) print "parts: " $0
		}')" ''
}

# -- traffic ----------------------------------------------------------------------------------------------------------

# guest_start ARGUMENTS...: an exchange whose connection stays; guest_more UP DOWN repeats it, guest_stop closes. After
# each, $lport $rport $client $server $sent $received are what the guest told.
guest_start()
{
	guest_begin "$@"
	guest_hear
}

# guest_begin ARGUMENTS...: the same, but what it says is not waited for. $guest may name another program that speaks
# so.
guest_begin()
{
	guest_dir=$(mktemp -d)
	mkfifo "$guest_dir/in"
	: >"$guest_dir/out"
	$in_near ${guest:-guest} "$@" <"$guest_dir/in" >"$guest_dir/out" &
	guest_pid=$!
	exec 9>"$guest_dir/in"
	guest_lines=0
}

# The same with the client in the namespace near.
guest_start_in_near()
{
	in_near='ip netns exec near'
	guest_start "$@"
	in_near=
}

guest_hear()
{
	guest_has_said || die 'traffic' "$guest_said"
}

# Waits for the guest's next line. Fails if the exchange has.
guest_has_said()
{
	guest_lines=$((guest_lines + 1))
	while [ "$(wc -l <"$guest_dir/out")" -lt "$guest_lines" ]; do
		kill -0 "$guest_pid" 2>/dev/null || break
		sleep 0.02
	done
	guest_said=$(sed -n "${guest_lines}p" "$guest_dir/out")
	case $guest_said in lport=*) eval "$guest_said" ;; *) return 1 ;; esac
}

guest_more()
{
	echo "$*" >&9
	guest_hear
}

guest_stop()
{
	exec 9>&-
	wait "$guest_pid" || true
	rm -rf "$guest_dir"
}

# queue_start COUNT BACKLOG MILLISECONDS: the server of queue.c, which has accepted all; $lport $least $most are what it
# told. queue_stop ends it.
queue_start()
{
	queue_dir=$(mktemp -d)
	mkfifo "$queue_dir/in"
	: >"$queue_dir/out"
	queue "$@" <"$queue_dir/in" >"$queue_dir/out" &
	queue_pid=$!
	exec 8>"$queue_dir/in"
	while ! read -r queue_said <"$queue_dir/out"; do sleep 0.02; done
	eval "$queue_said"
}

queue_stop()
{
	exec 8>&-
	wait "$queue_pid"
	rm -r "$queue_dir"
}

# guest_once and guest_once_in_near ARGUMENTS...: an exchange over a connection that is closed at once.
guest_once()
{
	guest_said=$($in_near guest "$@" </dev/null)
	case $guest_said in lport=*) eval "$guest_said" ;; *) die 'traffic' "$guest_said" ;; esac
}

guest_once_in_near()
{
	in_near='ip netns exec near'
	guest_once "$@"
	in_near=
}

# Two network namespaces, near and far, joined by a veth pair: 10.9.0.1 and 10.9.0.2, fd09::1 and fd09::2. They know
# each other's link addresses already, so that no connection waits for these.
make_namespaces()
{
	ip netns add near
	ip netns add far
	ip link add near0 netns near type veth peer name far0 netns far
	join_namespaces
}

# The same, joined by the NICs of a check that says "# machine: nics".
make_nic_namespaces()
{
	ip netns add near
	ip netns add far
	ip link set eth0 netns near name near0
	ip link set eth1 netns far name far0
	join_namespaces
}

join_namespaces()
{
	for end in near:1 far:2; do
		name=${end%:*} number=${end#*:}
		ip -n "$name" address add "10.9.0.$number/24" dev "${name}0"
		ip -n "$name" address add "fd09::$number/64" dev "${name}0" nodad
		ip -n "$name" link set lo up
		ip -n "$name" link set "${name}0" up
	done
	guest_once_in_near tcp 10.9.0.2 1 1 far
	guest_once_in_near tcp fd09::2 1 1 far
}
