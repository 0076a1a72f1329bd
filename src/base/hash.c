/*
 * hash - see hash.h.
 *
 * SipHash by Aumasson and Bernstein (https://www.aumasson.jp/siphash/), with one compression
 * and three finalisation rounds: enough against chosen collisions in tables that are never
 * shown to anyone.
 */
#include "config.h"

#include "base/hash.h"

#include <endian.h>
#include <sys/random.h>

static uint64_t key[2];

void
hash_seed(void)
{
	/* A key that could not be drawn stays zero: tables work, only unpredictability is lost. */
	if (getrandom(key, sizeof key, GRND_NONBLOCK) != (ssize_t)sizeof key)
		key[0] = key[1] = 0;
}

static inline uint64_t
rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static inline void
sip_round(uint64_t v[4])
{
	v[0] += v[1], v[1] = rotate(v[1], 13) ^ v[0], v[0] = rotate(v[0], 32);
	v[2] += v[3], v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3], v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1], v[1] = rotate(v[1], 17) ^ v[2], v[2] = rotate(v[2], 32);
}

/* Up to eight bytes, little end first, in reads that may overlap. */
static uint64_t
load_plain(const char *p, size_t n)
{
	uint64_t word;
	uint32_t low, high;

	if (n == sizeof word) {
		memcpy(&word, p, sizeof word);
		return le64toh(word);
	}
	if (n >= sizeof low) {
		memcpy(&low, p, sizeof low);
		memcpy(&high, p + n - sizeof high, sizeof high);
		return le32toh(low) | (uint64_t)le32toh(high) << 8 * (n - sizeof high);
	}
	if (n == 0)
		return 0;
	word = (unsigned char)p[0];
	word |= (uint64_t)(unsigned char)p[n / 2] << 8 * (n / 2);
	return word | (uint64_t)(unsigned char)p[n - 1] << 8 * (n - 1);
}

/* As load_plain(); with fold, ASCII capitals become small letters. */
static uint64_t
load(const char *p, size_t n, bool fold)
{
	uint64_t word = 0;

	if (!fold)
		return load_plain(p, n);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		word |= (uint64_t)c << (8 * i);
	}
	return word;
}

static uint64_t
siphash(struct slice s, bool fold)
{
	uint64_t v[4] = {
		key[0] ^ 0x736f6d6570736575,
		key[1] ^ 0x646f72616e646f6d,
		key[0] ^ 0x6c7967656e657261,
		key[1] ^ 0x7465646279746573,
	};
	size_t whole = s.len & ~(size_t)7;

	for (size_t i = 0; i <= whole; i += 8) {
		size_t n = i < whole ? 8 : s.len - whole;
		uint64_t word = n > 0 ? load(s.p + i, n, fold) : 0;

		if (i == whole)
			word |= (uint64_t)s.len << 56;
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t
hash_bytes(struct slice s)
{
	return siphash(s, false);
}

uint64_t
hash_bytes_nocase(struct slice s)
{
	return siphash(s, true);
}
