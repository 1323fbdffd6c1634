# With -n a traced packet has the time of each of netfilter's hooks that it passed, and of no other.
# brief: 5.10,newest
. /kernels/lib.sh

plain='--without fentry --without kprobe'
hooks='pre_routing local_in forward local_out post_routing'

served()
{
	[ "$without" != "$plain" ] || kernel_is_at_least 6.4
}

# passed DIR: the hooks of which packets in this direction have a time, with how many of all.
passed()
{
	lines=$(packets dir="$1")
	for hook in $hooks; do
		found=$(count "$(echo "$lines" | grep "\"nf_${hook}_us\":[0-9]" || true)")
		[ "$found" = 0 ] || printf '%s %s of %s ' "$hook" "$found" "$(count "$lines")"
	done
}

# traced NAME ADDRESS HOOKS_RX HOOKS_TX
traced()
{
	guest_start_in_near tcp "$2" 1 1 far
	trace_of=$lport
	skbtop_start --view packets -n --filter "sport = :$trace_of"
	wait_until rows tick trace= >/dev/null
	skbtop_settle
	guest_more 9000 9000
	skbtop_settle
	whole "$1" "$(packets lport="$trace_of")"
	for dir in rx tx; do
		wanted=
		[ $dir = rx ] && names=$3 || names=$4
		for hook in $names; do
			wanted="$wanted$hook $(count "$(packets dir=$dir)") of $(count "$(packets dir=$dir)") "
		done
		served || wanted=
		equal "$1, $dir" "$(passed $dir)" "$wanted"
	done
	guest_stop
	skbtop_stop
}

each_packet()
{
	traced 'traced' 10.9.0.2 'pre_routing local_in' 'local_out post_routing'
	traced 'traced by IPv6' fd09::2 'pre_routing local_in' 'local_out post_routing'
}

all()
{
	rules='add table inet t'
	for hook in prerouting:pre_routing input:local_in forward:forward output:local_out postrouting:post_routing; do
		rules="$rules; add chain inet t ${hook#*:} { type filter hook ${hook%:*} priority 0; };"
		rules="$rules add rule inet t ${hook#*:} counter"
	done
	ip netns exec near nft "$rules"
	traced traced 10.9.0.2 'pre_routing local_in' 'local_out post_routing'
	# What has no rules is not entered, unless by our own programs.
	ip netns exec near nft 'delete chain inet t pre_routing; delete chain inet t local_out'
	if [ "$without" = "$plain" ]; then
		traced 'own programs' fd09::2 'pre_routing local_in' 'local_out post_routing'
	else
		traced 'hooks without rules' fd09::2 local_in post_routing
	fi
	ip netns exec near nft 'delete table inet t'
}

make_namespaces
each_choice all
done_checking
