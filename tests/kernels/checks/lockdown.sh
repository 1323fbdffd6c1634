# A kernel that is locked down for its integrity lets us read all that we read; what one that keeps its memory to itself
# does not, is said in one line.
# boot: lockdown=integrity
# brief: 6.12
. /kernels/lib.sh

LOCKDOWN=/sys/kernel/security/lockdown
mount -t securityfs securityfs /sys/kernel/security
if [ ! -e $LOCKDOWN ]; then
	ok 'lockdown # SKIP this kernel has none'
	done_checking
fi
equal 'the kernel is locked down' "$(sed -n 's/.*\[\(.*\)\].*/\1/p' $LOCKDOWN)" integrity
skbtop --doctor >report || true
equal 'integrity' "$(sed -n 's/^lockdown *//p' report) $(tail -n 1 report)" 'integrity skbtop can run'
skbtop_start
guest_once tcp 127.0.0.1 70000 3
equal 'bytes' "$(field tx_bytes "$(wait_ended lport=$lport rport=$rport)")" "$sent"
skbtop_stop
echo confidentiality >$LOCKDOWN
status=0 why='the kernel is locked down (confidentiality): BPF may not read its memory;'
why="$why boot with lockdown=integrity or none"
skbtop --batch --count 1 >out 2>error || status=$?
equal 'confidentiality' "$status $(cat out error)" "1 skbtop: $why"
done_checking
