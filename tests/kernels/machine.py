"""One small machine: a kernel, and an initramfs with busybox, the modules, and the files of a check with the shared
libraries that they need. No disk, no network but two NICs on one wire, where a check asks for them. It runs in software
emulation and on virtual time: idle time is skipped and clocks go by instructions executed, so that sleeping costs
nothing, and two runs are alike whatever the host does."""

import glob
import lzma
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile

import kernels

HERE = os.path.dirname(os.path.abspath(__file__))

# In the order of loading; what they depend on comes by itself, what the kernel has built in is passed over.
MODULES = ("crc32c_generic", "crc32c_intel", "veth", "sch_netem", "sch_fq", "inet_diag", "tcp_diag", "udp_diag",
           "nf_conntrack", "nf_tables", "nft_ct", "nft_chain_nat", "nft_nat", "nft_masq", "nft_numgen", "nft_counter",
           "nft_reject_inet", "tls", "tcp_bbr")
NIC_MODULES = ("virtio_pci", "virtio_net")
# Programs of the host that checks may call. sh is not busybox's: that one would run its own ip and nc first.
TOOLS = {"sh": "/bin/sh", "ip": None, "tc": None, "ss": None, "nstat": None, "nft": None,
         "conntrack": None}

# Clearing pages that are given out anew and checking copies to programs changes nothing for us, and costs a twentieth
# of a check.
COMMAND_LINE = ("console=ttyS0 panic=-1 reboot=t nokaslr mitigations=off no_timer_check tsc=reliable "
                "random.trust_cpu=on cryptomgr.notests init_on_alloc=0 hardened_usercopy=off")
QEMU = ("qemu-system-x86_64", "-accel", "tcg,thread=single", "-smp", "1", "-icount", "shift=3,sleep=off", "-seed", "1",
        "-rtc", "base=2026-01-01,clock=vm", "-M", "pc", "-cpu", "Nehalem,+rdrand", "-m", "512", "-nodefaults",
        "-no-user-config", "-display", "none", "-no-reboot", "-nic", "none")
# eth0 and eth1: a hub within QEMU joins them, and leads nowhere else.
NICS = tuple(word for i in (0, 1) for word in
             ("-netdev", "hubport,id=wire%d,hubid=0" % i, "-device", "virtio-net-pci,netdev=wire%d,romfile=" % i))
SIGNATURE_MAGIC = b"~Module signature appended~\n"
COMPLAINT = re.compile(r"Oops|BUG: |WARNING: |Kernel panic|general protection fault|soft lockup|rcu.*stall|KASAN|UBSAN")


class Archive:
    """A cpio archive (newc) for the kernel to unpack: names, modes and contents, nothing that changes between runs."""

    def __init__(self, file):
        self.file = file
        self.number = 0
        self.names = set()

    def add(self, name, mode, data=b""):
        if name in self.names:
            return
        if "/" in name:
            self.add(os.path.dirname(name), stat.S_IFDIR | 0o755)
        self.names.add(name)
        self.number += 1
        text = name.encode() + b"\0"
        fields = (self.number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(text), 0)
        head = b"070701" + b"".join(b"%08X" % f for f in fields) + text
        for part in (head, data):
            self.file.write(part + b"\0" * (-len(part) % 4))

    def add_file(self, name, path):
        with open(path, "rb") as f:
            self.add(name, stat.S_IFREG | 0o755, f.read())

    def add_link(self, name, target):
        self.add(name, stat.S_IFLNK | 0o777, target.encode())

    def add_program(self, name, path):
        """An executable with its shared libraries and their loader, at their own places."""
        self.add_file(name, path)
        out = subprocess.run(["ldd", path], check=False, text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL).stdout
        for library in re.findall(r"(/\S+) \(0x", out):
            self.add_file(library.lstrip("/"), library)

    def close(self):
        self.add("TRAILER!!!", 0)


def read_module(path):
    """A module without its signature: nothing here asks for one, and to verify it takes longer than all the rest of
    loading."""
    with open(path, "rb") as f:
        data = f.read()
    data = lzma.decompress(data) if path.endswith(".xz") else data
    if not data.endswith(SIGNATURE_MAGIC):
        return data
    head = 12  # struct module_signature, whose last field is the signature's length
    length = int.from_bytes(data[-len(SIGNATURE_MAGIC) - 4:-len(SIGNATURE_MAGIC)], "big")
    return data[:-len(SIGNATURE_MAGIC) - head - length]


