/* response - see response.h. */
#include "config.h"

#include "response.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEAD_MAX = 8192 };

static bool
has_no_body(unsigned status)
{
	return status == 304 || status == 204;
}

/* What follows a head; false when it does not say, or has another status or length. */
static bool
read_head(struct response *r, const struct response_wanted *w, const char *head, size_t size)
{
	const char *end = head + size - 2;
	bool bodied = !has_no_body(w->status), found = !bodied;

	if (size < 15 || strtoul(head + 9, NULL, 10) != w->status)
		return false;
	r->last = false;
	r->part = RESPONSE_BODY;
	r->left = 0;
	for (const char *s = head; s < end;) {
		if (strncasecmp(s, "connection: close", 17) == 0) {
			r->last = true;
		} else if (bodied && strncasecmp(s, "content-length:", 15) == 0) {
			r->left = strtoull(s + 15, NULL, 10);
			found = true;
		} else if (bodied && strncasecmp(s, "transfer-encoding: chunked", 26) == 0) {
			r->part = RESPONSE_SIZE;
			found = true;
		}
		s = (const char *)memchr(s, '\n', (size_t)(end - s) + 2) + 1;
	}
	return found && (!w->body || (r->part == RESPONSE_BODY && r->left == w->body_size));
}

/* One that is there as a whole is read where it is. */
static size_t
take_head(struct response *r, const struct response_wanted *w, const char *bytes, size_t size)
{
	const char *end = r->head_size == 0 ? memmem(bytes, size, "\r\n\r\n", 4) : NULL;
	size_t before = r->head_size, take = size < HEAD_MAX - before ? size : HEAD_MAX - before;

	if (end) {
		take = (size_t)(end + 4 - bytes);
		return read_head(r, w, bytes, take) ? take : 0;
	}
	if (!r->head)
		r->head = malloc(HEAD_MAX);
	if (!r->head)
		return 0;
	memcpy(r->head + before, bytes, take);
	r->head_size += take;
	end = memmem(r->head, r->head_size, "\r\n\r\n", 4);
	if (!end)
		return take;
	r->head_size = 0;
	take = (size_t)(end + 4 - r->head);
	return read_head(r, w, r->head, take) ? take - before : 0;
}

/* A line with nothing but the size of a chunk in it. */
static size_t
take_size(struct response *r, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char digit[2] = { bytes[i], '\0' };

		if (bytes[i] == '\n') {
			r->part = r->left > 0 ? RESPONSE_CHUNK : RESPONSE_LAST;
			r->left += 2;
			return i + 1;
		}
		if (strspn(digit, "0123456789abcdefABCDEF\r") == 0)
			return 0;
		if (bytes[i] != '\r')
			r->left = r->left << 4 | strtoul(digit, NULL, 16);
	}
	return size;
}

static size_t
take_body(struct response *r, const struct response_wanted *w, const char *bytes, size_t size)
{
	size_t take = r->left < size ? (size_t)r->left : size;

	if (w->body && memcmp(w->body + w->body_size - r->left, bytes, take) != 0)
		return 0;
	r->left -= take;
	if (r->left == 0 && r->part == RESPONSE_CHUNK)
		r->part = RESPONSE_SIZE;
	return take;
}

size_t
response_take(struct response *r, const struct response_wanted *w, const char *bytes, size_t size,
	      bool *whole)
{
	size_t take;

	if (r->part == RESPONSE_HEAD)
		take = take_head(r, w, bytes, size);
	else if (r->part == RESPONSE_SIZE)
		take = take_size(r, bytes, size);
	else
		take = take_body(r, w, bytes, size);
	*whole = r->left == 0 && (r->part == RESPONSE_BODY || r->part == RESPONSE_LAST);
	if (*whole)
		r->part = RESPONSE_HEAD;
	return take;
}

void
response_reset(struct response *r)
{
	*r = (struct response){ .head = r->head };
}
