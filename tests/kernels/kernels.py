"""Stock Debian kernels for the machines of run.py: found and downloaded by apt from the mirror that this machine uses
itself, by way of a second apt configuration, unpacked into a cache outside the repository. Nothing is installed."""

import contextlib
import fcntl
import functools
import glob
import lzma
import os
import re
import shutil
import struct
import subprocess
import tempfile
import time

CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "skbtop-kernels")
LISTS_AGE = 24 * 3600  # seconds until apt is asked for new lists
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

# What is tested: a name, its package's name, and the suites that have it. The cloud kernels are small.
KERNELS = {
    "5.10": (r"linux-image-5\.10\..*-cloud-amd64", ("bullseye-security",)),
    "6.1": (r"linux-image-6\.1\..*-cloud-amd64", ("bookworm", "bookworm-security")),
    "6.12": (r"linux-image-6\.12\..*-cloud-amd64", ("trixie", "trixie-security")),
    "6.12-rt": (r"linux-image-6\.12\..*-rt-amd64", ("trixie", "trixie-security")),
    "6.18": (r"linux-image-6\.18\..*-cloud-amd64", ("trixie-backports",)),
    "newest": (r"linux-image-\d.*-cloud-amd64", ("forky", "experimental")),
}
LARGE = ("6.12-rt",)  # a hundred megabytes, and to be had only where all is asked for


class Missing(Exception):
    """A kernel that cannot be had here; the text says why."""


