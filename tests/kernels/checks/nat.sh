# Both ends of a connection know each other, though the one that has opened it has another address on the way.
# brief: 5.10,newest
. /kernels/lib.sh

make_namespaces
ip -n near address add 10.9.0.77/32 dev near0
ip netns exec near nft 'add table t; add chain t s { type nat hook postrouting priority 100; };
	add rule t s ip daddr 10.9.0.2 snat to 10.9.0.77'
guest_start_in_near tcp 10.9.0.2 1000 1000 far
skbtop_start --columns id,state,laddr,lport,raddr,rport,pid,comm,peer,peer_pid,peer_comm
near=$(wait_row laddr=10.9.0.1 "lport=$lport" 'peer=[0-9.]+')
far=$(wait_row raddr=10.9.0.77 "lport=$rport" 'peer=[0-9.]+')
equal 'client, the other end' "$(field peer "$near") $(field peer_pid "$near") $(field peer_comm "$near")" \
	"$(field id "$far") $server server"
equal 'server, the other end' "$(field peer "$far") $(field peer_pid "$far") $(field peer_comm "$far")" \
	"$(field id "$near") $client client"
guest_stop
skbtop_stop
done_checking
