# A kernel that has types (BTF), but does not show them: from 5.11 on BPF tells them, before that a copy has to be
# named, or to lie where kernels' images do.
# brief: 5.10
. /kernels/lib.sh

# What --doctor says of it, and which features are served by what.
doctor()
{
	skbtop --doctor "$@" >report 2>&1 || true
	sed -nE 's/^btf +//p' report
	sed -n '/^features/,$p' report
}

# serves WHERE OPTIONS...: all features are served as if the kernel showed its types, and a stream is counted.
serves()
{
	where=$1
	shift
	equal "$where" "$(doctor "$@")" "$where
$features"
	skbtop_start -t --columns lport,rport,state,tx_bytes,layers "$@"
	guest_start tcp 127.0.0.1 70000 3
	skbtop_settle
	equal 'bytes' "$(field tx_bytes "$(row lport=$lport rport=$rport)")" "$sent"
	guest_stop
	skbtop_stop
}

# refused TEXT OPTIONS...: in one line with this text.
refused()
{
	text=$1
	shift
	status=0
	skbtop --batch "$@" >out 2>error || status=$?
	equal "$text" "$status $(wc -l <error) $(grep -cF "$text" error) $(wc -c <out)" '1 1 1 0'
}

mkdir -p /boot
cp /sys/kernel/btf/vmlinux own
head -c 100000 own >part
features=$(doctor | sed 1d)
mount -t tmpfs hidden /sys/kernel/btf

if kernel_is_at_least 5.11; then
	serves "the kernel's own, by BPF (no /sys/kernel/btf/vmlinux)"
	equal 'nothing is left in /boot' "$(ls /boot)" ''
else
	refused 'no BTF of this kernel: '
	cp own "/boot/vmlinux-$(uname -r)"
	serves "/boot/vmlinux-$(uname -r)"
	rm /boot/*
fi
serves '/tmp/own (--btf)' --btf /tmp/own
refused 'it has no BTF' --btf /tmp/part
refused 'No such file' --btf /tmp/missing
umount /sys/kernel/btf
equal 'own' "$(doctor --btf /tmp/own | head -n 1)" '/sys/kernel/btf/vmlinux (--btf is not needed)'
done_checking
