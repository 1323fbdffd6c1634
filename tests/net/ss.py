"""ss -tinmeopO read into dictionaries: the witness for every field of a TCP socket. Names stay ss's own."""

import re

STATES = {"ESTAB": "estab", "LISTEN": "listen", "TIME-WAIT": "time-wait", "FIN-WAIT-1": "fin-wait-1",
          "FIN-WAIT-2": "fin-wait-2", "CLOSE-WAIT": "close-wait", "LAST-ACK": "last-ack", "SYN-SENT": "syn-sent",
          "SYN-RECV": "syn-recv", "CLOSING": "closing", "UNCONN": "unconn"}
SKMEM = {"r": "rmem_alloc", "rb": "rcvbuf", "t": "wmem_alloc", "tb": "sndbuf", "f": "fwd_alloc", "w": "wmem_queued",
         "o": "omem_alloc", "bl": "backlog", "d": "drops"}
OPTIONS = ("ts", "sack", "ecn", "ecnseen", "fastopen")
ULP = "tcp-ulp-"
MPTCP_MAP = ("seq", "sfseq", "ssnoff", "maplen")
FLAGS = ("app_limited",)
RATES = ("send", "pacing_rate", "delivery_rate", "max_pacing_rate")  # their value is the next word


def port(address):
    text = address.rsplit(":", 1)[1]
    return int(text) if text.isdigit() else 0


def number(text):
    """'12.5ms', '261932000000bps', '7': the number; None if it is not one."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(?:ms|bps|us)?(?:\(.*\))?", text)
    return float(found[1]) if found else None


def parse_word(sock, word):
    key, colon, value = word.partition(":")
    if "token" in sock and key in MPTCP_MAP:
        sock["mptcp_map"] = (sock.get("mptcp_map", "") + " " + word).strip()
        return
    if not colon:
        if word in OPTIONS:
            sock["options"].append(word)
        elif word.startswith(ULP):
            sock["ulp"] = word[len(ULP):]
        elif word in FLAGS:
            sock[word] = True
        else:
            sock["cc"] = word
        return
    if key == "skmem":
        for part in value.strip("()").split(","):
            name = re.match("[a-z]+", part)[0]
            sock["skmem_" + SKMEM[name]] = int(part[len(name):])
    elif key == "rtt":
        sock["rtt"], sock["rttvar"] = (float(v) for v in value.split("/"))
    elif key == "bbr":
        for part in value.strip("()").split(","):
            name, _, number_of = part.partition(":")
            sock["bbr_" + name] = number(number_of)
    elif key in ("tos", "tclass", "class_id"):
        sock[key] = int(value, 16)
    elif key == "wscale":
        sock["snd_wscale"], sock["rcv_wscale"] = (int(v) for v in value.split(","))
    elif key == "retrans":
        sock["retrans_out"], sock["retrans"] = (int(v) for v in value.split("/"))
    elif key == "rcv_rtt" or number(value) is not None and key not in ("sk", "ino", "token"):
        sock[key] = number(value)
    else:
        sock[key] = value


def parse_line(line):
    users = re.search(r"users:\((.*?)\) ", line + " ")
    words = line.replace(users[0], "").split() if users else line.split()
    sock = {"state": STATES[words[0]], "recvq": int(words[1]), "sendq": int(words[2]), "options": [],
            "lport": port(words[3]), "rport": port(words[4]), "laddr": words[3].rsplit(":", 1)[0],
            "users": users[1] if users else ""}
    rate = None
    for word in words[5:]:
        if rate:
            sock[rate], rate = number(word), None
        elif word in RATES:
            rate = word
        elif word != "<->":
            parse_word(sock, word)
    return sock


def sockets(peer, *extra):
    """All TCP sockets of the peer's namespace, as ss tells them."""
    return [parse_line(line) for line in peer.inside("ss", "-tinmeopOH", "--tos", *extra).splitlines() if line.strip()]


def one(peer, lport, rport=0, *extra):
    found = [s for s in sockets(peer, *extra) if (s["lport"], s["rport"]) == (lport, rport)]
    if len(found) != 1:
        raise AssertionError("ss has %d sockets %d -> %d" % (len(found), lport, rport))
    return found[0]
