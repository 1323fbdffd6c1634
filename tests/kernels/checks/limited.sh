# What holds back a sender that always has data to send is named: SO_MAX_PACING_RATE, which fq keeps to, or a shaper's
# queue.
# modules: sch_tbf
. /kernels/lib.sh

# hold NAME VERDICT GUEST'S-OPTIONS...: in half of the ticks in which data waits at least it is VERDICT, and in none the
# program.
hold()
{
	name=$1 verdict=$2
	shift 2
	skbtop_start --columns \
		id,netns,state,lport,rport,limited,notsent,busy_us,rwnd_limited_us,sndbuf_limited_us,cwnd,inflight
	guest_start_in_near "$@" 0 far
	skbtop_settle
	waiting=$(rows socket lport=$lport rport=$rport 'notsent=[1-9][0-9]*')
	within "$name: $verdict" "$(count "$(echo "$waiting" | grep "\"limited\":\"$verdict\"")")" \
		"$(($(count "$waiting") / 2))" 1000000
	within "$name: data waited" "$(count "$waiting")" 3 1000000
	equal "$name: not the program" "$(echo "$waiting" | grep -E '"limited":"(app|idle)"')" ''
	guest_stop
	skbtop_stop
}

all()
{
	tc -n near qdisc add dev near0 root fq
	hold fq paced -p 200000 tcp 10.9.0.2 2000000
	tc -n near qdisc replace dev near0 root tbf rate 2mbit burst 8k limit 1m
	hold tbf qdisc tcp 10.9.0.2 2000000
	tc -n near qdisc delete dev near0 root
}

make_namespaces
all
done_checking
