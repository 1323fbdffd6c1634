/* The cast of the golden screens: a web server with a slow client, a database, a full listener, and strangers. */
#include "fixture.h"

#include "cleanup.h"

#define NGINX .pid = 2211, .uid = 33, .comm = "nginx", .owner = OWNER_EXACT, .cgroup = 77
#define POSTGRES .pid = 8841, .uid = 110, .comm = "postgres", .owner = OWNER_SEEDED, .cgroup = 78
#define CURL .pid = 31337, .uid = 1000, .comm = "curl", .owner = OWNER_EXACT
#define SERVER(state_) .state = state_, .dir = DIR_IN
#define CLIENT(state_) .state = state_, .dir = DIR_OUT
#define LISTENER .state = STATE_LISTEN, .dir = DIR_LISTEN

const struct actor fixture_actors[] = {
    /* the web server */
    {"0.0.0.0", NULL, 443, 0, LISTENER, NGINX, .owners = 5, .recvq = 0, .limit = 511},
    {"0.0.0.0", NULL, 8080, 0, LISTENER, NGINX, .owners = 5, .recvq = 129, .limit = 128, .drops = 41},
    {"10.0.0.5", "203.0.113.9", 443, 51822, SERVER(STATE_ESTABLISHED), NGINX, .rx = 1200, .tx = 88100000,
     .rtt_us = 48000, .cwnd = 142, .cwnd_full = true},
    {"10.0.0.5", "198.51.100.7", 443, 40112, SERVER(STATE_ESTABLISHED), NGINX, .rx = 612, .tx = 12400000,
     .rtt_us = 181000, .cwnd = 10, .loss = 4},
    {"10.0.0.5", "198.51.100.8", 443, 40113, SERVER(STATE_ESTABLISHED), NGINX, .rx = 400, .tx = 3100000,
     .rtt_us = 92000, .cwnd = 20, .rwnd_full = true, .ulp = "tls"},
    {"10.0.0.5", "203.0.113.77", 443, 51823, SERVER(STATE_ESTABLISHED), NGINX, .rx = 9000000, .tx = 100,
     .rtt_us = 21000, .cwnd = 10, .recvq = 65000},
    {"10.0.0.5", "203.0.113.78", 443, 51824, SERVER(STATE_CLOSE_WAIT), NGINX, .rtt_us = 22000, .cwnd = 10},
    {"10.0.0.5", "203.0.113.79", 443, 51825, SERVER(STATE_FIN_WAIT1), .tx = 500, .rtt_us = 350000, .cwnd = 3,
     .pid = 2211, .uid = 33, .comm = "nginx", .owner = OWNER_CREATOR},
    {"10.0.0.5", "203.0.113.80", 443, 51826, SERVER(STATE_LAST_ACK), .rtt_us = 36000, .cwnd = 10, .uid = 33},
    {"10.0.0.5", "203.0.113.81", 443, 51827, SERVER(STATE_TIME_WAIT)},
    {"10.0.0.5", "203.0.113.82", 443, 51828, SERVER(STATE_TIME_WAIT)},
    {"10.0.0.5", "203.0.113.83", 443, 51829, SERVER(STATE_NEW_SYN_RECV)},
    {"2001:db8::5", "2001:db8:17:3::9", 443, 60010, SERVER(STATE_ESTABLISHED), NGINX, .rx = 800, .tx = 640000,
     .rtt_us = 12000, .cwnd = 33, .ulp = "mptcp"},
    {"2001:db8::5", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", 443, 60011, SERVER(STATE_ESTABLISHED), NGINX, .rx = 10,
     .tx = 20, .rtt_us = 310000, .cwnd = 10},
    /* the database and those who ask it */
    {"127.0.0.1", NULL, 5432, 0, LISTENER, POSTGRES, .limit = 200},
    {"::1", NULL, 5432, 0, LISTENER, POSTGRES, .limit = 200},
    {"10.0.0.5", "10.0.3.17", 5432, 38822, SERVER(STATE_ESTABLISHED), POSTGRES, .rx = 44100, .tx = 2000000,
     .rtt_us = 300, .cwnd = 10},
    {"10.0.0.5", "10.0.3.18", 5432, 38823, SERVER(STATE_ESTABLISHED), POSTGRES, .rx = 4100, .tx = 120000, .rtt_us = 280,
     .cwnd = 10},
    {"10.0.0.5", "10.0.3.19", 5432, 38824, SERVER(STATE_ESTABLISHED), POSTGRES, .rtt_us = 290, .cwnd = 10},
    {"10.0.0.5", "10.0.3.20", 5432, 38825, SERVER(STATE_FIN_WAIT2), .rtt_us = 290, .cwnd = 10, .pid = 8841, .uid = 110,
     .comm = "postgres", .owner = OWNER_CREATOR},
    {"127.0.0.1", "127.0.0.1", 41000, 5432, CLIENT(STATE_ESTABLISHED), .pid = 902, .uid = 33, .comm = "php-fpm8.2",
     .owner = OWNER_EXACT, .rx = 30000, .tx = 900, .rtt_us = 40, .cwnd = 10, .cgroup = 77},
    {"127.0.0.1", "127.0.0.1", 5432, 41000, SERVER(STATE_ESTABLISHED), POSTGRES, .rx = 900, .tx = 30000, .rtt_us = 45,
     .cwnd = 10},
    /* people */
    {"0.0.0.0", NULL, 22, 0, LISTENER, .pid = 611, .comm = "sshd", .owner = OWNER_SEEDED, .limit = 128},
    {"::", NULL, 22, 0, LISTENER, .pid = 611, .comm = "sshd", .owner = OWNER_SEEDED, .limit = 128},
    {"10.0.0.5", "192.0.2.44", 22, 60222, SERVER(STATE_ESTABLISHED), .pid = 4021, .comm = "sshd", .owner = OWNER_EXACT,
     .owners = 2, .rx = 150, .tx = 2400, .rtt_us = 18000, .cwnd = 10},
    {"10.0.0.5", "192.0.2.99", 51000, 443, CLIENT(STATE_SYN_SENT), CURL, .cwnd = 10, .first = 3},
    {"10.0.0.5", "192.0.2.100", 51001, 443, CLIENT(STATE_ESTABLISHED), CURL, .rx = 25000000, .tx = 90, .rtt_us = 8000,
     .cwnd = 10, .first = 5},
    {"10.0.0.5", "192.0.2.101", 51002, 80, CLIENT(STATE_ESTABLISHED), CURL, .rx = 6000, .tx = 90, .rtt_us = 8000,
     .cwnd = 10, .first = 4, .last = 8},
    {"10.0.0.5", "192.0.2.102", 51003, 80, CLIENT(STATE_ESTABLISHED), CURL, .rx = 100, .tx = 70000, .rtt_us = 9000,
     .cwnd = 10, .first = 6, .last = 9, .aborted = true},
    /* names that hurt */
    {"10.0.0.5", "192.0.2.200", 52000, 4444, CLIENT(STATE_ESTABLISHED), .pid = 666, .uid = 1000,
     .comm = "\033[31mred\nX\033]0", .owner = OWNER_EXACT, .rx = 10, .tx = 10, .rtt_us = 70000, .cwnd = 10},
    {"10.0.0.5", "192.0.2.201", 52001, 4445, CLIENT(STATE_ESTABLISHED), .pid = 667, .uid = 1000,
     .comm = "\xe7\xb6\xb2\xe8\xb7\xaf\xff\xfe", .owner = OWNER_EXACT, .rx = 5, .tx = 7, .rtt_us = 71000, .cwnd = 10},
    {"10.0.0.5", "192.0.2.202", 52002, 4446, CLIENT(STATE_ESTABLISHED), .pid = 668, .uid = 1000,
     .comm = "a\xe2\x80\xae"
	     "cba",
     .owner = OWNER_CLOSER, .rtt_us = 72000, .cwnd = 10},
    /* a container of its own namespace */
    {"172.17.0.2", NULL, 6379, 0, LISTENER, .pid = 7001, .uid = 999, .comm = "redis-server", .owner = OWNER_SEEDED,
     .limit = 511, .netns = FIXTURE_OTHER_NETNS, .cgroup = 79},
    {"172.17.0.2", "172.17.0.1", 6379, 55110, SERVER(STATE_ESTABLISHED), .pid = 7001, .uid = 999,
     .comm = "redis-server", .owner = OWNER_SEEDED, .rx = 52000, .tx = 410000, .rtt_us = 60, .cwnd = 10,
     .netns = FIXTURE_OTHER_NETNS, .cgroup = 79},
    {"172.17.0.1", "172.17.0.2", 55110, 6379, CLIENT(STATE_ESTABLISHED), .pid = 902, .uid = 33, .comm = "php-fpm8.2",
     .owner = OWNER_SEEDED, .rx = 410000, .tx = 52000, .rtt_us = 62, .cwnd = 10, .cgroup = 77},
    /* datagrams */
    {"127.0.0.53", NULL, 53, 0, .state = STATE_CLOSE, .udp = true, .pid = 410, .uid = 101, .comm = "systemd-resolve",
     .owner = OWNER_SEEDED, .rx = 800, .tx = 2100},
    {"10.0.0.5", "192.0.2.53", 40053, 53, .state = STATE_ESTABLISHED, .dir = DIR_OUT, .udp = true, .pid = 410,
     .uid = 101, .comm = "systemd-resolve", .owner = OWNER_SEEDED, .rx = 2100, .tx = 800},
    {"0.0.0.0", NULL, 51820, 0, .state = STATE_CLOSE, .udp = true},
    {"::", NULL, 5353, 0, .state = STATE_CLOSE, .udp = true, .pid = 500, .uid = 108, .comm = "avahi-daemon",
     .owner = OWNER_SEEDED, .recvq = 213000, .drops = 3, .rx = 400},
    {"10.0.0.5", NULL, 123, 0, .state = STATE_CLOSE, .udp = true, .pid = 520, .uid = 107, .comm = "chronyd",
     .owner = OWNER_SEEDED, .first = 2, .last = 10},
    /* two in the middle of leaving */
    {"10.0.0.5", "203.0.113.90", 443, 51840, SERVER(STATE_CLOSING), .rtt_us = 40000, .cwnd = 10, .uid = 33},
    {"10.0.0.5", "203.0.113.91", 443, 51841, SERVER(STATE_ESTABLISHED), NGINX, .rx = 70, .tx = 5100, .rtt_us = 650000,
     .cwnd = 1, .loss = 1},
};
const size_t fixture_actor_count = ARRAY_SIZE(fixture_actors);

