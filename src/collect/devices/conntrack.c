/* Reads the kernel's list of tracked connections: ct_seq_show() in net/netfilter/nf_conntrack_standalone.c. */
#include "conntrack.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

/* One direction of a connection. */
struct way {
	u8 src[16], dst[16];
	u16 sport, dport;
	unsigned found; /* how many of the four */
};

static bool take_address(const char *text, u8 family, u8 dst[16])
{
	return inet_pton(family == 6 ? AF_INET6 : AF_INET, text, dst) == 1;
}

/* "src=10.0.0.1". Of an entry the four of what is sent come first, then those of what is answered. */
static void take_word(const char *word, u8 family, struct way *w)
{
	if (strncmp(word, "src=", 4) == 0)
		w->found += take_address(word + 4, family, w->src);
	else if (strncmp(word, "dst=", 4) == 0)
		w->found += take_address(word + 4, family, w->dst);
	else if (sscanf(word, "sport=%hu", &w->sport) == 1 || sscanf(word, "dport=%hu", &w->dport) == 1)
		w->found++;
}

static bool is_translated(const struct way *sent, const struct way *answered)
{
	return sent->sport != answered->dport || sent->dport != answered->sport ||
	       memcmp(sent->src, answered->dst, 16) != 0 || memcmp(sent->dst, answered->src, 16) != 0;
}

static void append(struct nat_list *l, struct record_nat *r, const struct way *sent, const struct way *answered)
{
	memcpy(r->src, sent->src, 16);
	memcpy(r->dst, sent->dst, 16);
	memcpy(r->new_src, answered->dst, 16);
	memcpy(r->new_dst, answered->src, 16);
	r->sport = sent->sport;
	r->dport = sent->dport;
	r->new_sport = answered->dport;
	r->new_dport = answered->sport;
	if (array_append(&l->at, &l->cap, l->count, sizeof(*l->at)) == 0)
		l->at[l->count++] = *r;
}

/* "ipv4     2 tcp      6 431999 ESTABLISHED src=… dst=… sport=… dport=… src=… …" */
static void take_line(char *line, struct nat_list *l)
{
	char *at, *family = strtok_r(line, " ", &at), *word;
	struct way ways[2] = {};
	struct record_nat r = {.family = 4};

	if (!family || !strtok_r(NULL, " ", &at) || !(word = strtok_r(NULL, " ", &at)))
		return;
	r.proto = strcmp(word, "tcp") == 0 ? IPPROTO_TCP : strcmp(word, "udp") == 0 ? IPPROTO_UDP : 0;
	if (strcmp(family, "ipv6") == 0)
		r.family = 6;
	while (r.proto && ways[1].found < 4 && (word = strtok_r(NULL, " \n", &at)))
		take_word(word, r.family, &ways[ways[0].found == 4]);
	if (ways[1].found == 4 && is_translated(&ways[0], &ways[1]))
		append(l, &r, &ways[0], &ways[1]);
}

void conntrack_read(FILE *f, struct nat_list *l)
{
	char line[512];

	l->count = 0;
	while (f && fgets(line, sizeof(line), f))
		take_line(line, l);
}

void conntrack_keep(struct nat_list *l, bool (*there)(const void *context, const u8 address[16]), const void *context)
{
	u32 kept = 0;

	for (u32 i = 0; i < l->count; i++)
		if (there(context, l->at[i].src) && there(context, l->at[i].new_dst))
			l->at[kept++] = l->at[i];
	l->count = kept;
}

void nat_list_deinit(struct nat_list *l)
{
	free(l->at);
	*l = (struct nat_list){};
}
