# What is found where a rule drops large segments without a word: at the end that sends them, that smaller ones arrive;
# at the other, what has dropped them, whether or not this kernel says why.
# brief: 5.10,newest
. /kernels/lib.sh
PATIENCE=40 # the finding has to hold for four seconds

black_hole()
{
	ip netns exec far nft -f - <<-END
		table inet hole {
			chain in {
				type filter hook input priority 0;
				meta l4proto tcp meta length gt 1400 drop
			}
		}
	END
	skbtop_start --view findings
	guest_start_in_near tcp 10.9.0.2 1 1 far
	skbtop_settle
	echo 5000 1 >&9
	line=$(wait_until rows finding check=pmtu_black_hole | tail -n 1)
	equal 'black hole' "$(field text "$line")" \
		"client: packets of 1,500 B do not reach 10.9.0.2, smaller ones do: 1 connection stands still"
	line=$(wait_until rows finding check=local_drop | tail -n 1)
	why=' (NETFILTER_DROP)'
	kernel_is_at_least 5.17 || why=
	equal 'drop' "$(field text "$line" | sed -E 's/[0-9]+ packets/N packets/; s/ in [a-z_]+\(\)$//')" \
		"packet filter: N packets of server with 10.9.0.1 port $lport dropped here at far0 in 10 s$why"
	equal 'nothing is said twice' "$(count "$(rows finding 'check=rto_backoff|loss')")" 0
	ip netns exec far nft delete table inet hole
	guest_hear
	guest_stop
	skbtop_stop
}

make_namespaces
each_choice black_hole
done_checking
