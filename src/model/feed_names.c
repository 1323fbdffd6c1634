/* Between a model and who looks up names for it. */
#include "feed_names.h"

#include <sys/socket.h>

#include "model.h"
#include "wanted.h"

int feed_names(struct model *m, int fd)
{
	struct record_host r;
	const struct record rec = {.kind = RECORD_HOST, .host = &r};
	int code = 0;

	while (code >= 0 && recv(fd, &r, sizeof(r), MSG_DONTWAIT) == (ssize_t)sizeof(r))
		code = model_apply(m, &rec, NULL);
	while (code >= 0 && model_wanted_host(m, &r) && send(fd, &r, sizeof(r), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		model_asked_host(m);
	return code;
}
