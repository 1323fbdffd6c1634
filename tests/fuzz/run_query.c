/* Runs the filter fuzzer without libFuzzer: seeds, and a fixed number of mutations of them from a fixed seed. */
#include <stdint.h>
#include <string.h>

#include "cleanup.h"
#include "idmap.h"

#define ROUNDS 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const seeds[] = {
	"",
	"rtt > 50ms and retrans > 0 and tx_rate >= 10M",
	"state established ( dport = :ssh or sport = :22 )",
	"comm ~ ^(nginx|envoy)+[[:alpha:]]{2,5}$ || cgroup = *web*[a-z]?",
	"src [2001:db8::]/32:443 dst 10.0.0.0/255.0.0.0 ! dev eth0",
	"fwmark = 0x01/0x03 exclude time-wait state bucket known rtt",
	"not (id = 0x14002.1 or comm = \"a \\\" b\") autobound",
	"local ~ :443$ remote != inet6:[::1]:80 src unix:/tmp/*",
	"((((((nofile))))))",
};

/* Replaces, drops, doubles or inserts some bytes. */
static size_t mutate(uint8_t *data, size_t len, size_t cap, uint64_t *random)
{
	static const char special[] = "()!&|<>=~\\\"'[]{}*+?/:. \t\x01\xff";

	for (unsigned n = 1 + (unsigned)(*random % 4); n--;) {
		uint64_t h = *random = idmap_hash(*random + 1);
		size_t at = len ? (h >> 8) % len : 0;

		if ((h & 3) == 0 && len) {
			data[at] = (uint8_t)special[(h >> 32) % (sizeof(special) - 1)];
		} else if ((h & 3) == 1 && len) {
			memmove(data + at, data + at + 1, --len - at);
		} else if ((h & 3) == 2 && len * 2 - at < cap) {
			memmove(data + len, data + at, len - at);
			len += len - at;
		} else if (len + 1 < cap) {
			memmove(data + at + 1, data + at, len++ - at);
			data[at] = (uint8_t)special[(h >> 32) % (sizeof(special) - 1)];
		}
	}
	return len;
}

int main(void)
{
	uint64_t random = 1;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint8_t data[512];
		const char *seed = seeds[i % ARRAY_SIZE(seeds)];
		size_t len = strlen(seed);

		memcpy(data, seed, len);
		if (i >= ARRAY_SIZE(seeds))
			len = mutate(data, len, sizeof(data), &random);
		LLVMFuzzerTestOneInput(data, len);
	}
	return 0;
}
