/*
 * Targets, paths and hosts.
 *
 * No path gets out of the root or holds what a file name cannot; decoding agrees with a
 * decoder that is slow and obvious; what is encoded decodes to the same.
 */
#include "config.h"

#include "fuzz.h"
#include "http/uri.h"

static void
check_host(struct slice value)
{
	struct host host;

	if (!uri_parse_host(&host, value))
		return;
	require(host.name.len > 0 && fuzz_inside(host.name, value));
	require(host.port <= 65535);
	for (size_t i = 0; i < value.len; i++)
		require((unsigned char)value.p[i] > ' ' && (unsigned char)value.p[i] < 0x7F &&
			!strchr("@/\\?#,%", value.p[i]));
}

/* The path by the book: split, decode each segment, then drop and pop.  The length. */
static size_t
naive_path(struct slice raw, char *out)
{
	size_t *starts = malloc((raw.len + 1) * sizeof *starts);
	size_t count = 0, len = 0;
	bool slash = false;

	require(starts);
	for (size_t i = 1; i <= raw.len; i++) {
		struct slice name;

		starts[count++] = len;
		out[len++] = '/';
		while (i < raw.len && raw.p[i] != '/') {
			char digits[3] = "";

			if (raw.p[i] == '%')
				memcpy(digits, raw.p + i + 1, 2);
			out[len++] = digits[0] ? (char)strtoul(digits, NULL, 16) : raw.p[i];
			i += digits[0] ? 3 : 1;
		}
		name = slice_from(out + starts[count - 1] + 1, len - starts[count - 1] - 1);
		slash = true;
		if (slice_equal(name, SLICE("..")))
			len = starts[count >= 2 ? count -= 2 : --count];
		else if (name.len == 0 || slice_equal(name, SLICE(".")))
			len = starts[--count];
		else
			slash = false;
	}
	if (slash || len == 0)
		out[len++] = '/';
	free(starts);
	return len;
}

static void
check_safe(struct slice path)
{
	struct slice rest = slice_after(path, 1);

	require(path.len > 0 && path.p[0] == '/');
	for (size_t i = 0; i < path.len; i++)
		require((unsigned char)path.p[i] >= ' ' && path.p[i] != 0x7F);
	while (rest.len > 0) {
		struct slice segment = slice_head(rest, slice_find(rest, '/'));

		require(segment.len > 0);
		require(!slice_equal(segment, SLICE(".")));
		require(!slice_equal(segment, SLICE("..")));
		rest = slice_after(rest, segment.len + 1);
	}
}

static void
check_encoding(struct slice path)
{
	char *encoded = malloc(3 * path.len), *again;
	size_t len;
	struct slice back;

	require(encoded);
	len = uri_encode_path(path, encoded, 3 * path.len);
	require(len >= path.len);
	again = malloc(len + 1);
	require(again);
	require(uri_decode_path(slice_from(encoded, len), again, &back) == 0);
	require(slice_equal(back, path));
	free(again);
	free(encoded);
}

static void
check_path(struct slice raw)
{
	char *out = malloc(raw.len + 1), *wanted = malloc(raw.len + 2);
	struct slice path;
	unsigned status;

	require(out && wanted);
	status = uri_decode_path(raw, out, &path);
	require(status == 0 || status == 400 || status == 404);
	if (status == 0) {
		require(path.p == out && path.len <= raw.len && out[path.len] == '\0');
		check_safe(path);
		require(slice_equal(path, slice_from(wanted, naive_path(raw, wanted))));
		check_encoding(path);
	}
	free(wanted);
	free(out);
}

static void
check_target(struct slice raw, enum method method)
{
	struct target t;
	unsigned status = uri_parse_target(&t, raw, method);

	require(status == 0 || status == 400 || (status == 501 && method == METHOD_CONNECT));
	if (status != 0)
		return;
	require(method != METHOD_CONNECT);
	require(t.has_query || t.query.len == 0);
	require(fuzz_inside(t.query, raw) && fuzz_inside(t.authority, raw));
	switch (t.form) {
	case TARGET_ORIGIN:
		require(t.path.p == raw.p && t.authority.len == 0);
		require(raw.len == t.path.len + t.has_query + t.query.len);
		break;
	case TARGET_ABSOLUTE:
		require(t.authority.len > 0);
		check_host(t.authority);
		break;
	case TARGET_ASTERISK:
		require(method == METHOD_OPTIONS && slice_equal(raw, SLICE("*")));
		return;
	}
	require(t.path.len > 0 && t.path.p[0] == '/');
	require(slice_find(t.path, '?') == t.path.len && slice_find(t.path, '\\') == t.path.len);
	check_path(t.path);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice raw = fuzz_slice(data, size);

	check_target(raw, METHOD_GET);
	check_target(raw, METHOD_OPTIONS);
	check_target(raw, METHOD_CONNECT);
	check_path(raw);
	check_host(raw);
	return 0;
}
