/* The checks. A threshold stands here and nowhere else, with the reason for it. */
#include "check.h"

#include "check_folds.h"
#include "checks_machine.h"
#include "folds.h"

/* clang-format off */
static const struct check checks[] = {
	{
		.name = "accept_queue",
		.severity = FINDING_WARNING,
		.of = &listeners_fold,
		.when = "accept_queue > 0 and accept_share >= 0.8",
		.grave = "accept_share > 1",
		.after = 2,
		.until = 5,
		.about = "comm,pid,netns,laddr,lport,cgroup",
		.value = "accept_queue",
		.text = "{comm} hardly accepts on port {lport}: {accept_queue} of {accept_limit} wait",
		.grave_text = "{comm} refuses connections on port {lport}: {accept_queue} wait, "
			      "the limit is {accept_limit}",
		.advice = "the program has to call accept() faster, or listen() with a larger backlog "
			  "(at most net.core.somaxconn)",
		.why = "the kernel drops a handshake's last ACK when more than the limit wait (sk_acceptq_is_full()); "
		       "from 80 % on the next burst is refused",
	},
	{
		.name = "connect_unanswered",
		.severity = FINDING_CRITICAL,
		.of = &check_services,
		.each = "state = syn-sent and age > 3s",
		.until = 5,
		.about = "comm,pid,netns,raddr,rport",
		.value = "members",
		.text = "{raddr} port {rport} does not answer: {members|connection waits|connections wait}"
			"[ ({comm})]",
		.advice = "is the host up, and does a firewall on the way drop the SYN?",
		.why = "the first SYN is sent again after 1 s and after 3 s (TCP_TIMEOUT_INIT): two are lost by then",
	},
	{
		.name = "ports_used",
		.severity = FINDING_WARNING,
		.of = &ports_fold,
		.each = "dir = out or state = time-wait",
		.when = "ports_share >= 0.8",
		.grave = "ports_share >= 0.98",
		.after = 2,
		.until = 5,
		.about = "comm,pid,netns,laddr,raddr,rport",
		.value = "ports_used",
		.text = "local ports[ to {raddr} port {rport}] run out: {ports_used} of {ports_range}"
			"[, {holder} holds {holder_sockets}][; none left in {ports_left_us}]",
		.grave_text = "local ports[ to {raddr} port {rport}] are used up: {ports_used} of {ports_range}"
			      "[, {holder} holds {holder_sockets}]",
		.advice = "keep connections and use them again, or widen net.ipv4.ip_local_port_range, or connect from "
			  "more addresses",
		.why = "from half on connect() looks through every second port in vain first, and burns CPU; with 98 % "
		       "taken, and some that bind() holds, it fails with EADDRNOTAVAIL",
	},
	{
		.name = "connect_refused",
		.severity = FINDING_WARNING,
		.of = &check_failures,
		.each = "errno = ECONNREFUSED",
		.when = "members >= 3",
		.until = 5,
		.about = "comm,pid,netns,raddr,rport",
		.value = "members",
		.text = "[{comm}: ]{raddr} port {rport} refuses connections, {members|time|times} in 10 s",
		.advice = "does the program there run, and does it listen on that address?",
		.why = "one refusal answers a question; who asks three times in ten seconds needs it",
	},
	{
		.name = "connect_no_port",
		.severity = FINDING_CRITICAL,
		.of = &check_failures,
		.each = "errno = EADDRNOTAVAIL",
		.until = 5,
		.about = "comm,pid,netns,raddr,rport",
		.value = "members",
		.text = "[{comm}: ]no local port is left towards {raddr} port {rport}, "
			"{members|connect() has|connect() calls have} failed in 10 s",
		.advice = "keep connections open, or widen net.ipv4.ip_local_port_range",
		.why = "inet_hash_connect() has tried every port of the range",
	},
	{
		.name = "connect_failed",
		.severity = FINDING_WARNING,
		.of = &check_failures,
		.each = "known errno and errno != ECONNREFUSED and errno != EADDRNOTAVAIL and errno != ETIMEDOUT",
		.when = "members >= 3",
		.until = 5,
		.about = "comm,pid,netns,raddr,rport",
		.value = "members",
		.text = "[{comm}: ]connect() to {raddr} port {rport} fails with {errno}, {members|time|times} in 10 s",
		.advice = "is there a route to it, and is it permitted (ip route get, nft list ruleset)?",
		.why = "who asks three times in ten seconds needs it; without an answer it is connect_unanswered",
	},
	{
		.name = "not_reading",
		.severity = FINDING_WARNING,
		.of = &processes_fold,
		.each = "limited = not_reading and proto = tcp",
		.after = 5,
		.until = 3,
		.about = "comm,pid,netns,cgroup",
		.value = "recvq",
		.text = "{comm} does not read: {recvq} wait for it in {members|socket|sockets}",
		.advice = "the program is busy or hangs: look at its threads",
		.why = "nothing moves and data waits: five seconds are longer than a program's turn that anybody would "
		       "call healthy",
	},
	{
		.name = "peer_window",
		.severity = FINDING_WARNING,
		.of = &check_peers,
		.each = "limited = rwnd and snd_wnd > 0",
		.after = 5,
		.until = 3,
		.about = "comm,pid,netns,raddr",
		.value = "sendq",
		.text = "{raddr} reads too slowly: its receive window holds up {members|connection|connections}"
			"[ of {comm}]",
		.advice = "the program there is slow, or its receive buffer is too small (net.ipv4.tcp_rmem there)",
		.why = "most of the busy time of five seconds is a rate that the receiver sets, not a burst",
	},
	{
		.name = "zero_probe",
		.severity = FINDING_WARNING,
		.of = &check_peers,
		.each = "snd_wnd = 0 and notsent > 0 and unacked = 0",
		.grave = "members > 100",
		.after = 3,
		.until = 3,
		.about = "comm,pid,netns,raddr",
		.value = "notsent",
		.text = "{raddr} does not read at all: its window is closed, {notsent} wait[ in {comm}]",
		.advice = "the program there hangs, or was stopped",
		.why = "a window that stays closed for three seconds is no burst; the kernel only probes it "
		       "(tcp_send_probe0())",
	},
	{
		.name = "sndbuf_limited",
		.severity = FINDING_WARNING,
		.of = &processes_fold,
		.each = "limited = sndbuf",
		.after = 5,
		.until = 3,
		.mostly = true,
		.about = "comm,pid,netns,cgroup",
		.value = "sendq",
		.text = "{comm} is held up by the send buffer of {members|connection|connections}",
		.advice = "leave SO_SNDBUF alone, or raise net.ipv4.tcp_wmem",
		.why = "most of the busy time of five seconds (tcp_chrono): the path would take more",
	},
	{
		.name = "nagle",
		.severity = FINDING_WARNING,
		.of = &processes_fold,
		.each = "limited = nagle",
		.after = 3,
		.until = 5,
		.mostly = true,
		.about = "comm,pid,netns,raddr,rport,cgroup",
		.value = "members",
		.text = "{comm} waits for ACKs to send the rest of its writes: {members|connection|connections}"
			"[ to {raddr}]",
		.advice = "set TCP_NODELAY, or write each message at once",
		.why = "a small write waits until the one before it is acknowledged (tcp_nagle_check()), which a "
		       "delayed ACK makes 40 ms or more: for three seconds on end that is a habit",
	},
	{
		.name = "udp_overflow",
		.severity = FINDING_CRITICAL,
		.of = &processes_fold,
		.each = "proto = udp and drops_tick > 0 and recvq > 0",
		.until = 5,
		.about = "comm,pid,netns,cgroup,lport",
		.value = "drops_tick",
		.text = "{comm} reads too slowly: {drops_tick} datagrams lost in a tick, {recvq} wait unread",
		.advice = "the program has to read faster, or needs a larger SO_RCVBUF (at most net.core.rmem_max)",
		.why = "a datagram that the full buffer refused is lost for good; where nothing waits to be read, "
		       "it was dropped on its way out",
	},
	{
		.name = "close_wait",
		.severity = FINDING_WARNING,
		.of = &processes_fold,
		.each = "state = close-wait and state_us > 10s and rate = 0",
		.when = "members >= 3",
		.grave = "members >= 1000",
		.after = 10,
		.until = 5,
		.about = "comm,pid,netns,raddr,rport,cgroup",
		.value = "members",
		.text = "{comm} does not close: the peer has closed {members} of its connections[, all to {raddr}]",
		.advice = "a leak of sockets: the program has to close() what its peer has closed",
		.why = "one may be a half-closed connection in use; three that carry nothing for 20 s are forgotten",
	},
	{
		.name = "loss",
		.severity = FINDING_WARNING,
		.of = &check_peers,
		.each = "retrans_tick > 0 and (retrans_fast > 0 or retrans_rto > 0)",
		.when = "retrans_share >= 0.005 and retrans_tick >= 3",
		.grave = "retrans_share >= 0.05 and retrans_tick >= 20",
		.after = 3,
		.until = 5,
		.mostly = true,
		.about = "comm,pid,netns,raddr",
		.value = "retrans_share",
		.text = "on the way to {raddr} packets are lost: {retrans_share} of what "
			"{members|connection|connections} sent[ ({comm})]",
		.advice = "compare with other hosts: the path, or a device that drops (Drops has those of this "
			  "machine)",
		.why = "from half a per cent on loss sets the rate of a long path; tail loss probes alone are no sign "
		       "of loss, and three segments in a tick are more than one burst's last",
	},
	{
		.name = "rto_backoff",
		.severity = FINDING_WARNING,
		.of = &check_peers,
		.each = "backoff >= 2 and unacked > 0 and state != syn-sent and state != syn-recv",
		.grave = "backoff >= 4",
		.until = 5,
		.about = "comm,pid,netns,raddr",
		.value = "members",
		.text = "{raddr} acknowledges nothing: {members|connection resends|connections resend}, "
			"the time-out was doubled {backoff} times[ ({comm})]",
		.advice = "the path is broken or drops these segments: compare with another route and with small "
			  "packets",
		.why = "one time-out can be bad luck; after the second doubling three copies of a segment are lost "
		       "in a row",
	},
	{
		.name = "bufferbloat",
		.severity = FINDING_WARNING,
		.of = &check_peers,
		.each = "rtt_ratio >= 5 and rtt > 25ms and tx_rate > 20k and inflight >= 5",
		.after = 5,
		.until = 5,
		.about = "comm,pid,netns,raddr",
		.value = "rtt_us",
		.text = "a queue on the way to {raddr} is full: {rtt_us} a round trip, {rtt_ratio} times its least"
			"[ ({comm})]",
		.advice = "shape below the bottleneck with fq_codel or cake, or pace the sender (bbr)",
		.why = "while five segments are on their way, delayed ACKs have no part in it (one comes for each "
		       "second segment): five times the least, and 25 ms, is a standing queue",
	},
};
/* clang-format on */

const struct check *check_at(size_t i)
{
	if (i < ARRAY_SIZE(checks))
		return &checks[i];
	i -= ARRAY_SIZE(checks);
	return i < checks_machine_count ? &checks_machine[i] : NULL;
}

const char *finding_severity_name(unsigned severity)
{
	static const char *const names[FINDING_SEVERITIES] = {"info", "warning", "critical"};

	return severity < FINDING_SEVERITIES ? names[severity] : "?";
}
