/* Words of the header and of the views, with what they mean. */
#include "words.h"

#include <stddef.h>

/* clang-format off */
const struct view_word words_header[] = {
    {"rx tx", "payload per second, in bytes or bits: see units in the settings"},
    {"retr", "segments sent again: of all that were sent, and per second"},
    {"drops", "packets per second that were dropped and that somebody misses"},
    {"cpu", "share of one CPU that skbtop takes"},
    {"bpf", "share of one CPU of its programs in the kernel; -: not measured"},
    {"lost", "what could not be counted or kept since the start"},
    {"tick", "how long the collector took for it"},
    {"exact", "owners that are sure: the socket was opened while skbtop ran"},
    {"passes over", "a look at all sockets takes so many ticks (--cpu-limit)"},
    {NULL, NULL},
};

const struct view_word words_layers[] = {
    {"measured", "every packet, or one in so many (--sample)"},
    {"stamped", "packets of which a first time was noted"},
    {"listed", "layers with packets lately; a: idle ones and the machine's, too"},
    {"P50 TIME", "of the last ten ticks: p99_recent; p99 is of all the time"},
    {"missed", "packets without a stamp that others have: counted, not guessed"},
    {"left out", "sockets without room for a histogram: in the machine's figures"},
    {"bars", "shares of the mean of a direction"},
    {"stack", "mean of rx mac, ip and tcp together: the kernel's share"},
    {"wake-up", "of app: until a reader that was woken runs: the scheduler's"},
    {"program", "the rest of app: nobody was waiting to read"},
    {"read", "wake-up and program, where they cannot be told apart"},
    {"gro", "of mac: merging segments before the stack"},
    {"paced", "of qdisc: held back on purpose until its time of departure"},
    {"direct", "of qdisc: from its queue to the driver"},
    {NULL, NULL},
};

const struct view_word words_lives[] = {
    {"in all", "since the start; listed: the newest, which are kept"},
    {"open", "connect() was called"},
    {"accept", "the handshake of a connection that came in is done"},
    {"local remote", "who closed first, where both ends closed in order"},
    {"gave-up", "closed here before the other end had answered"},
    {"CONNECT", "from SYN to established; of one that came in, from SYN-ACK"},
    {"p50 p99", "of connect() here, over about ten ticks: half, 99 % took less"},
    {"did not fit", "ends and connections for which there was no room"},
    {NULL, NULL},
};

const struct view_word words_losses[] = {
    {"in all", "since the start; listed: the newest, which are kept"},
    {"N   N/s", "in the tree by reason: since the start, and per second now"},
    {"only counted", "more came in a second than are kept one by one"},
    {"no losses", "freed as if dropped, but nobody lost anything:"},
    {"nobody misses", "TCP had it already; probes, stale acknowledgements and resets"},
    {"not for us", "not IP, or for other hosts and groups nobody here joined"},
    {"left in queues", "packets in queues that were emptied, mostly of closed sockets"},
    {NULL, NULL},
};

const struct view_word words_packets[] = {
    {"lost", "the kernel's ring was full, or the screen behind"},
    {"left out", "more packets came in a second than the limit of a trace"},
    {"unseen", "packets for which the kernel ran none of skbtop's programs"},
    {"not kept", "the oldest make room for the newest"},
    {NULL, NULL},
};

const struct view_word words_rtt[] = {
    {"RTT", "smoothed, of connections with data acknowledged in the tick"},
    {"EACH RTT", "not smoothed: of each segment that was acknowledged; asks for the layers (H)"},
    {"CONNECT", "SYN to established, of connections that were opened from here"},
    {"at the right", "how many in all ticks that are shown"},
    {"p50 p99", "the mean of the bucket that they lie in; the lines: that bucket"},
    {"ended", "only so many are kept: what ended before these is not in it"},
    {"a history", "only so many have one: the others are in the last tick alone"},
    {NULL, NULL},
};
/* clang-format on */