def modules(folder, wanted):
    """The wanted modules with those that they depend on, these first: (name, content)."""
    paths = {}
    for path in glob.glob(folder + "/**/*.ko*", recursive=True):
        paths[os.path.basename(path).split(".")[0].replace("-", "_")] = path
    loaded = {}

    def load(name):
        if name in loaded or name not in paths:
            return
        data = read_module(paths[name])
        depends = re.search(rb"\0depends=([^\0]*)\0", data)
        for needed in depends[1].decode().split(",") if depends else ():
            load(needed.replace("-", "_"))
        loaded[name] = data

    for name in wanted:
        load(name)
    return loaded.items()


def write_initramfs(file, kernel, payload, wanted):
    """payload: name below /kernels → path on the host; wanted: modules."""
    archive = Archive(file)
    for folder in ("dev", "proc", "sys", "tmp", "run", "etc", "root"):
        archive.add(folder, stat.S_IFDIR | 0o755)
    archive.add("dev/console", stat.S_IFCHR | 0o600)
    archive.add_file("init", HERE + "/init")
    busybox = shutil.which("busybox")
    archive.add_file("bin/busybox", busybox)
    for name, path in TOOLS.items():
        found = path or shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if found:
            archive.add_program("bin/" + name, os.path.realpath(found))
    for applet in subprocess.run([busybox, "--list"], check=True, text=True, stdout=subprocess.PIPE).stdout.split():
        archive.add_link("bin/" + applet, "busybox")
    for number, (name, data) in enumerate(modules(kernel, wanted)):
        archive.add("modules/%03d-%s.ko" % (number, name), stat.S_IFREG | 0o644, data)
    for name, path in payload.items():
        (archive.add_program if os.access(path, os.X_OK) else archive.add_file)("kernels/" + name, path)
    archive.close()


class Result:
    def __init__(self, output, console, timed_out):
        self.output = output  # what the check printed
        self.console = console  # what the kernel printed
        self.timed_out = timed_out
        found = re.search(r"^status (\d+)$", output, re.M)
        self.status = int(found[1]) if found else None  # None: the machine ended before the check did

    def complaints(self):
        """What the kernel complained of, with what followed."""
        lines = self.console.splitlines()
        return next((lines[i:i + 30] for i, line in enumerate(lines) if COMPLAINT.search(line)), [])


def read(path):
    with open(path, encoding="utf-8", errors="replace", newline="") as f:
        return f.read().replace("\r", "")


def wants_nics(path):
    """Does a check ask for the two NICs?"""
    return re.search("^# machine: nics$", read(path), re.M) is not None


def wanted_modules(path):
    """What a check asks for beside MODULES."""
    return tuple(" ".join(re.findall("^# modules: (.+)$", read(path), re.M)).split())


def kernel_words(path):
    """What a check wants on the kernel's command line."""
    return " ".join(re.findall("^# boot: (.+)$", read(path), re.M))


def programs_of_package(path):
    """The programs of a Debian package that a check asks for; none where it cannot be had."""
    package, *names = " ".join(re.findall("^# package: (.+)$", read(path), re.M)).split() or [None]
    try:
        return {name: "%s/usr/sbin/%s" % (kernels.get_package(package), name) for name in names} if package else {}
    except kernels.Missing:
        return {}


def run(kernel, payload, check, limit):
    """Boots the kernel in this folder, runs the check, and waits until it has ended or has used so many seconds of a
    processor: how many others share it is not for this to judge."""
    script = payload["checks/%s.sh" % check]
    payload = {**payload, **programs_of_package(script)}
    nics = wants_nics(script)
    wanted = MODULES + (NIC_MODULES if nics else ()) + wanted_modules(script)
    with tempfile.TemporaryDirectory(prefix="skbtop-kernels-") as work:
        with open(work + "/initramfs", "wb") as f:
            write_initramfs(f, kernel, payload, wanted)
        devices = list(NICS) if nics else []
        for name in ("console", "output"):
            devices += ["-chardev", "file,id=%s,path=%s/%s" % (name, work, name), "-serial", "chardev:" + name]
        # timeout(1), so that the machine ends by itself even if we are killed or it only waits; in our process group.
        done = subprocess.run(["timeout", "--foreground", "--kill-after=5", str(4 * limit),
                               "prlimit", "--cpu=%d:%d" % (limit, limit + 5), *QEMU, *devices, "-kernel",
                               kernel + "/vmlinux",
                               "-initrd", work + "/initramfs", "-append",
                               "%s %s check=%s" % (COMMAND_LINE, kernel_words(script), check)],
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        # That the hub leads nowhere else is what it is for.
        sys.stderr.write("".join(s for s in done.stderr.splitlines(True) if "not connected to host network" not in s))
        ended = done.returncode in (124, 128 + signal.SIGKILL, -signal.SIGXCPU)
        return Result(read(work + "/output"), read(work + "/console"), ended)
