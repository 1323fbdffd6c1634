# What the layers cost for each packet in this machine: programs run and BPF run time while iperf3 sends a stream over
# loopback. Run by bench/vm.py, in the manner of tests/kernels/checks.
. /kernels/lib.sh

BYTES=64M

# Runs and nanoseconds of all programs so far.
runs()
{
	bpftool prog show | sed -nE 's/.* name ([^ ]+) .*run_time_ns ([0-9]+) run_cnt ([0-9]+).*/\1 \3 \2/p' | sort
}

packets()
{
	awk '/lo:/ { print $3 }' /proc/net/dev
}

stream()
{
	iperf3 -s -1 >/dev/null &
	server=$!
	wait_until sh -c 'ss -tlnH sport = :5201'  >/dev/null
	iperf3 -c 127.0.0.1 -n $BYTES >/dev/null
	wait $server
}

cost()
{
	skbtop_start "$@" --columns id
	skbtop_settle
	runs >/tmp/before
	start=$(packets)
	stream
	runs >/tmp/after
	packets=$(($(packets) - start))
	echo "figure $* $without: $packets packets"
	awk -v packets="$packets" '
		NR == FNR { count[$1] = $2; time[$1] = $3; next }
		$2 > count[$1] {
			runs += n = $2 - count[$1]
			ns += t = $3 - time[$1]
			printf "figure %s %.2f %.0f %.0f\n", $1, n / packets, t / n, t / packets
		}
		END {
			if (runs)
				printf "figure all %.2f %.0f %.0f\n", runs / packets, ns / runs, ns / packets
		}' /tmp/before /tmp/after
	equal 'packets were sent' "$([ "$packets" -gt 100 ] && echo yes)" yes
	skbtop_stop
}

layers()
{
	cost -t
}

ip link set lo up
echo 1 >/proc/sys/kernel/bpf_stats_enabled
cost
each_choice layers
done_checking
