# Histograms of a group of sockets: the round trips of two connections, over a path of 20 ms and over one of 5, each
# once, in the bucket of what ss says; and what connect() took, which is no less than the path and no more than what the
# program itself has measured.
# brief: 5.10,newest
. /kernels/lib.sh

# bucket MICROSECONDS: where its bucket begins; two are an octave, from 128 ns on.
bucket()
{
	echo "$1" | awk '{ b = 0.128; while (b * 2 <= $1) b *= 2; printf "%.3f", b * 1.5 <= $1 ? b * 1.5 : b }'
}

# counted NAME: "BUCKET COUNT" for each, of all ticks together.
counted()
{
	rows user uid=0 | sed -nE "s/.*\"$1\":\{[^}]*\"buckets\":\[([][0-9.,]+)\]\}.*/\1/p" | tr -d '[' | tr ']' '\n' |
		awk -F, 'NF >= 3 { n[$(NF - 2)] += $NF } END { for (b in n) print b, n[b] }' | sort -n | tr '\n' ' '
}

# connected: the longest connect() of each tick that had one.
connected()
{
	rows user uid=0 | sed -nE 's/.*"connect_hist":\{"n":1,[^}]*"max_us":([0-9]+).*/\1/p'
}

# sends MICROSECONDS ADDRESS [NAMESPACE]: a hundred bytes, which are acknowledged once, over a path of this length.
sends()
{
	skbtop_between_ticks
	guest_start_in_near tcp "$2" 100 0 $3
	skbtop_settle
	smoothed=$(ip netns exec near ss -tinH "sport = :$lport" | sed -nE 's/.* rtt:([0-9.]+).*/\1/p')
	guest_stop
	bucket "$(echo "$smoothed" | awk '{ printf "%d", $1 * 1000 + 0.5 }')" >>"$buckets"
	echo ' 1' >>"$buckets"
	within "connect() over $1 us" "$(connected | tail -n 1)" "$1" $((connect_us + 1))
}

two_paths()
{
	buckets=$(mktemp)
	skbtop_start --view users --columns uid,rtt_samples,rtt_hist,connects,connect_hist
	sends 5000 127.0.0.1 ''
	sends 20000 10.9.0.2 far
	skbtop_settle
	equal 'round trips' "$(counted rtt_hist)" "$(sort -n "$buckets" | tr '\n' ' ')"
	equal 'connects' "$(connected | wc -l)" 2
	skbtop_stop
	rm -f "$buckets"
}

make_namespaces
tc -n near qdisc add dev near0 root netem delay 20ms
tc -n near qdisc add dev lo root netem delay 2500us
each_choice two_paths
done_checking
