/* Reads /etc/hosts: the machine's, not those of containers. */
#include "hosts_file.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/stat.h>

#include "collector.h"
#include "file.h"

#define HOSTS "/etc/hosts"
#define BLANKS " \t\r"

struct hosts_file {
	struct source source;
	struct stat read; /* the file when it was read last; zeroed: there was none */
};

static bool parse_line(char *line, struct record_host *r)
{
	char *rest, *address, *name;

	line[strcspn(line, "#")] = '\0';
	address = strtok_r(line, BLANKS, &rest);
	name = address ? strtok_r(NULL, BLANKS, &rest) : NULL;
	if (!name || strlen(name) >= sizeof(r->name))
		return false;
	*r = (struct record_host){.from = HOST_FROM_FILE, .family = strchr(address, ':') ? 6 : 4};
	memcpy(r->name, name, strlen(name));
	return inet_pton(r->family == 6 ? AF_INET6 : AF_INET, address, r->address) == 1;
}

void hosts_file_parse(char *text, void (*each)(void *context, const struct record_host *r), void *context)
{
	struct record_host r;
	char *rest, *line = strtok_r(text, "\n", &rest);

	for (u32 count = 0; line && count < HOSTS_FILE_NAMES; line = strtok_r(NULL, "\n", &rest))
		if (parse_line(line, &r)) {
			each(context, &r);
			count++;
		}
}

static void send_host(void *out, const struct record_host *r)
{
	outbox_event(out, RECORD_HOST, r, true);
}

static bool is_other(const struct stat *a, const struct stat *b)
{
	return a->st_ino != b->st_ino || a->st_size != b->st_size || a->st_mtim.tv_sec != b->st_mtim.tv_sec ||
	       a->st_mtim.tv_nsec != b->st_mtim.tv_nsec;
}

static void hosts_file_tick(struct source *s)
{
	struct hosts_file *h = (struct hosts_file *)s;
	cleanup_buf struct buf text = {};
	struct error err = {};
	struct stat st = {};

	if (stat(HOSTS, &st) < 0)
		st = (struct stat){};
	if (!is_other(&st, &h->read))
		return;
	h->read = st;
	send_host(&s->c->out, &(struct record_host){.from = HOST_FROM_FILE});
	if (file_read(HOSTS, HOSTS_FILE_MAX, &text, &err) < 0)
		return;
	buf_putc(&text, '\0');
	if (!text.failed)
		hosts_file_parse((char *)buf_at(&text), send_host, &s->c->out);
}

const struct source_class hosts_file_source = {
    .name = "hosts", .size = sizeof(struct hosts_file), .tick = hosts_file_tick};
