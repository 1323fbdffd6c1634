"""Two peers joined in one of the ways that Linux knows: what is between them goes with their namespaces."""

import contextlib
import ctypes
import fcntl
import os
import select
import socket
import struct
import threading
import time

from witness import Failure, Peer, Skip, run

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 1, 0x1000
SIOCETHTOOL = 0x8946
ETHTOOL = {"tx": 0x17, "sg": 0x19, "tso": 0x1f, "gso": 0x24, "gro": 0x2c}  # ETHTOOL_S…
LIBC = ctypes.CDLL(None, use_errno=True)


def enter(fd):
    if LIBC.setns(fd, CLONE_NEWNET) < 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def within(peer):
    """What this thread opens meanwhile belongs to the peer's network namespace."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    there = os.open("/proc/%d/ns/net" % peer.pid, os.O_RDONLY | os.O_CLOEXEC)
    try:
        enter(there)
        yield
    finally:
        enter(home)
        os.close(there)
        os.close(home)


def ethtool(peer, device, **settings):
    """Turns offloads of a device on (1) or off (0)."""
    with within(peer), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for name, value in settings.items():
            data = ctypes.create_string_buffer(struct.pack("=II", ETHTOOL[name], value))
            try:
                fcntl.ioctl(s, SIOCETHTOOL, struct.pack("16sP16x", device.encode(), ctypes.addressof(data)))
            except OSError as e:
                raise Skip("%s cannot be set: %s" % (name, e)) from None


class Joined:
    """The ends: peers, their addresses by family, and which devices a packet of a to b crosses at each."""

    def __init__(self, a, b, host, out, into, device=None, segments=False):
        self.a, self.b = a, b
        self.segments = segments  # the devices cannot segment: it is done before they are given a packet
        self.ends = False  # what is sent ends its way at the device: somebody reads it there
        self.gro = False  # what is received passes GRO
        self.between = None  # the peer whose namespace is on the way
        self.host = host
        self.out, self.into = out, into
        self.device = device or (out[0], into[-1])  # where tcpdump looks


def add(peer, *words):
    try:
        peer.inside("ip", "link", "add", *words)
    except Failure as e:
        raise Skip("no such device: %s" % e) from None


def up(peer, device, *addresses):
    for address in addresses:
        peer.inside("ip", "address", "add", address, "dev", device, *(("nodad",) if ":" in address else ()))
    peer.inside("ip", "link", "set", device, "up")


def addressed(a, b, device_a, device_b):
    up(a, device_a, "10.99.0.1/24", "fd99::1/64")
    up(b, device_b, "10.99.0.2/24", "fd99::2/64")


def pair(a, device_a, b, device_b):
    run("ip", "link", "add", device_a, "netns", str(a.pid), "type", "veth", "peer", "name", device_b, "netns",
        str(b.pid))


@contextlib.contextmanager
def peers(*, more=0):
    with contextlib.ExitStack() as stack:
        all_of_them = [stack.enter_context(Peer()) for _ in range(2 + more)]
        for p in all_of_them:  # neighbours and routers are not asked for: nothing but the test's packets
            p.inside("sysctl", "-qw", "net.ipv6.conf.all.accept_ra=0", "net.ipv6.conf.default.router_solicitations=0")
        yield all_of_them


HOST = {4: "10.99.0.2", 6: "fd99::2"}


@contextlib.contextmanager
def lo():
    with Peer() as a:
        yield Joined(a, a, {4: "127.0.0.1", 6: "::1"}, ["lo"], ["lo"])


@contextlib.contextmanager
def veth():
    with peers() as (a, b):
        pair(a, "va", b, "vb")
        addressed(a, b, "va", "vb")
        yield Joined(a, b, HOST, ["va"], ["vb"])


def stacked(kind, *options):
    """A device on top of a veth's end, in each of the two."""
    @contextlib.contextmanager
    def join():
        with peers() as (a, b):
            pair(a, "va", b, "vb")
            for p, lower in ((a, "va"), (b, "vb")):
                p.inside("sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1")  # else the lower one answers as well
                add(p, "link", lower, "name", "top", "type", kind, *options)
                up(p, lower)
            addressed(a, b, "top", "top")
            yield Joined(a, b, HOST, ["top", "va"], ["vb", "top"], ("va", "vb"))
    return join


