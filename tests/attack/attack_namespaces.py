#!/usr/bin/env python3
"""More network namespaces than there are descriptors for, and namespaces that cannot be entered: the ticks say so, and
the sockets are there all the same."""

import contextlib
import os
import resource

from witness import SKBTOP, Failure, Peer, Skbtop, Skip, equal, holds, main, run

MANY = 12  # namespaces
LINKS = 24  # of netfilter, in each
HARD = 330  # descriptors: enough for everything but these links


def links_held(collector):
    folder, held = "/proc/%d/fd" % collector, 0
    for fd in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):  # it was closed meanwhile
            held += os.readlink(folder + "/" + fd) == "anon_inode:bpf_link"
    return held


def serves_links():
    """Only where no function can be hooked do netfilter links serve the layers."""
    if "netfilter/pre_routing" not in run(SKBTOP, "--doctor"):
        raise Skip("no netfilter links are used on this kernel")


@contextlib.contextmanager
def namespaces():
    """Many of them, each with an idle socket."""
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(Peer()) for _ in range(MANY)]
        for peer in peers:
            peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")
        yield peers


def limited(soft, hard):
    """skbtop with these limits of descriptors, and with all netfilter links."""
    return Skbtop("-t", "-n", interval=0.5, prefix=["prlimit", "--nofile=%d:%d" % (soft, hard)])


def soft_limit_is_raised():
    """The soft limit is for nobody: links take what the hard limit allows."""
    serves_links()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with namespaces(), limited(256, hard) as top:
        top.wait(lambda tick: links_held(top.children()[0]) > MANY * LINKS, "links in all namespaces")
        equal(top.settled().head["lost"]["netns_links"], 0, "namespaces without links")


def what_is_missing_is_told():
    """Where the hard limit is too low, some namespaces have no links: that is told, and nothing else stops."""
    serves_links()
    with namespaces(), limited(256, HARD) as top:
        top.wait(lambda tick: tick.head["lost"]["netns_links"] > 0, "namespaces without links are told")
        head = top.settled().head
        holds(head["totals"]["netns"] >= MANY and head["totals"]["tcp"] >= MANY, "sockets: %s" % head["totals"])
        equal((head["lost"]["lookups"], head["lost"]["netns"]), (0, 0), "passes and namespaces that failed")


def not_entered():
    """Without CAP_SYS_ADMIN no other namespace can be entered. It is said, and stays said while nothing moves there."""
    try:
        run("setpriv", "--bounding-set", "-sys_admin", "true")
    except Failure:
        raise Skip("no setpriv") from None
    with namespaces(), Skbtop(interval=0.5, prefix=["setpriv", "--bounding-set", "-sys_admin"]) as top:
        top.wait(lambda tick: tick.head["lost"]["netns"] >= MANY, "namespaces that could not be entered")


if __name__ == "__main__":
    main([soft_limit_is_raised, what_is_missing_is_told, not_entered])
