# Netfilter's hooks (-n): as many packets are measured in each as nftables counts there: received, forwarded, sent,
# dropped, and what a hook sends itself while another packet is in it. Without functions to hook there are links from
# 6.4 on, before that nothing.
# brief: 5.10,newest
. /kernels/lib.sh

plain='--without fentry --without kprobe'
hooks='pre_routing local_in forward local_out post_routing'

served()
{
	[ "$without" != "$plain" ] || kernel_is_at_least 6.4
}

# A router between near and far: 10.8.1.0/24 and 10.8.2.0/24. A namespace is known by its sockets.
make_router()
{
	ip netns add mid
	ip link add near1 netns near type veth peer name mid1 netns mid
	ip link add far1 netns far type veth peer name mid2 netns mid
	for end in near:near1:1.1 mid:mid1:1.2 mid:mid2:2.2 far:far1:2.1; do
		name=${end%%:*} number=${end##*:} device=${end#*:}
		ip -n "$name" address add "10.8.$number/24" dev "${device%:*}"
		ip -n "$name" link set "${device%:*}" up
	done
	ip -n near route add 10.8.2.0/24 via 10.8.1.2
	ip -n far route add 10.8.1.0/24 via 10.8.2.2
	ip netns exec mid sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	ip netns exec mid busybox nc -l -p 7 </dev/null >/dev/null &
}

# A counter in each hook of each namespace; far drops and refuses some.
make_rules()
{
	rules='add table inet t'
	for hook in prerouting:pre_routing input:local_in forward:forward output:local_out postrouting:post_routing; do
		rules="$rules; add chain inet t ${hook#*:} { type filter hook ${hook%:*} priority 0; };"
		rules="$rules add rule inet t ${hook#*:} counter"
	done
	for name in near mid far; do
		ip netns exec "$name" nft "$rules"
	done
	ip netns exec far nft 'add chain inet t late { type filter hook input priority 10; };
		add rule inet t late tcp dport 9 counter drop;
		add rule inet t late tcp dport 10 counter reject with tcp reset'
}

# What nftables has counted in the chain of each hook, and in `late`, in all namespaces: nft_CHAIN=N.
all_counted()
{
	for name in near mid far; do
		ip netns exec "$name" nft list table inet t
	done | awk '$1 == "chain" { chain = $2 }
		$0 ~ /counter packets/ { for (i = 1; i < NF; i++) if ($i == "packets") sum[chain] += $(i + 1) }
		END { for (chain in sum) print "nft_" chain "=" sum[chain] }' | sort
}

# measured HOOK FIELD: by skbtop, in the last tick, whose rows are in $lines.
measured()
{
	value=$(field "$2" "$(echo "$lines" | grep "\"nf_$1\"" | tail -n 1)")
	echo "${value:-0}"
}

# look_once: the rows of a tick that began after one count of nftables and was whole before the next; true if these are
# equal.
look_once()
{
	before=$(all_counted)
	skbtop_settle
	lines=$(rows layer layer='nf_.*' | tail -n 5)
	[ "$before" = "$(all_counted)" ]
}

# Until nothing passes while both are looked at; both are then in nft_HOOK and n_HOOK, and in drops what LOCAL_IN
# dropped. Neighbours may ask for each other at any time.
look()
{
	tries=$PATIENCE
	until look_once || [ "$tries" = 0 ]; do
		tries=$((tries - 1))
	done
	eval "$before"
	for hook in $hooks; do
		eval "n_$hook=$(measured "$hook" n)"
	done
	drops=$(measured local_in dropped)
}

# as_many NAME MEASURED COUNTED: the kernel runs no kprobe's program while it has interrupted another's, which this slow
# machine makes likely, and 5.10 follows only as many calls at once as there are processors: a few packets may not be
# seen.
as_many()
{
	if [ "$without" = '--without fentry' ]; then
		within "$1" "$2" $(($3 - 3)) $(($3 + 1))
	else
		equal "$1" "$2" "$3"
	fi
}

# as_counted NAME: since look was called last; passed_HOOK is how many that were.
as_counted()
{
	for hook in $hooks; do
		eval "nft_was_$hook=\$nft_$hook n_was_$hook=\$n_$hook"
	done
	nft_was_late=$nft_late drops_were=$drops
	"$@"
	look
	for hook in $hooks; do
		eval "passed_$hook=\$((n_$hook - n_was_$hook))"
		eval "as_many \"$1, $hook\" \$passed_$hook \$((nft_$hook - nft_was_$hook))"
	done
	as_many "$1, dropped by LOCAL_IN" $((drops - drops_were)) $((nft_late - nft_was_late))
}

forwarded()
{
	guest_once_in_near tcp 10.8.2.1 20000 3000 far
	guest_once_in_near udp 10.8.2.1 8000 3000 far
}

direct()
{
	guest_once_in_near tcp 10.9.0.2 20000 3000 far
	guest_once_in_near tcp fd09::2 20000 3000 far
}

# Nobody answers.
dropped()
{
	ip netns exec near busybox nc -w 5 10.9.0.2 9 </dev/null || true
}

# The hook answers.
refused()
{
	for i in 1 2 3; do
		ip netns exec near busybox nc 10.9.0.2 10 </dev/null || true
	done
}

machine()
{
	skbtop_start --view layers -n
	guest_start_in_near tcp 10.9.0.2 1 1 far # so that the namespaces are known
	skbtop_settle
	if served; then
		look
		as_counted forwarded
		within 'how many are forwarded' $((nft_forward - nft_was_forward)) 15 200
		as_counted direct
		equal 'direct, none is forwarded' "$passed_forward" 0
		as_counted dropped
		within 'how many' $((nft_late - nft_was_late)) 2 9
		as_counted refused
		equal 'how many' $((nft_late - nft_was_late)) 3
		missed="$(rows tick | tail -n 1 | sed -nE 's/.*"netfilter":\{"missed":([0-9]+)\}.*/\1/p')"
		if [ "$without" = '--without fentry' ]; then
			within missed "$missed" 0 9
		else
			equal missed "$missed" 0
		fi
	else
		equal 'absent' "$(rows layer layer='nf_.*')$(rows tick netfilter=)" ''
		equal 'the doctor says why' "$(skbtop --doctor -n $without | grep -A 1 'netfilter hook times' |
			grep -c 'because.*netfilter/first')" 1
	fi
	guest_stop
	skbtop_stop
}

make_namespaces
make_router
make_rules
each_choice machine
done_checking