def apt(*command):
    """An apt program with our configuration: what it printed."""
    return subprocess.run(command, env={**os.environ, "APT_CONFIG": CACHE + "/apt/apt.conf"}, check=True, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout


def mirrors():
    """Addresses of the Debian archive and of its security archive, as this machine's own sources name them."""
    found = {}
    out = subprocess.run(["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"],
                         check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    with open("/etc/os-release", encoding="utf-8") as f:
        codename = re.search(r"^VERSION_CODENAME=(\w+)", f.read(), re.M)
    for line in out.splitlines():
        suite, uri = line.split()
        if codename and suite.startswith(codename[1]):
            found.setdefault(suite.endswith("-security"), uri)
    return found


def write_configuration():
    uris = mirrors()
    if False not in uris or not os.path.exists(KEYRING):
        raise Missing("this machine's package sources are not Debian's")
    for folder in ("lists/partial", "cache/archives/partial"):
        os.makedirs(CACHE + "/apt/" + folder, exist_ok=True)
    with open(CACHE + "/apt/sources.list", "w", encoding="ascii") as f:
        for suite in sorted({s for _, suites in KERNELS.values() for s in suites}):
            uri = uris.get(suite.endswith("-security"))
            if uri:
                f.write("deb [arch=amd64 signed-by=%s] %s %s main\n" % (KEYRING, uri, suite))
    with open(CACHE + "/apt/apt.conf", "w", encoding="ascii") as f:
        f.write('Dir::Etc::sourcelist "{0}/sources.list";\nDir::Etc::sourceparts "-";\nDir::State::Lists "{0}/lists";\n'
                'Dir::Cache "{0}/cache";\nDir::State::status "/dev/null";\nAPT::Architectures {{ "amd64"; }};\n'
                'APT::Sandbox::User "";\nAcquire::Languages "none";\nAcquire::Retries "3";\n'.format(CACHE + "/apt"))


@functools.lru_cache(maxsize=None)
def update():
    """Brings the lists up to date. A suite that cannot be reached is only missed by the kernel that needs it."""
    write_configuration()
    stamp = CACHE + "/apt/updated"
    if os.path.exists(stamp) and time.time() - os.stat(stamp).st_mtime < LISTS_AGE:
        return
    try:
        apt("apt-get", "-q", "update")
    except subprocess.CalledProcessError as e:
        print("# apt-get update: " + e.stderr.strip().replace("\n", "; "), flush=True)
        return
    with open(stamp, "w", encoding="ascii"):
        pass


@functools.lru_cache(maxsize=None)
def versions():
    """All kernels that could be one of KERNELS: (package, version, suite)."""
    update()
    names = [n for n in apt("apt-cache", "pkgnames", "linux-image-").split()
             if any(re.fullmatch(pattern, n) for pattern, _ in KERNELS.values())]
    rows = (line.split("|") for line in apt("apt-cache", "madison", *names).splitlines()) if names else ()
    return [(r[0].strip(), r[1].strip(), r[2].split()[1].split("/")[0]) for r in rows if "Packages" in r[2]]


def newer(a, b):
    return subprocess.run(["dpkg", "--compare-versions", a, "gt", b], check=False).returncode == 0


def choose(name):
    """The newest package of this kernel: (package, version)."""
    pattern, suites = KERNELS[name]
    best = None
    for package, version, suite in versions():
        if suite in suites and re.fullmatch(pattern, package) and (not best or newer(version, best[1])):
            best = package, version
    if not best:
        raise Missing("no such kernel in %s, or the mirror was not reached" % " or ".join(suites))
    return best


def parts(package, version):
    """The packages to unpack. From 6.19 on linux-image-* only depends on those that have the kernel and the modules."""
    depends = apt("apt-cache", "show", "%s=%s" % (package, version))
    split = re.findall(r"\b(linux-(?:binary|modules)-\S*-amd64)\b", depends)
    return sorted(set(split)) or [package]


def unpack(package, version, folder):
    """Downloads and unpacks the packages into a new folder."""
    work = folder + ".new"
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work + "/debs")
    wanted = ["%s=%s" % (p, version) for p in parts(package, version)]
    subprocess.run(["apt-get", "-q", "download", *wanted], cwd=work + "/debs", check=True, stdin=subprocess.DEVNULL,
                   env={**os.environ, "APT_CONFIG": CACHE + "/apt/apt.conf"}, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE)
    for deb in glob.glob(work + "/debs/*.deb"):
        subprocess.run(["dpkg-deb", "-x", deb, work], check=True)
    shutil.rmtree(work + "/debs")
    found = glob.glob(work + "/boot/vmlinuz-*") + glob.glob(work + "/usr/lib/modules/*/vmlinuz")
    with open(found[0], "rb") as f:
        image = vmlinux(f.read())
    with open(work + "/vmlinux", "wb") as f:
        f.write(image)
    os.rename(work, folder)


def vmlinux(image):
    """The ELF file within a bzImage (Documentation/x86/boot.rst, payload_offset): it boots a second sooner."""
    setup_sectors = image[0x1f1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    packed = image[start:start + length - 4]  # every method appends the length of what it packed
    if packed.startswith(b"\xfd7zXZ"):
        return lzma.LZMADecompressor().decompress(packed)
    tool = {b"\x28\xb5": "zstd", b"\x1f\x8b": "gzip", b"\x02\x21": "lz4"}[packed[:2]]
    return subprocess.run([tool, "-dc"], input=packed, check=True, stdout=subprocess.PIPE).stdout


@contextlib.contextmanager
def cache():
    """What another run may want, too, is made by one. Raises Missing."""
    os.makedirs(CACHE, exist_ok=True)
    try:
        with open(CACHE + "/lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except (subprocess.CalledProcessError, OSError) as e:
        detail = getattr(e, "stderr", None) or str(e)
        if isinstance(detail, bytes):
            detail = detail.decode(errors="replace")
        raise Missing(detail.strip().replace("\n", "; ")) from None


def get(name):
    """The folder of this kernel, downloaded if need be: (folder, version). Raises Missing."""
    with cache():
        package, version = choose(name)
        folder = os.path.join(CACHE, "%s_%s" % (package, version))
        if not os.path.isdir(folder):
            unpack(package, version, folder)
            discard(name, folder)
    return folder, version


def get_package(name):
    """The folder with what is in a package of this machine's own release, as its programs fit the libraries here;
    downloaded if need be. Raises Missing."""
    folder = os.path.join(CACHE, "packages", name)
    with cache():
        if not os.path.isdir(folder):
            with tempfile.TemporaryDirectory(dir=CACHE) as work:
                subprocess.run(["apt-get", "-q", "download", "-o", "APT::Sandbox::User=", name], cwd=work, check=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                subprocess.run(["dpkg-deb", "-x", *glob.glob(work + "/*.deb"), work + "/unpacked"], check=True)
                os.makedirs(CACHE + "/packages", exist_ok=True)
                os.rename(work + "/unpacked", folder)
    return folder


def discard(name, folder):
    """Removes what an older version of this kernel left in the cache."""
    previous = os.path.join(CACHE, name)
    if os.path.islink(previous):
        shutil.rmtree(os.path.realpath(previous), ignore_errors=True)
        os.unlink(previous)
    os.symlink(folder, previous)