const struct fixture_name fixture_names[] = {
    {NAME_CGROUP, 77, 0, "/system.slice/nginx.service"},
    {NAME_CGROUP, 78, 0, "/system.slice/postgresql.service"},
    {NAME_CGROUP, 79, 0, "/docker/7f9c2ba4e88f827d"},
    {NAME_CONTAINER, 79, 0, "cache"},
    {NAME_NETNS, FIXTURE_NETNS, 0, "host"},
    {NAME_NETNS, FIXTURE_OTHER_NETNS, 0, "redis"},
    {NAME_USER, 0, 0, "root"},
    {NAME_USER, 33, 0, "www-data"},
    {NAME_USER, 110, 0, "postgres"},
    {NAME_USER, 1000, 0, "ada"},
};
const size_t fixture_name_count = ARRAY_SIZE(fixture_names);

const struct ran fixture_ran[] = {
    {2211, 4800, "/usr/sbin/nginx", "nginx: worker process"},
    {8841, 4812, "/usr/lib/postgresql/15/bin/postgres",
     "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main -c "
     "config_file=/etc/postgresql/15/main/postgresql.conf"},
    {31337, 0, "/usr/bin/curl", "curl -sS --limit-rate 24M https://192.0.2.100/image.iso -o image.iso"},
    {666, 90, "/tmp/\033[31mred", "\033[2J\033]0;owned\007 --\xe2\x80\xaenwo\n\xff"},
};
const size_t fixture_ran_count = ARRAY_SIZE(fixture_ran);
