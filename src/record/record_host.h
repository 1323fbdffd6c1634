/* Names of hosts. Included by record.h. */
#pragma once

/* How a host's name is known. */
enum host_from {
	HOST_UNNAMED = 0,
	HOST_FROM_FILE = 1,     /* /etc/hosts */
	HOST_FROM_DNS = 2,      /* an answer that this machine received */
	HOST_FROM_RESOLVER = 3, /* --resolve: never in a stream */
	HOST_FROM_COUNT,
};

#define RECORD_HOST_FIELDS(F, A)                                                                                       \
	A(u8, address, 16, "IPv4: the first four bytes")                                                               \
	A(u8, name, RECORD_NAME_LEN, "raw bytes, NUL padded")                                                          \
	F(u8, family, "4 or 6; 0: all names that are known in this way are forgotten")                                 \
	F(u8, from, "enum host_from")                                                                                  \
	A(u8, reserved, 6, "")

/* A message from port 53 that a socket has received, or the beginning of one. */
#define RECORD_ANSWER_FIELDS(F, A)                                                                                     \
	A(u8, data, 512, "from the header of DNS on")                                                                  \
	F(u16, len, "of it, bytes")                                                                                    \
	A(u8, reserved, 6, "")