macvlan = stacked("macvlan", "mode", "bridge")
vlan = stacked("vlan", "id", "7")


@contextlib.contextmanager
def vxlan():
    with peers() as (a, b):
        pair(a, "va", b, "vb")
        up(a, "va", "10.98.0.1/24")
        up(b, "vb", "10.98.0.2/24")
        for p, device, mine, other in ((a, "va", 1, 2), (b, "vb", 2, 1)):
            add(p, "name", "vx", "type", "vxlan", "id", "7", "dev", device, "local", "10.98.0.%d" % mine,
                "remote", "10.98.0.%d" % other, "dstport", "4789")
        addressed(a, b, "vx", "vx")
        # The outer packet is another one to the stack: what is received begins with what was within.
        yield Joined(a, b, HOST, ["vx", "va"], ["vx"])


def forwards(peer, *ports):
    """Waits until the ports of a bridge forward: the kernel lets them once it has heard of their carrier, which it
    looks after when it has time (linkwatch). What is sent before goes nowhere, and a neighbour is asked for three
    seconds."""
    until = time.monotonic() + 20
    for port in ports:
        while "state forwarding" not in peer.inside("ip", "-d", "link", "show", port):
            if time.monotonic() > until:
                raise Failure("%s does not forward within 20 s" % port)
            time.sleep(0.02)


@contextlib.contextmanager
def bridge():
    """A bridge at each end, which has the addresses."""
    with peers() as (a, b):
        pair(a, "va", b, "vb")
        for p, port in ((a, "va"), (b, "vb")):
            add(p, "name", "br0", "type", "bridge", "mcast_snooping", "0")
            p.inside("ip", "link", "set", port, "master", "br0")
            up(p, port)
        addressed(a, b, "br0", "br0")
        forwards(a, "va")
        forwards(b, "vb")
        yield Joined(a, b, HOST, ["br0", "va"], ["vb", "br0"], ("br0", "br0"))


@contextlib.contextmanager
def bridged():
    """A bridge on the way, in a namespace of its own: none of the ends' business."""
    with peers(more=1) as (a, b, c):
        pair(a, "va", c, "ca")
        pair(b, "vb", c, "cb")
        add(c, "name", "br0", "type", "bridge", "mcast_snooping", "0")
        for port in ("ca", "cb"):
            c.inside("ip", "link", "set", port, "master", "br0")
            up(c, port)
        up(c, "br0")
        addressed(a, b, "va", "vb")
        forwards(c, "ca", "cb")
        joined = Joined(a, b, HOST, ["va"], ["vb"])
        joined.between = c
        yield joined


def open_tun(peer, name):
    with within(peer):
        try:
            fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as e:
            raise Skip("no tun: %s" % e) from None
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return fd


def carry(fds, done):
    """Carries packets between two tun devices until it is told to end."""
    other = {fds[0]: fds[1], fds[1]: fds[0]}
    while True:
        ready = select.select([*fds, done], [], [])[0]
        if done in ready:
            return
        for fd in ready:
            try:
                os.write(other[fd], os.read(fd, 65536))
            except BlockingIOError:
                pass


@contextlib.contextmanager
def tun():
    """Two devices without a MAC header, and a program between them."""
    with peers() as (a, b), contextlib.ExitStack() as stack:
        fds = [open_tun(p, "tun") for p in (a, b)]
        for fd in fds:
            stack.callback(os.close, fd)
        addressed(a, b, "tun", "tun")
        done, end = os.pipe()
        stack.callback(os.close, done)
        carrier = threading.Thread(target=carry, args=(fds, done), daemon=True)
        carrier.start()
        stack.callback(carrier.join)
        stack.callback(os.close, end)
        joined = Joined(a, b, HOST, ["tun"], ["tun"], segments=True)
        joined.ends = True
        yield joined
