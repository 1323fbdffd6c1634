"""What each view writes in each format, held to a stored copy: a change of a name, an order or a meaning is a diff to
be read. UPDATE_GOLDENS=1 writes them anew. The tick lines of JSON tell of this run's own cost: they are left out."""

import difflib
import os
import subprocess
import sys
import tempfile

from own_world import forget_the_user

HERE = os.path.dirname(os.path.abspath(__file__))
FORMATS = {"text": "txt", "json": "json", "csv": "csv"}
CASES = {
    # view or variant: recording, arguments
    "sockets": ("fixture", ["--count", "2", "--limit", "12"]),
    "sockets-extra": ("fixture", ["--count", "2", "--limit", "4", "-x"]),
    "sockets-chosen": ("fixture", ["--count", "2", "--limit", "8", "--columns", "comm,remote,rtt,limited",
                                   "--sort", "rtt:desc", "--filter", "known rtt and not port 22"]),
    "sockets-plain": ("fixture", ["--count", "2", "--limit", "3", "--filter", "53", "-u", "--columns",
                                  "comm,local,remote"]),
    "sockets-histories": ("fixture", ["--count", "0", "--limit", "3", "--columns", "id,rx_spark,tx_spark", "--filter",
                                      "tx_spark > 1M", "--sort", "tx_spark:desc"]),
    "sockets-closed": ("fixture", ["--count", "0", "--filter", "ended", "-a"]),
    "retransmits": ("losses", ["--count", "3"]),
    "drops": ("losses", ["--count", "3"]),
    "drops-chosen": ("losses", ["--count", "3", "--columns", "time,reason,process,local,remote,error", "--sort",
                                "reason:asc", "--limit", "5", "--filter", "reason != NO_SOCKET and tcp"]),
    "resets": ("losses", ["--count", "3"]),
    "packets": ("packets", ["--count", "0", "--filter", "sport = :443"]),
    "packets-chosen": ("packets", ["--count", "0", "--filter", "sport = :443", "--columns",
                                   "number,dir,flags,payload,total,drop_reason", "--sort", "payload:desc"]),
    "packets-which": ("packets", ["--filter", "sport = :443 and not state listening and len > 1000", "--columns",
                                  "number,dir,flags,payload"]),
    "layers": ("layers", ["--count", "2", "--limit", "35"]),
    "layers-chosen": ("layers", ["--count", "2", "--columns",
                                 "process,remote,layer,p99,p99_recent,share,time_us,state", "--sort", "p99:desc",
                                 "--limit", "6", "--filter", "layer = tx_* and p99 > 100us and known rtt"]),
    "layers-alarms": ("layers", ["-L", "--count", "0", "--filter",
                                 "id = 504 and layer = rx_app and mean_tick > 1ms"]),
    "layers-partly": ("layers_partly", ["--count", "1", "--limit", "8"]),
    "layers-hooks": ("netfilter", ["--count", "2", "--filter",
                                   "layer = nf_* or layer = rx_ip and not known pid and not known rtt"]),
    "findings": ("fixture", ["--count", "0"]),
    "findings-chosen": ("fixture", ["--count", "0", "--columns", "check,severity,value,trend,lport", "--filter",
                                    "severity = critical and lport = 8080"]),
    "lives": ("lives", ["--count", "0"]),
    "lives-chosen": ("lives", ["--count", "0", "--filter", "event = fail and errno != ETIMEDOUT or known retrans or "
                               "duration > 1s and ended_by = reset-*", "--columns",
                               "time,event,outcome,comm,remote,lasted,connect", "--sort", "comm:asc", "--limit", "9"]),
    "interceptions": ("interceptions", ["--count", "3"]),
    "interceptions-chosen": ("interceptions", ["--count", "4", "--columns",
                                               "comm,remote,intercepted,psock_progs,strp_msgs,strp_aborted,tls_cipher",
                                               "--sort", "strp_msgs:desc", "--filter",
                                               "known psock_progs or tls_version = 1.3 or tls_rx = none"]),
    "mptcp": ("interceptions", ["--count", "3"]),
    "protocols": ("requests", ["--count", "0", "--sort", "label:asc"]),
    "findings-machine": ("devices", ["--count", "0"]),
    "devices": ("devices", ["--count", "3"]),
    "devices-chosen": ("devices", ["--count", "3", "--columns",
                                   "device,kind,handle,parent,up,carrier,drops_rate,rx_rate", "--sort", "tx_rate:desc",
                                   "--filter", "drops_rate > 10 or kind = nic and carrier = no or parent = root"]),
    "cpus": ("devices", ["--count", "2"]),
    "counters": ("devices", ["--count", "3"]),
    "counters-chosen": ("devices", ["--count", "3", "--columns", "name,rate,space", "--filter",
                                    "name = TcpExtListenOverflows and rate > 0"]),
    "stacks": ("devices", ["--count", "2"]),
    "stacks-chosen": ("devices", ["--count", "2", "--columns", "space,conntrack_drop_rate,tcp_pressure", "--filter",
                                  "conntrack_share > 0.9 or tcp_pressure = yes"]),
    "listeners": ("fixture", ["--count", "2"]),
    "listeners-chosen": ("fixture", ["--count", "2", "--columns", "label,comm,members,tx_rate,rtt,minrtt,limited", "-a",
                                     "--sort", "tx_rate:desc", "--filter", "connections > 0 and lport != 22"]),
    "ports": ("local", ["--count", "2"]),
    "sockets-pairs": ("local", ["--count", "1", "--columns", "id,netns,local,remote,comm,peer,peer_pid,peer_comm",
                                "--filter", "known peer or lport = 40003", "--sort", "id:asc"]),
    "ports-chosen": ("local", ["--count", "16", "--filter", "ports_used > 70 or not known ports_share", "--columns",
                               "label,ports_used,ports_growth,ports_left,ports_waiting,reusable,holder,holder_pid,"
                               "netns", "--sort", "ports_used:desc"]),
    "processes": ("fixture", ["--count", "2"]),
    "processes-chosen": ("fixture", ["--count", "2", "--columns", "label,members,retrans_share,rtt_p50,rtt_p99,held_by",
                                     "-a", "--sort", "rtt_p99:desc", "--filter", "rtt_p99 > 1ms or held_by ~ loss"]),
    "processes-histories": ("fixture", ["--count", "0", "--limit", "2", "--columns", "label,rx_spark,tx_spark",
                                        "--sort", "tx_spark:desc"]),
    "users": ("fixture", ["--count", "2"]),
    "cgroups": ("fixture", ["--count", "2"]),
    "containers": ("fixture", ["--count", "2"]),
    "namespaces": ("fixture", ["--count", "2"]),
    "hosts": ("fixture", ["--count", "2"]),
    "exchanges": ("exchanges", ["--count", "2"]),
    "exchanges-chosen": ("exchanges", ["--count", "12", "--columns", "began,comm,outcome,call,think,away,parts",
                                       "--sort", "call:desc", "--filter",
                                       "(call > 100ms or not known call) and began < 1700001011.8999",
                                       "--limit", "4"]),
    "sockets-exchanges": ("exchanges", ["--count", "12", "--columns",
                                        "comm,exch_rate,exch_p50,exch_p99,exch_max,in_p50,wait_p99,think_p50,think_p99,"
                                        "write_p50,out_p50,away_p50,network_share,program_share,overlap_share"]),
    "processes-exchanges": ("exchanges", ["--count", "12", "--columns",
                                          "label,exch_rate,exch_mean,exch_p50,exch_p99,exch_max,think_p99,away_p50,"
                                          "network_share,kernel_share,program_share,overlap_share",
                                          "--filter", "exch_max > 100ms", "--sort", "exch_p99:desc"]),
    "users-exchanges": ("exchanges", ["--count", "12", "--columns",
                                      "label,exch_rate,exch_mean,exch_p50,exch_p99,exch_max,think_p99,away_p50,"
                                      "network_share,kernel_share,program_share,overlap_share"]),
    "requests": ("requests", ["--count", "4"]),
    "requests-chosen": ("requests", ["--count", "8", "--columns", "name,server,count,errors,statuses,p99,total",
                                     "--sort", "p99:desc", "--filter", "p99 > 1ms or errors > 0"]),
    "exchanges-named": ("requests", ["--count", "3", "--columns", "began,comm,name,status,call", "--filter",
                                     "known name"]),
    "hosts-acks": ("times", ["--count", "3", "--columns", "raddr,rtt_p99,tx_ack_p50,tx_ack_p99", "--sort",
                             "tx_ack_p99:desc"]),
    "hosts-times": ("times", ["--count", "44", "--columns", "raddr,rtt_samples,rtt_hist,connects,connect_p50,"
                              "connect_p99,connect_hist", "--sort", "connect_p99:desc", "--filter",
                              "rtt_samples > 0"]),
    "prefixes": ("fixture", ["--count", "2"]),
    "prefixes-listed": ("fixture", ["--count", "2", "--prefix", "192.0.2.0/24,10.0.0.0/8,10.0.3.18/31,::/0,0.0.0.0/0",
                                    "--columns", "label,members,rtt_p50,rtt_p99", "--sort", "members:desc"]),
    "services": ("fixture", ["--count", "2"]),
    "links": ("fixture", ["--count", "2"]),
}


