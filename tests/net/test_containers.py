"""Containers: sockets of processes in cgroups that are called as runtimes call theirs, whose files lie where the
runtimes keep them: in a mount namespace that the skbtop under test has for itself."""

import contextlib
import json
import os

from cgroups import cgroup, cgroup_root
from witness import Peer, Skbtop, equal, main

MOUNTS = "/var/log /var/lib /run"  # empty for that skbtop; /run/netns of the machine is not looked for here
INSIDE = "for d in %s; do mount -t tmpfs none $d || exit; done; cp -a \"$FILES/.\" / && exec \"$@\"" % MOUNTS


def some_id(seed):
    return ("%x%x" % (os.getpid(), seed)).rjust(64, "a")


class World:
    """The files of the machine that skbtop sees, below its home."""

    def __init__(self, folder):
        self.folder = os.environ["HOME"] + "/" + folder
        os.mkdir(self.folder)

    def put(self, path, text):
        whole = self.folder + path
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole + ".new", "w", encoding="ascii") as f:
            f.write(text)
        os.rename(whole + ".new", whole)

    def skbtop(self, *args):
        return Skbtop(*args, prefix=("unshare", "-m", "sh", "-c", INSIDE, "sh"),
                      env={**os.environ, "FILES": self.folder})


def listening(peer, slot=0):
    peer("tcp %d 4" % slot, "bind %d 127.0.0.1 0" % slot, "listen %d 4" % slot)


def names_of_three_runtimes():
    docker, pod, bare = some_id(1), some_id(2), some_id(3)
    world = World("three")
    world.put("/var/lib/docker/containers/%s/config.v2.json" % docker, json.dumps({"ID": docker, "Name": "/web"}))
    os.chmod(world.folder + "/var/lib/docker", 0o700)  # as dockerd has it (0710): others may not look into it
    world.put("/var/log/containers/pod-1_shop_app-%s.log" % pod, "")
    with Peer() as a, Peer() as b, Peer() as c, Peer() as d, contextlib.ExitStack() as stack:
        for path, peer in (("skbtop-test.slice/docker-%s.scope" % docker, a),
                           ("kubepods.slice/kubepods-podf00.slice/cri-containerd-%s.scope" % pod, b),
                           ("skbtop-test.slice/libpod-%s.scope/container" % bare, c)):
            stack.enter_context(cgroup(path, peer))
        for peer in (a, b, c, d):
            listening(peer)
        want = {a.pid: "web", b.pid: "shop/pod-1/app", c.pid: "podman:" + bare[:12]}
        with world.skbtop("--columns", "pid,container,cgroup") as top:
            def look(tick):
                found = {r["pid"]: r.get("container") for r in tick.rows if r.get("pid") in (*want, d.pid)}
                return found == {**want, d.pid: None}
            top.wait(look, "their names")
        with world.skbtop("--view", "containers") as top:
            rows = top.wait(lambda t: [r for r in t.rows if r["container"] in want.values()], "rows")
            equal({r["container"]: r["members"] for r in rows}, {name: 1 for name in want.values()}, "members")
        with world.skbtop("--view", "sockets", "--filter", "container = shop/*") as top:
            rows = top.wait(lambda t: t.rows, "those of a pod")
            equal([r["pid"] for r in rows], [b.pid], "by filter")


def name_that_comes_later():
    """Kubernetes writes its links once a container runs."""
    pod = some_id(4)
    world = World("later")
    with Peer() as peer, cgroup("kubepods.slice/cri-containerd-%s.scope" % pod, peer):
        listening(peer)
        with world.skbtop("--columns", "pid,container") as top:
            def named(name):
                return lambda t: [r for r in t.rows if r.get("pid") == peer.pid and r.get("container") == name]
            top.wait(named("containerd:" + pod[:12]), "its id")
            link = "/proc/%d/root/var/log/containers" % top.children()[0]
            os.mkdir(link)
            os.symlink("/nowhere", "%s/pod-1_shop_app-%s.log" % (link, pod))
            top.wait(named("shop/pod-1/app"), "its name")


def cgroup_of_a_name():
    with Peer() as peer, cgroup("lxc.payload.box-%d/system.slice" % os.getpid(), peer):
        listening(peer)
        with Skbtop("--columns", "pid,container") as top:
            top.wait(lambda t: [r for r in t.rows if r.get("pid") == peer.pid and
                                r.get("container") == "box-%d" % os.getpid()], "the name of its cgroup")


main([names_of_three_runtimes, name_that_comes_later, cgroup_of_a_name])
