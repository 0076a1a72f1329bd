/*
 * site - a configuration from its text, a folder to serve, and requests to it.
 */
#ifndef UNIT_SITE_H
#define UNIT_SITE_H

#include "scratch.h"

#include <time.h>

#include "config/config.h"
#include "config/problems.h"
#include "content/content.h"
#include "content/store.h"

struct site_under_test {
	struct scratch scratch;
	struct config *config;
	struct store *store;
	struct exchange x;
	struct field fields[32];
	char head[4096];
};

/* `@` in the configuration stands for the path of the scratch folder. */
static inline struct config *
site_load(const struct scratch *s, const char *ini)
{
	struct problems *problems = problems_new();
	struct config *config;
	static char text[16384];
	size_t n = 0;

	for (; *ini; ini++) {
		if (*ini == '@')
			n += (size_t)sprintf(text + n, "%s", s->path);
		else
			text[n++] = *ini;
		if (n > sizeof text - sizeof s->path)
			fail_msg("a configuration too long for this test");
	}
	assert_non_null(problems);
	config = config_load_text("test.ini", slice_from(text, n), problems);
	if (!config) {
		problems_print(problems, stderr);
		problems_free(problems);
		fail_msg("not a good configuration");
	}
	problems_free(problems);
	return config;
}

/* The scratch folder is there already: fill it, then call this. */
static inline void
site_init(struct site_under_test *t, const char *ini)
{
	t->config = site_load(&t->scratch, ini);
	t->store = store_new(t->config, NULL);
	assert_non_null(t->store);
	t->x = (struct exchange){ .config = t->config, .store = t->store };
	clock_gettime(CLOCK_REALTIME, &t->x.now);
	arena_init(&t->x.arena, 1024);
}

static inline void
site_fini(struct site_under_test *t)
{
	exchange_reset(&t->x);
	arena_fini(&t->x.arena);
	store_free(t->store);
	config_free(t->config);
	t->store = NULL;
	t->config = NULL;
}

/*
 * Parses and routes: "GET /x" and more lines, each with its CRLF, or NULL.  Without a Host line
 * it is "a".
 */
static inline void
site_route(struct site_under_test *t, const char *line, const char *lines)
{
	const struct request_limits limits = { sizeof t->head, 2048, COUNT(t->fields) };
	bool has_host = lines && strstr(lines, "Host:");
	size_t consumed;
	unsigned status;
	int n = snprintf(t->head, sizeof t->head, "%s HTTP/1.1\r\n%s%s\r\n", line,
			 has_host ? "" : "Host: a\r\n", lines ? lines : "");

	exchange_reset(&t->x);
	if (request_parse(&t->x.request, slice_from(t->head, (size_t)n), &limits, t->fields,
			  &consumed, &status) != PARSE_OK)
		fail_msg("not a good head: %s", check_show(slice_of(t->head)));
	content_route(&t->x);
}

/* The same, and the response.  Returns its status. */
static inline unsigned
site_ask(struct site_under_test *t, const char *line, const char *lines)
{
	site_route(t, line, lines);
	content_respond(&t->x);
	while (t->x.job) {
		content_run_job(&t->x);
		content_respond(&t->x);
	}
	return t->x.response.status;
}

/* A field of the response; empty when there is none. */
static inline struct slice
site_field(const struct site_under_test *t, const char *name)
{
	return response_field(&t->x.response, slice_of(name));
}

/* What the body would send, good until the next call. */
static inline struct slice
site_body(struct site_under_test *t)
{
	static char bytes[1 << 16];
	struct body *b = &t->x.response.body;
	enum body_fill filled = BODY_FILLED;
	size_t len = 0, n;

	switch (b->kind) {
	case BODY_SOURCE_NONE:
		return SLICE_NONE;
	case BODY_SOURCE_MEMORY:
		return b->memory;
	case BODY_SOURCE_FILE:
		assert_true(b->file.left <= sizeof bytes);
		n = (size_t)pread(b->file.fd, bytes, b->file.left, b->file.at);
		return slice_from(bytes, n);
	case BODY_SOURCE_STREAM:
		while (filled == BODY_FILLED) {
			assert_true(len < sizeof bytes);
			filled = b->stream->fill(b->stream, bytes + len, sizeof bytes - len, &n);
			len += n;
		}
		assert_int_equal(filled, BODY_END);
		return slice_from(bytes, len);
	}
	return SLICE_NONE;
}

#endif