def written(case, fmt, recording):
    """What the binary writes, without what differs from run to run."""
    view = case.partition("-")[0]
    command = [os.environ["SKBTOP"], "--batch", "--view", view, "--format", fmt, *CASES[case][1], "--replay", recording]
    out = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60,
                         env={**os.environ, "HOME": os.path.dirname(recording)}).stdout.decode()
    if fmt == "json":
        out = "".join(line + "\n" for line in out.splitlines() if not line.startswith('{"type":"tick"'))
    return out


def compare(path, out):
    """Lines of a difference; none if there is none or the copy was to be written."""
    if os.environ.get("UPDATE_GOLDENS"):
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(out)
        return []
    with open(path, encoding="utf-8", newline="") as f:
        stored = f.read()
    return list(difflib.unified_diff(stored.splitlines(), out.splitlines(), path, "written", lineterm="", n=1))


def main():
    forget_the_user()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for case, (kind, _) in CASES.items():
            recording = os.path.join(folder, kind)
            if kind == "fixture":
                subprocess.run([os.environ["MAKE_FIXTURE"], recording], check=True)
            else:
                subprocess.run([os.environ["MAKE_RECORDING"], kind, recording], check=True)
            for fmt, suffix in FORMATS.items():
                lines = compare(os.path.join(HERE, case + "." + suffix), written(case, fmt, recording))
                print("%s %s: %s" % (case, fmt, "differs" if lines else "ok"), *lines[:40], sep="\n")
                wrong += bool(lines)
    sys.exit(bool(wrong))


main()
