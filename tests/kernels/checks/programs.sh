# Programs of BPF that see the packets or calls of many sockets: of control groups, whom the kernel tells of only with a
# capability, and of devices, where tcx came with 6.6 and has a query of its own.
# brief: 5.10,newest
. /kernels/lib.sh

# sees WHAT COLUMN WORDS: the server's end of a connection over lo while these are attached.
sees()
{
	guest_start -b "$1" tcp 127.0.0.1 3000 1000
	line=$(wait_row lport=$rport rport=$lport "$2=$(echo "$3" | sed "s/FIRST/$first/; s/SECOND/$second/")")
	equal "$1: which" "$(field "$2" "$line")" "$(echo "$3" | sed "s/FIRST/$first/; s/SECOND/$second/")"
	equal "$1: it is not taken over" "$(field intercepted "$line")" ''
	guest_stop
	guest_start tcp 127.0.0.1 1000 1000
	equal "$1: later none" "$(field "$2" "$(wait_row lport=$rport rport=$lport "$2=none")")" none
	guest_stop
}

skbtop_start --columns lport,rport,via,intercepted,cgroup_progs,device_progs,rname
sees group cgroup_progs 'connect4:g_connect#FIRST egress:g_egress#SECOND'
tcx=' tcx_egress:g_tcx#SECOND'
kernel_is_at_least 6.6 || tcx=
sees device device_progs "xdp:g_xdp#FIRST$tcx"
skbtop_stop
done_checking
