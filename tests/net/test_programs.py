"""Programs of BPF that see the calls or packets of many sockets: those of control groups and of devices, by the ids and
names that the kernel gave them, beside what bpftool lists."""

import contextlib
import json
import os

from attach import (CGROUP_DEVICE, CGROUP_SKB, CGROUP_SOCK_ADDR, CONNECT4, EGRESS, INGRESS, ON_DEVICE, ON_SOCK_OPS,
                    ON_XDP, SCHED_CLS, SENDMSG4, SOCK_OPS, TCX_EGRESS, TCX_INGRESS, XDP, at_group, attached, number_of,
                    pinned)
from bpf import held
from cgroups import cgroup, cgroup_root
from links import within
from sockmap import returns
from witness import Peer, Skbtop, equal, holds, joined, main, run

COLUMNS = "id,netns,proto,state,laddr,lport,raddr,rport,via,cgroup,cgroup_progs,device_progs,intercepted"
ACCEPT = returns(1)


def of_bpftool(path):
    """Effective programs by bpftool, as "name#id"."""
    listed = json.loads(run("bpftool", "-j", "cgroup", "show", path, "effective"))
    return {"%s#%d" % (p["name"], p["id"]) for p in listed}


def id_of(program):
    return int(program.rpartition("#")[2])


def split(text):
    return [tuple(word.split(":", 1)) for word in (text or "").split() if word != "none"]


def rows_say(top, netns, want, **of):
    """Waits until all sockets of the namespace like this have exactly these of the programs that are called t_…."""
    def look(tick):
        rows = tick.find(netns=netns, **of)
        return rows and all([p for p in split(r.get("cgroup_progs")) if p[1].startswith("t_")] == want for r in rows)
    top.wait(look, "%s of %s" % (want, of))


def programs_of_groups():
    name = "skbtop-programs-%d" % os.getpid()
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        peer, other = enter(Peer()), enter(Peer())
        enter(cgroup(name + "/inner", peer))
        outer = cgroup_root() + "/" + name
        told = {hook: enter(at_group(outer + place, kind, number, ACCEPT, "t_" + hook))
                for hook, place, kind, number in (
                    ("ingress", "", CGROUP_SKB, INGRESS), ("egress", "/inner", CGROUP_SKB, EGRESS),
                    ("sock_ops", "", SOCK_OPS, ON_SOCK_OPS), ("connect4", "/inner", CGROUP_SOCK_ADDR, CONNECT4),
                    ("sendmsg4", "/inner", CGROUP_SOCK_ADDR, SENDMSG4), ("device", "", CGROUP_DEVICE, ON_DEVICE))}
        twice = contextlib.ExitStack()
        inherited = twice.enter_context(at_group(outer, CGROUP_SKB, EGRESS, ACCEPT, "t_outer"))
        peer.pair(0, 1, 2)
        peer.pair(3, 4, 5, host="::1")
        peer("udp 6 4", "bind 6 127.0.0.1 0")
        other.pair(0, 1, 2)
        top = enter(Skbtop(columns=COLUMNS))
        words = lambda *hooks: [(h, told[h]) for h in hooks]
        # Of a hook the inner group's come first.
        rows_say(top, peer.netns, words("connect4", "sock_ops", "egress") + [("egress", inherited)] + words("ingress"),
                 proto="tcp", laddr="127.0.0.1")
        rows_say(top, peer.netns, words("sock_ops", "egress") + [("egress", inherited)] + words("ingress"),
                 proto="tcp", laddr="::1")
        rows_say(top, peer.netns, words("connect4", "sendmsg4", "egress") + [("egress", inherited)] + words("ingress"),
                 proto="udp")
        rows_say(top, other.netns, [], proto="tcp")
        udp = split(top.settled().find(netns=peer.netns, proto="udp")[0]["cgroup_progs"])
        mine = {p for _, p in udp if p.startswith("t_")}  # others come and go at the root
        equal(mine - of_bpftool(outer + "/inner"), set(), "programs that bpftool does not know")
        equal([r for r in top.settled().find(netns=peer.netns) if r.get("intercepted")], [], "what it has taken over")
        twice.close()
        rows_say(top, peer.netns, words("sock_ops", "egress", "ingress"), proto="tcp", laddr="::1")


