/* The protocols that are recognised. Where bytes could begin several of them, the first one is tried first. */
#include "parser.h"

/* clang-format off */
const struct protocol protocols[] = {
	{"dns", "DNS", &parser_dns},
	{"dns", "DNS over TCP", &parser_dns_stream},
	{"tls", "TLS", &parser_tls},
	{"http", "HTTP/1", &parser_http},
	{"http2", "HTTP/2 and gRPC", &parser_http2},
	{"redis", "Redis", &parser_redis},
	{"postgresql", "PostgreSQL", &parser_postgres},
	{"mysql", "MySQL and MariaDB", &parser_mysql},
	{"memcached", "memcached", &parser_memcached},
	{"mongodb", "MongoDB", &parser_mongodb},
	{"amqp", "AMQP 0-9-1", &parser_amqp},
	{"smtp", "SMTP", &parser_smtp},
	{"kafka", "Kafka", &parser_kafka},
};
/* clang-format on */
const size_t protocols_count = ARRAY_SIZE(protocols);
_Static_assert(ARRAY_SIZE(protocols) <= 32, "a bit for each in conversation.refused");
