/*
 * auth - see auth.h.
 *
 * What is remembered is a keyed digest of file, name and password, with a key that is drawn at
 * start and never leaves the process: neither the memory nor the time of a look into it tells
 * anything about a password.
 */
#include "config.h"

#include "content/auth.h"

#include <crypt.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/digest.h"
#include "base/hash.h"
#include "base/job.h"
#include "base/memo.h"
#include "config/htpasswd.h"
#include "http/basic.h"

enum {
	SECRET_SIZE = 32,
	MEMORY_SETS = 1024,
	REMEMBERED_MS = 5 * 60 * 1000,
};

struct auth_memory {
	unsigned char secret[SECRET_SIZE];
	struct memo *memo;
};

/* A password on its way through a helper thread. */
struct check {
	struct job job;
	struct auth_memory *memory;
	struct memo_key key;
	int64_t now_ms;
	const char *hash; /* of the configuration; of somebody else when there is no such user */
	bool known;	  /* there is such a user */
	bool good;
	size_t name_len;
	char name[BASIC_MAX + 1];
	char password[BASIC_MAX + 1];
};

struct auth_memory *
auth_memory_new(void)
{
	struct auth_memory *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	m->memo = memo_new(MEMORY_SETS);
	if (!m->memo || getrandom(m->secret, sizeof m->secret, 0) != (ssize_t)sizeof m->secret) {
		auth_memory_free(m);
		return NULL;
	}
	return m;
}

void
auth_memory_free(struct auth_memory *m)
{
	if (!m)
		return;
	memo_free(m->memo);
	explicit_bzero(m->secret, sizeof m->secret);
	free(m);
}

/* The lengths are in it, so that no two triples look the same.  False when out of memory. */
static bool
make_key(struct memo_key *key, const struct auth_memory *m, const struct htpasswd *file,
	 const struct basic *b)
{
	char text[2 * sizeof(uint64_t) + BASIC_MAX];
	uint64_t numbers[2] = { file->index, b->user.len };
	size_t len = sizeof numbers;
	unsigned char digest[DIGEST_SIZE] = { 0 };
	bool made;

	memcpy(text, numbers, sizeof numbers);
	memcpy(text + len, b->user.p, b->user.len);
	len += b->user.len;
	memcpy(text + len, b->password.p, b->password.len);
	len += b->password.len;
	made = digest_hmac(slice_from((const char *)m->secret, sizeof m->secret),
			   slice_from(text, len), digest);
	explicit_bzero(text, sizeof text);
	*key = (struct memo_key){ 0 };
	memcpy(key->word, digest, sizeof digest);
	return made;
}

static bool
is_remembered(const struct check *c)
{
	unsigned char nothing[MEMO_VALUE_SIZE];

	return memo_get(c->memory->memo, &c->key, c->now_ms, nothing);
}

static void
remember(const struct check *c)
{
	static const unsigned char nothing[MEMO_VALUE_SIZE];

	memo_put(c->memory->memo, &c->key, c->now_ms + REMEMBERED_MS, nothing);
}

/* In a helper thread. */
static void
run(struct job *job)
{
	struct check *c = (struct check *)job;
	struct crypt_data *data;
	const char *made;

	/* Browsers ask for a page's parts all at once: the first of them may be through by now. */
	if (is_remembered(c)) {
		c->good = true;
		return;
	}
	data = calloc(1, sizeof *data);
	made = data ? crypt_r(c->password, c->hash, data) : NULL;
	if (made && strlen(made) == strlen(c->hash))
		c->good = digest_equal(made, c->hash, strlen(made)) && c->known;
	if (c->good)
		remember(c);
	if (data)
		explicit_bzero(data, sizeof *data);
	free(data);
}

static void
end(struct job *job)
{
	struct check *c = (struct check *)job;

	explicit_bzero(c->password, sizeof c->password);
	free(c);
}

/* One password at a time of each address; all of a /64 are one, as in limit_requests. */
static uint64_t
address_key(const struct ip *client)
{
	uint64_t key = hash_bytes(slice_from((const char *)client->bytes, 8)) ^ client->family;

	return key ? key : 1;
}

static void
copy(char out[BASIC_MAX + 1], struct slice s)
{
	memcpy(out, s.p, s.len);
	out[s.len] = '\0';
}

/* For a name that does not exist always the same one: its time tells nothing either. */
static const char *
some_hash(const struct htpasswd *file, struct slice name)
{
	return file->users[hash_bytes(name) % file->count].hash.p;
}

static struct check *
new_check(struct exchange *x, const struct basic *b)
{
	const struct htpasswd *file = x->route.auth->file;
	const struct htpasswd_user *user = htpasswd_find(file, b->user);
	struct check *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	job_init(&c->job, run, end, address_key(&x->client));
	c->memory = x->auth;
	c->now_ms = x->now_ms;
	c->known = user != NULL;
	c->hash = user ? user->hash.p : some_hash(file, b->user);
	c->name_len = b->user.len;
	copy(c->name, b->user);
	copy(c->password, b->password);
	if (make_key(&c->key, x->auth, file, b))
		return c;
	end(&c->job);
	return NULL;
}

static void
refuse(struct exchange *x, unsigned status, const char *reason)
{
	route_refuse(&x->route, status, reason, x->route.auth->at);
}

static void
accept_user(struct exchange *x, const struct check *c)
{
	x->user = arena_copy(&x->arena, slice_from(c->name, c->name_len));
}

void
auth_check(struct exchange *x)
{
	struct basic b;
	struct check *c;

	if (!basic_parse(&b, request_field(&x->request, FIELD_AUTHORIZATION))) {
		refuse(x, 401, "a name and a password are asked for here");
		return;
	}
	c = new_check(x, &b);
	explicit_bzero(b.bytes, sizeof b.bytes);
	if (!c) {
		refuse(x, 503, "out of memory");
		return;
	}
	if (is_remembered(c)) {
		accept_user(x, c);
		end(&c->job);
		return;
	}
	x->job = &c->job;
}

void
auth_finish(struct exchange *x)
{
	struct check *c = (struct check *)x->job;

	x->job = NULL;
	if (c->job.state == JOB_REFUSED) {
		refuse(x, 503, "too many passwords wait to be checked");
	} else if (c->good) {
		accept_user(x, c);
	} else {
		refuse(x, 401, "name or password are wrong");
		x->denied = arena_copy(&x->arena, slice_from(c->name, c->name_len));
	}
	end(&c->job);
}

void
auth_add_challenge(struct exchange *x)
{
	const struct set_auth *set = x->route.auth;

	/* RFC 7617 2.1: names and passwords are UTF-8 */
	if (set)
		response_add(&x->response, &x->arena, SLICE("WWW-Authenticate"),
			     arena_printf(&x->arena, "Basic realm=\"%.*s\", charset=\"UTF-8\"",
					  SLICE_FMT(set->realm)),
			     set->at);
}