def our_own_are_not_listed():
    name = "skbtop-ours-%d" % os.getpid()
    with Peer() as peer, cgroup(name, peer), Skbtop(columns=COLUMNS + ",rname") as top:
        peer.pair(0, 1, 2)
        ours = top.wait(lambda t: {id_of(p) for p in of_bpftool(cgroup_root())} &
                        {p for pid in top.children() for p in held(pid)["programs"]}, "one of ours at the root")
        # It is inherited by all: what is seen beside a later one is what was seen with it.
        with at_group(cgroup_root() + "/" + name, CGROUP_SKB, INGRESS, ACCEPT, "t_late") as late:
            rows_say(top, peer.netns, [("ingress", late)], state="estab")
            row = top.settled().find(netns=peer.netns, state="estab")[0]
            equal({id_of(p) for _, p in split(row["cgroup_progs"])} & ours, set(), "our own")


def link_at_device(peer, device, links, *what):
    with within(peer):
        return links.enter_context(attached(number_of(peer, device), *what))


def device_says(top, peer, device, want):
    def look(tick):
        rows = tick.find(netns=peer.netns, via=device)
        return rows and all("device_progs" in r and split(r["device_progs"]) == want for r in rows)
    top.wait(look, "%s at %s" % (want, device))


def programs_of_devices():
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        a, b = enter(Peer()), enter(Peer())
        joined(a, b)
        path, classifier = enter(pinned(SCHED_CLS, returns(-1), "t_tc"))
        out_path, out = enter(pinned(SCHED_CLS, returns(-1), "t_out"))
        a.inside("tc", "qdisc", "add", "dev", "va", "clsact")
        a.inside("tc", "filter", "add", "dev", "va", "ingress", "bpf", "da", "object-pinned", path)
        a.inside("tc", "filter", "add", "dev", "va", "egress", "bpf", "da", "object-pinned", out_path)
        # Classic BPF has no id.
        a.inside("tc", "filter", "add", "dev", "va", "egress", "bpf", "bytecode", "1,6 0 0 4294967295,")
        b.inside("tc", "qdisc", "add", "dev", "vb", "ingress")
        b.inside("tc", "filter", "add", "dev", "vb", "ingress", "bpf", "da", "object-pinned", path)
        links = enter(contextlib.ExitStack())
        want = [("xdp", link_at_device(a, "va", links, XDP, ON_XDP, returns(2), "t_xdp"))]
        with contextlib.suppress(OSError):  # 6.6
            want.append(("tcx_ingress", link_at_device(a, "va", links, SCHED_CLS, TCX_INGRESS, returns(-1), "t_tcx")))
            want.append(("tcx_egress", link_at_device(a, "va", links, SCHED_CLS, TCX_EGRESS, returns(-1), "t_tcx_out")))
        want += [("tc_ingress", classifier), ("tc_egress", out)]
        top = enter(Skbtop(columns=COLUMNS))
        device_says(top, a, "va", want)
        device_says(top, b, "vb", [("tc_ingress", classifier)])
        kernel = a.inside("bpftool", "net", "show", "dev", "va").split()
        for hook, program in want:
            if not hook.startswith("tcx"):  # which bpftool does not list before 7.3
                holds(program.rpartition("#")[2] in kernel, "bpftool lists " + program)
        links.close()
        a.inside("tc", "filter", "del", "dev", "va", "egress")
        device_says(top, a, "va", [("tc_ingress", classifier)])
        a.inside("tc", "qdisc", "del", "dev", "va", "clsact")
        device_says(top, a, "va", [])


main([programs_of_groups, our_own_are_not_listed, programs_of_devices])
