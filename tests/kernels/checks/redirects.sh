# Bytes that programs of BPF move from one socket to another, at both: of sk_skb, with a parser and without; of sk_msg,
# out of the other socket or to who reads from it, also of writes that the program was not asked about; of the kernel's
# TLS. Which functions they pass, and what these are given, has moved.
# modules: ctr ghash_generic gcm
# brief: 6.1,6.18
. /kernels/lib.sh

# served: can they be counted here, with the hooks of this choice?
served()
{
	skbtop --doctor $without 2>/dev/null | grep -qE '^  (yes|less) +redirected bytes'
}

# Has this kernel the functions, and may they be hooked?
has_functions()
{
	case $without in
	*fentry*) return 1 ;;
	esac
	kernel_is_at_least 6.1 && ! kernel_is_at_least 7.0
}

# at END RX TX: what the socket "LPORT RPORT" has had from others and given to others; nothing, where it is not known.
at()
{
	line=$(wait_row lport="${1% *}" rport="${1#* }" ${2:+redir_rx=$2} ${3:+redir_tx=$3})
	equal "$kind: to the socket of $1" "$(field redir_rx "$line")" "$2"
	equal "$kind: from the socket of $1" "$(field redir_tx "$line")" "$3"
}

moves()
{
	kind=$1
	guest_begin "$kind"
	if ! guest_has_said; then
		guest_stop
		case $kind in
		tls*) echo "ok $kind # SKIP of a socket in a sockmap: $guest_said" ;;
		*) die "$kind" "$guest_said" ;;
		esac
		return 0
	fi
	inner="$lport $rport" target="$outer $far"
	at "$inner" "$zero" "$zero"
	at "$target" "$zero" "$zero"
	guest_more 20000
	guest_more 3000
	equal "$kind: what arrives" "$received" 23000
	at "$inner" "$zero" "${zero:+23000}"
	at "$target" "${zero:+23000}" "$zero"
	guest_stop
}

values()
{
	zero= more=
	[ -n "$without" ] || more='parser into apply'
	[ -n "$without" ] || ! grep -q tls /proc/sys/net/ipv4/tcp_available_ulp || more="$more tls"
	if served; then
		zero=0
	elif has_functions; then
		die 'redirected bytes are counted' "$(skbtop --doctor $without 2>&1 | grep -A2 'redirected bytes')"
	fi
	skbtop_start --columns lport,rport,intercepted,redir_rx,redir_tx
	for what in msg skb $more; do moves "$what"; done
	skbtop_stop
}

guest=redirect
each_choice values
done_checking
