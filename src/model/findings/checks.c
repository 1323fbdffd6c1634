/* The checks. A threshold stands here and nowhere else, with the reason for it. */
#include "check.h"

#include "check_folds.h"
#include "checks_machine.h"
#include "exchange_table.h"
#include "folds.h"
#include "request_table.h"
#include "resolvers.h"

/* What may hold a port of the range. */
#define TAKES_PORT "dir = out or state = time-wait"

/* A program has it: of what waits to be accepted not_accepting speaks. */
#define IS_SOMEBODYS "known pid"

/* Time-outs in a row, though the connection had been there. */
#define TIMED_OUT "backoff >= 2 and unacked > 0 and state != syn-sent and state != syn-recv"

/* clang-format off */
static const struct check checks[] = {
	{
		.name = "accept_queue",
		.severity = FINDING_WARNING,
		.of = &listeners_fold,
		.when = "accept_queue > 0 and accept_share >= 0.8 or "
			"accept_high_share > 1 and refused_rate > 0",
		.grave = "accept_share > 1 or accept_high_share > 1 and refused_rate > 0",
		.after = 2,
		.until = 5,
		.about = "comm,pid,netns,laddr,lport,cgroup",
		.value = "accept_queue",
		.text = "{comm} hardly accepts on port {lport}: {accept_queue} of {accept_limit} wait"
			"[, one for {accept_waiting_us}][, most from {waiting_client}]",
		.grave_text = "{comm} refuses connections on port {lport}: {accept_queue} wait"
			      "[ (up to {accept_peak} in the last minute)], the limit is {accept_limit}"
			      "[; one waits for {accept_waiting_us}][, most are from {waiting_client}]",
		.advice = "the program has to call accept() faster, or listen() with a larger backlog "
			  "(at most net.core.somaxconn)",
		.why = "the kernel drops a handshake's last ACK when more than the limit wait (sk_acceptq_is_full()); "
		       "from 80 % on the next burst is refused; a burst that is over when a tick looks has left its "
		       "mark",
	},
	{
		.name = "not_accepting",
		.severity = FINDING_WARNING,
		.of = &listeners_fold,
		.when = "accept_queue > 0 and accept_share < 0.8 and (accept_rate = 0 or accept_waiting_us >= 5s)",
		.after = 5,
		.until = 3,
		.about = "comm,pid,netns,laddr,lport,cgroup",
		.value = "accept_queue",
		.text = "{comm} does not accept: {accept_queue|connection waits|connections wait} on port {lport}"
			"[, for up to {accept_waiting_us}][, most from {waiting_client}]",
		.advice = "the program is busy or hangs, or all of its workers are taken: look at its threads",
		.why = "a handshake is completed without the program: its client has sent a request, and waits. Five "
		       "seconds in which nobody is accepted, or one is left over, are no burst; with a queue that is "
		       "nearly full accept_queue speaks",
	},
	{
		.name = "syn_backlog",
		.severity = FINDING_WARNING,
		.of = &listeners_fold,
		.when = "syn_queue >= 4 and syn_share >= 0.8",
		.after = 2,
		.until = 5,
		.about = "comm,pid,netns,laddr,lport,cgroup",
		.value = "syn_queue",
		.text = "handshakes on port {lport} ({comm}) are not completed: {syn_queue} in the SYN queue, "
			"from {syn_limit} on cookies are sent, or SYNs dropped",
		.advice = "a flood (raise the backlog, keep net.ipv4.tcp_syncookies on), or the way back loses the "
			  "SYN-ACKs",
		.why = "a handshake takes a round trip, so that few are in the queue at a time; at its limit the "
		       "kernel no longer remembers who wants to come in (tcp_conn_request()); fewer than four are "
		       "a backlog that is meant to be small",
	},
	{
		.name = "connect_unanswered",
		.severity = FINDING_CRITICAL,
		.of = &check_services,
		.each = "state = syn-sent and (age > 3s or backoff >= 2)",
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
		.each = TAKES_PORT,
		.when = "ports_share >= 0.8 and waiting_share < 0.5",
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
		.name = "time_wait",
		.severity = FINDING_WARNING,
		.of = &ports_fold,
		.each = TAKES_PORT,
		.when = "waiting_share >= 0.5",
		.grave = "ports_share >= 0.98",
		.after = 2,
		.until = 10,
		.about = "comm,pid,netns,laddr,raddr,rport",
		.value = "waiting_share",
		.text = "[{holder}: ]{waiting_share} of the local ports[ to {raddr} port {rport}] wait in TIME-WAIT: "
			"{ports_waiting} of {ports_range}[; none left in {ports_left_us}]",
		.grave_text = "[{holder}: ]TIME-WAIT has used up the local ports[ to {raddr} port {rport}]: "
			      "{ports_waiting} of {ports_range}",
		.advice = "keep connections and use them again, or let the other end close first, or set "
			  "net.ipv4.tcp_tw_reuse = 1",
		.why = "TIME-WAIT harms nobody until it takes ports: from half of them on connect() looks through "
		       "every second port in vain first; where it can be reused it takes none",
	},
	{
		.name = "time_wait_limit",
		.severity = FINDING_WARNING,
		.of = &namespaces_fold,
		.each = "state = time-wait",
		.when = "time_wait_share >= 0.9",
		.grave = "time_wait_share >= 0.98",
		.after = 2,
		.until = 10,
		.about = "comm,pid,netns",
		.value = "ports_waiting",
		.text = "{ports_waiting} of at most {time_wait_max} sockets are in TIME-WAIT"
			"[, {holder_sockets} made by {holder}]",
		.grave_text = "connections end without TIME-WAIT: there are {ports_waiting} of at most {time_wait_max}"
			      "[, {holder_sockets} made by {holder}]",
		.advice = "raise net.ipv4.tcp_max_tw_buckets: a socket takes some 300 bytes",
		.why = "beyond the limit tcp_time_wait() makes none (TCPTimeWaitOverflow): late segments meet a new "
		       "connection, or are answered with a reset",
	},
	{
		.name = "connect_refused",
		.severity = FINDING_WARNING,
		.of = &check_failed,
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
		.of = &check_failed,
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
		.of = &check_failed,
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
		.each = "limited = not_reading and proto = tcp and " IS_SOMEBODYS,
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
		.text = "{raddr} reads too slowly: its window holds up {members|connection|connections}[ of {comm}]",
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
		.text = "{raddr} does not read: its window is closed, {notsent} wait[ in {comm}]",
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
		.each = "state = close-wait and (state_us > 2s or not known state_us) and rate = 0 and " IS_SOMEBODYS,
		.when = "members >= 3",
		.grave = "members >= 1000",
		.after = 6,
		.until = 5,
		.about = "comm,pid,netns,raddr,rport,cgroup",
		.value = "members",
		.text = "{comm} does not close: the peer has closed {members} of its connections[, all to {raddr}]",
		.advice = "a leak of sockets: the program has to close() what its peer has closed",
		.why = "one may be a half-closed connection in use; three that carry nothing for 8 s are forgotten, "
		       "of those older than skbtop for 6 s",
	},
	{
		.name = "resets",
		.severity = FINDING_WARNING,
		.of = &check_closed,
		.each = "event = close",
		.when = "cut_share >= 0.2 and (cut_by_peer >= 5 or cut_here >= 5)",
		.grave = "cut_share >= 0.5 and members >= 20",
		.after = 6,
		.until = 5,
		.about = "comm,pid,netns,raddr,cgroup",
		.value = "cut_share",
		.text = "[{comm}: ]{cut_share} of {members|connection|connections}[ with {raddr}] broke off in 5 s"
			"[, {cut_by_peer} reset by the peer before it had answered or acknowledged all]"
			"[, {cut_here} closed here with a request unread or data unsent]",
		.advice = "by the peer: see its log, and proxies and firewalls between; here: the program closes "
			  "before it has read all",
		.why = "a reset after the last byte was answered only spares a TIME-WAIT, and some clients always go "
		       "away: of a fifth, five in five seconds, that is no excuse; after six seconds a single burst "
		       "is over",
	},
	{
		.name = "loss",
		.severity = FINDING_WARNING,
		.of = &check_peers,
		.each = "retrans_tick > 0 and backoff < 2 and (retrans_fast > 0 or retrans_rto > 0 or "
			"not known retrans_fast and known ssthresh)",
		.when = "retrans_share >= 0.005 and retrans_tick >= 3",
		.grave = "retrans_share >= 0.05 and retrans_tick >= 20",
		.after = 3,
		.until = 5,
		.mostly = true,
		.about = "comm,pid,netns,raddr",
		.value = "retrans_share",
		.text = "[{comm}: ]packets to {raddr} are lost, {retrans_share} of what "
			"{members|connection|connections} sent",
		.advice = "compare with other hosts: the path, or a device that drops (Drops has those of this "
			  "machine)",
		.why = "from half a per cent on loss sets the rate of a long path; tail loss probes alone are no sign "
		       "of loss (where their number is not known, of a connection older than skbtop, ssthresh tells "
		       "that there was more), and three segments in a tick are more than one burst's last; where "
		       "nothing gets through any more rto_backoff speaks",
	},
	{
		.name = "local_drop",
		.severity = FINDING_WARNING,
		.of = &check_dropped,
		.when = "members >= 3",
		.grave = "members >= 100",
		.until = 10,
		.about = "comm,pid,netns,laddr,lport,raddr,rport,device,cgroup",
		.value = "members",
		.text = "{dropped_by}: {members|packet|packets}[ of {comm}][ with {raddr}][ port {rport}] dropped here"
			"[ at {device}] in 10 s[ ({reason})][ in {function}()]",
		.advice = "{remedy}",
		.why = "who sends a packet, or has a connection that it belongs to, wants it: one may be late, the "
		       "third in ten seconds is a rule. What nobody here has asked for is not counted, nor what other "
		       "checks speak of",
	},
	{
		.name = "rto_backoff",
		.severity = FINDING_WARNING,
		.of = &check_peers,
		.each = TIMED_OUT,
		.when = "oversized_share < 0.5",
		.grave = "backoff >= 4",
		.until = 5,
		.about = "comm,pid,netns,raddr",
		.value = "members",
		.text = "[{comm}: ]{members|connection gets|connections get} no acknowledgement from {raddr}, "
			"time-out doubled {backoff} times",
		.advice = "the path is broken or drops these segments: compare with another route and with small "
			  "packets",
		.why = "one time-out can be bad luck; after the second doubling three copies of a segment are lost "
		       "in a row",
	},
	{
		.name = "pmtu_black_hole",
		.severity = FINDING_WARNING,
		.of = &check_peers,
		.each = TIMED_OUT,
		.when = "oversized_share >= 0.5",
		.grave = "backoff >= 4",
		.after = 4,
		.until = 5,
		.about = "comm,pid,netns,raddr",
		.value = "members",
		.text = "[{comm}: ]packets[ of {pmtu}] do not reach {raddr}, smaller ones do: "
			"{members|connection stands|connections stand} still",
		.advice = "let ICMP 'fragmentation needed' through, or clamp the MSS at the tunnel, or set "
			  "net.ipv4.tcp_mtu_probing = 1",
		.why = "three copies of a full segment are lost in a row, and its smaller neighbours arrive: a link "
		       "that is down for a moment can look so for a few seconds, but not longer",
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
		.text = "[{comm}: ]a queue on the way to {raddr} is full: {rtt_us} a round trip, {rtt_ratio} times "
			"its least",
		.advice = "shape below the bottleneck with fq_codel or cake, or pace the sender (bbr)",
		.why = "while five segments are on their way, delayed ACKs have no part in it (one comes for each "
		       "second segment): five times the least, and 25 ms, is a standing queue",
	},
	{
		.name = "dns_slow",
		.severity = FINDING_WARNING,
		.of = &resolver_table,
		.leads = &exchange_table,
		.when = "answered >= 3 and p50_us >= 100ms or answered >= 50 and p99_us >= 1s",
		.grave = "p50_us >= 1s",
		.after = 1,
		.until = 5,
		.about = "comm,pid,netns,raddr,rport",
		.value = "p50_us",
		.text = "[{comm}: ]name server {raddr} is slow: of {answered|answer|answers} in 10 s half took more "
			"than {p50_us}, 1 % more than {p99_us}",
		.advice = "ask a server that is nearer or has a cache (a resolver on this machine), and fewer search "
			  "domains",
		.why = "from its cache a server answers in a round trip, and has to ask others, each of them "
		       "some ten ms away, for the rest: where half take 100 ms every connection begins with that; "
		       "one in a hundred above 1 s was lost on the way, and asked again",
	},
	{
		.name = "dns_unanswered",
		.severity = FINDING_WARNING,
		.of = &resolver_table,
		.leads = &exchange_table,
		.when = "silent >= 2 and silent_share >= 0.02",
		.grave = "silent_share >= 0.5",
		.until = 5,
		.about = "comm,pid,netns,raddr,rport",
		.value = "silent",
		.text = "[{comm}: ]name server {raddr} does not answer: {silent|question|questions} in vain in 10 s"
			"[, {answered} answered]",
		.advice = "is the server up, and do its answers come through (UDP port {rport})? else name another "
			  "one first",
		.why = "who asks waits for 5 s (resolv.conf's default) before he asks again or gives up: one lost "
		       "datagram is bad luck, the second of a hundred is not",
	},
	{
		.name = "dns_errors",
		.severity = FINDING_WARNING,
		.of = &resolver_table,
		.leads = &exchange_table,
		.when = "failed >= 3 and failed_share >= 0.05 or answered >= 20 and unknown_share >= 0.95",
		.grave = "failed_share >= 0.5",
		.after = 1,
		.until = 5,
		.about = "comm,pid,netns,raddr,rport",
		.value = "error_share",
		.text = "[{comm}: ]name server {raddr} says {error} to {error_share} of {answered|question|questions} "
			"in 10 s",
		.advice = "SERVFAIL: it cannot reach those that it asks, or does not believe them (DNSSEC); REFUSED: "
			  "it is not for this client; NXDOMAIN: a wrong name, or search domain",
		.why = "a server that works fails now and then, for others' faults: of twenty one, three times in ten "
		       "seconds, is a rule; names that do not exist are part of every search, but not all of them",
	},
	{
		.name = "slow_requests",
		.severity = FINDING_WARNING,
		.of = &request_table,
		/* Of name servers dns_slow and dns_errors speak, program by program. */
		.when = "proto != dns and (late_timed >= 10 and p50_ratio >= 3 and late_p50_us >= 100ms or "
			"late_timed >= 100 and p99_ratio >= 3 and late_p99_us >= 100ms)",
		.grave = "p50_ratio >= 3 and late_p50_us >= 1s",
		.after = 2,
		.until = 5,
		.about = "comm,pid,netns,raddr,rport",
		.value = "late_p99_us",
		.text = "[{comm}: ]{name}[ at {server}] is slow: of the last {late_timed|call|calls} half took more "
			"than {late_p50_us}, 1 % more than {late_p99_us}; usually {usual_p50_us} and {usual_p99_us}",
		.advice = "Enter, then the columns network_share and program_share: who takes the time; Exchanges has "
			  "the slowest of them, each with its parts",
		.why = "a histogram's buckets are 1.4 wide: three times the average of the last minutes is no error of "
		       "them, and below 100 ms nobody waits. Of fewer than ten calls half is no measure, of fewer than "
		       "a hundred the slowest alone would be the hundredth",
	},
	{
		.name = "request_errors",
		.severity = FINDING_WARNING,
		.of = &request_table,
		.when = "proto != dns and (late_failed >= 3 and late_failed_share >= 0.05 or "
			"late_answered >= 20 and late_refused_share >= 0.5 and usual_refused_share < 0.2)",
		.grave = "late_failed >= 10 and late_failed_share >= 0.5",
		.after = 1,
		.until = 5,
		.about = "comm,pid,netns,raddr,rport",
		.value = "late_failed_share",
		.text = "[{comm}: ]{name}[ at {server}] fails: of the last {late_answered|answer|answers} "
			"{late_failed_share} were failures, {late_refused_share} refusals, the last of them {failure}",
		.advice = "the log of that program says why; refusals: what was deployed last, or whose password or "
			  "certificate has run out",
		.why = "a server fails now and then: of twenty calls one, three times in ten seconds, is a rule. That "
		       "there is no such page, or that a client may not see it (HTTP 400 to 499), is a server's daily "
		       "work: it is said where half are refused of what was seldom refused in the minutes before",
	},
	{
		.name = "intercepted",
		.severity = FINDING_INFO,
		.of = &check_intercepted,
		.until = 5,
		.about = "comm,pid,netns,cgroup",
		.value = "members",
		.text = "data of {members|socket goes|sockets go} through programs of BPF: {psock_progs}[ ({comm})]",
		.advice = "they may change the data or send it elsewhere; whose they are: bpftool prog, bpftool map",
		.why = "a program in a sockmap takes data from a socket on its way, which no counter of that socket "
		       "shows; filters and the kernel's TLS are what a program asks for itself",
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
