"""Names of devices: right in every namespace, after a rename, and never those of a namespace that is no more, whose
number another one was given. A drop has its device's name of that moment."""

import contextlib
import socket

import links
from test_drops import Losses, nft
from witness import Failure, Peer, Skbtop, Skip, equal, holds, main, veth

COLUMNS = "id,netns,netns_cookie,proto,lport,ifname,state"
SO_BINDTODEVICE = 25
TRIES = 50


def bound(peer, name):
    """A datagram socket of this namespace that is bound to a device, and its port."""
    with links.within(peer):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, name.encode())
    s.bind(("0.0.0.0", 0))
    return s, s.getsockname()[1]


def device(peer, name):
    links.add(peer, "name", name, "type", "bridge")


def in_every_namespace():
    """The same number is another device in each."""
    with Peer() as a, Peer() as b, contextlib.ExitStack() as stack:
        device(a, "one")
        device(b, "other")
        sa, port_a = bound(a, "one")
        sb, port_b = bound(b, "other")
        stack.callback(sa.close)
        stack.callback(sb.close)
        with Skbtop(columns=COLUMNS) as top:
            rows = top.rows({"netns": a.netns, "lport": port_a}, {"netns": b.netns, "lport": port_b})
            equal([r.get("ifname") for r in rows], ["one", "other"], "devices")
        with Skbtop("--filter", "dev = oth* and netns = %d" % b.netns, columns=COLUMNS) as top:
            equal(top.row(lport=port_b).get("ifname"), "other", "the device that was asked for")
            equal(top.settled().find(lport=port_a), [], "the other one")


def renamed():
    """Nothing happens to the socket meanwhile. When the device is gone, so is its name."""
    with Peer() as a:
        device(a, "before")
        s, port = bound(a, "before")
        with s, Skbtop(columns=COLUMNS) as top:
            equal(top.row(netns=a.netns, lport=port).get("ifname"), "before", "device")
            a.inside("ip", "link", "set", "before", "name", "after")
            top.wait(lambda t: [r for r in t.find(netns=a.netns, lport=port) if r.get("ifname") == "after"],
                     "its new name")
            a.inside("ip", "link", "delete", "after")
            top.wait(lambda t: [r for r in t.find(netns=a.netns, lport=port) if "ifname" not in r], "no name any more")


def number_that_was_given_again():
    """A namespace goes, another gets its inode: no row of the new one has a name of the old."""
    with Skbtop(columns=COLUMNS) as top:
        with Peer() as a:
            device(a, "dead")
            s, port = bound(a, "dead")
            with s:
                old = top.row(netns=a.netns, lport=port)
                equal(old.get("ifname"), "dead", "device")
            netns = a.netns
        with contextlib.ExitStack() as stack:
            for _ in range(TRIES):
                b = stack.enter_context(Peer())
                if b.netns == netns:
                    break
            else:
                raise Skip("no namespace was given the number again")
            device(b, "alive")
            seen = []
            s, port = bound(b, "alive")
            stack.callback(s.close)
            with links.within(b):
                index = socket.if_nametoindex("alive")
            holds(index, "no device")
            def look(tick):
                seen.extend(r.get("ifname") for r in tick.find(netns=netns, lport=port))
                return len(seen) > 3
            top.wait(look, "the new socket")
            equal(set(seen), {"alive"}, "devices of the new namespace")
            holds(top.row(netns=netns, lport=port)["netns_cookie"] != old["netns_cookie"], "another namespace")


def drop_after_a_rename():
    with Peer() as a, Peer() as b, Losses("-k") as top:
        veth(a, b)
        nft(b, "input", "udp dport 7 drop")
        a("udp 1 4", "sendto 1 10.99.0.2 7 100")
        equal(top.found(lport=7, netns=b.netns)[0]["ifname"], "vb", "device")
        try:
            b.inside("ip", "link", "set", "vb", "name", "renamed")
        except Failure:  # only since 6.6 while it is up
            b.inside("ip", "link", "set", "vb", "down")
            b.inside("ip", "link", "set", "vb", "name", "renamed")
            b.inside("ip", "link", "set", "vb", "up")
        a("sendto 1 10.99.0.2 7 100")
        drops = top.found(2, lport=7, netns=b.netns)
        equal([d["ifname"] for d in drops], ["vb", "renamed"], "devices")


if __name__ == "__main__":
    main([in_every_namespace, renamed, number_that_was_given_again, drop_after_a_rename])
