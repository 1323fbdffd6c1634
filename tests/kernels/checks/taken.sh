# What has taken a connection over: programs of BPF in a sockmap, a filter, the kernel's TLS. Where a psock has its
# programs and its parser, and what marks it, has moved; TLS keeps what it knows in a module.
# modules: ctr ghash_generic gcm
# brief: 5.10,newest
. /kernels/lib.sh

# exchanged WHAT: 50,000 bytes to a server whose end programs have. 5.10 hands over the whole packet that a message lies
# in, so there each is one. 7.3 leaves the rest of so many, or of 50,000 bytes at once, to the next packet that comes.
exchanged()
{
	guest_begin -b "$1" $(kernel_is_at_least 6.0 || echo '-c 1000') tcp 10.9.0.2 25000 3000 far
	guest_has_said && echo '25000 0' >&9 && guest_has_said
}

# taken WHAT WORDS PROGRAMS: the server's end while programs have it; bytes are those that were sent.
taken()
{
	in_near='ip netns exec near'
	exchanged "$1" || { guest_stop; exchanged "$1"; } || { guest_stop; exchanged "$1"; } ||
		die "$1: traffic" "$guest_said"
	in_near=
	skbtop_settle
	line=$(row lport=$rport rport=$lport)
	equal "$1: what has it" "$(field intercepted "$line")" "$2"
	equal "$1: programs" "$(field psock_progs "$line")$(field filter_prog "$line")" \
		"$(echo "$3" | sed "s/ /#$first /; s/\$/#$([ "$second" = 0 ] && echo "$first" || echo "$second")/")"
	equal "$1: bytes received" "$(field rx_bytes "$line")" 50000
	equal "$1: bytes sent" "$(field tx_bytes "$line")" 3000
	equal "$1: the other end" "$(field intercepted "$(row lport=$lport rport=$rport)")" ''
	case $1 in
	parser)
		equal "$1: messages" "$(field strp_msgs "$line")" 50
		# The kernel counts twice what it has to look at again: __strp_recv() as of 7.3.
		within "$1: bytes of messages" "$(field strp_bytes "$line")" 50000 60000
		equal "$1: given up" "$(field strp_aborted "$line")" false
		;;
	*) equal "$1: messages" "$(field strp_msgs "$line")" '' ;;
	esac
	guest_stop
}

# of_ss NAME: what ss says of the client's TLS.
of_ss()
{
	ip netns exec near ss -tinH "sport = :$lport" | sed -nE "s/.*tcp-ulp-tls.* $1: ?([^ ]+).*/\1/p"
}

tls()
{
	guest_start_in_near -t "$1" tcp 10.9.0.2 20000 10000 far
	skbtop_settle
	line=$(row lport=$lport rport=$rport)
	equal "TLS $1: what has it" "$(field intercepted "$line")" tls
	equal "TLS $1: version" "$(field tls_version "$line")" "1.$(($1 - 10))"
	equal "TLS $1: version, as ss says" "$(field tls_version "$line")" "$(of_ss version)"
	equal "TLS $1: cipher" "$(field tls_cipher "$line")" "$(of_ss cipher)"
	equal "TLS $1: who encrypts" "$(field tls_tx "$line")" "$(of_ss txconf)"
	equal "TLS $1: who decrypts" "$(field tls_rx "$line")" "$(of_ss rxconf)"
	# Records have a head and a tag beside what was sent.
	within "TLS $1: bytes sent" "$(field tx_bytes "$line")" 20001 21000
	# From 6.0 on, and no kernel before is here with TLS, its parser has no statistics.
	equal "TLS $1: bytes of messages" "$(field strp_bytes "$line")" ''
	equal "TLS $1: given up" "$(field strp_aborted "$line")" ''
	guest_stop
}

columns=lport,rport,rx_bytes,tx_bytes,intercepted,psock_progs,filter_prog
columns=$columns,strp_msgs,strp_bytes,strp_aborted,tls_version,tls_cipher,tls_tx,tls_rx

values()
{
	skbtop_start --columns "$columns"
	taken parser 'parser verdict' 'g_parser g_verdict'
	taken verdict verdict g_verdict
	kernel_is_at_least 5.13 && taken skb skb_verdict g_skb
	taken msg msg g_msg
	taken filter filter g_filter
	if has_tls; then
		tls 12
		tls 13
	fi
	skbtop_stop
}

# Is there TLS in this kernel? It is loaded, if it is a module.
has_tls()
{
	grep -q tls /proc/sys/net/ipv4/tcp_available_ulp
}

make_namespaces
each_choice values
done_checking
