/*
 * report - see report.h.
 *
 * Of a generation that drains one sees who is still there; what the server is like, its hosts, its
 * limits, is said by the one that serves.  Sums are over all there ever were, so that none goes
 * down when a generation leaves.
 */
#include "config.h"

#include "server/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/slice.h"

enum { SOON_DAYS = 14, DAY_S = 86400, HOSTS_SHOWN = 20 };

/* What is there to say, gathered. */
struct view {
	const struct report *report;
	const struct report_generation *serving; /* NULL = none that can be looked at */
	struct shared_facts facts;		 /* of that one */
	struct shared_sum sum;			 /* over all */
	uint64_t live, idle;			 /* of those there are */
};

/* NULL when out of memory. */
static struct view *
gather(const struct report *s)
{
	struct view *v = calloc(1, sizeof *v);

	if (!v)
		return NULL;
	v->report = s;
	for (size_t i = 0; i < s->generation_count; i++) {
		const struct report_generation *g = &s->generations[i];
		struct shared_sum own = { 0 };

		if (!g->slot)
			continue;
		shared_add(&own, g->slot);
		shared_add(&v->sum, g->slot);
		v->live += shared_live(&own);
		v->idle += own.idle;
		if (strcmp(g->state, "serving") == 0)
			v->serving = g;
	}
	if (v->serving)
		shared_read_facts(v->serving->slot, &v->facts);
	if (s->shared)
		shared_add_past(&v->sum, s->shared);
	return v;
}

static uint64_t
live_of(const struct report_generation *g)
{
	struct shared_sum own = { 0 };

	if (g->slot)
		shared_add(&own, g->slot);
	return shared_live(&own);
}

static unsigned long long
count(const struct view *v, enum counter c)
{
	return v->sum.count[c];
}

static unsigned long long
accepted(const struct view *v, enum acceptor_counter c)
{
	return v->sum.acceptor[c];
}

/* For people. */

static const char *
plural(unsigned long long n)
{
	return n == 1 ? "" : "s";
}

/* "3 days", "2 hours": the largest unit there are two of. */
static void
print_span(FILE *out, int64_t s)
{
	static const struct {
		int64_t s;
		const char *word;
	} units[] = { { DAY_S, "day" }, { 3600, "hour" }, { 60, "minute" }, { 1, "second" } };
	size_t i = 0;

	while (i < 3 && s < 2 * units[i].s)
		i++;
	s /= units[i].s;
	fprintf(out, "%lld %s%s", (long long)s, units[i].word, plural((unsigned long long)s));
}

static void
print_time(FILE *out, int64_t s)
{
	char text[32];
	time_t t = (time_t)s;
	struct tm tm;

	(void)strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", localtime_r(&t, &tm));
	fputs(text, out);
}

static void
print_bytes(FILE *out, uint64_t n)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double d = (double)n;
	int i = 0;

	for (; d >= 1024 && i < 5; i++)
		d /= 1024;
	fprintf(out, i > 0 ? "%.1f %s" : "%.0f %s", d, units[i]);
}

static void __attribute__((format(printf, 3, 4)))
print_row(FILE *out, const char *name, const char *fmt, ...)
{
	va_list ap;

	fprintf(out, "%-15s ", name);
	va_start(ap, fmt);
	vfprintf(out, fmt, ap);
	va_end(ap);
}

static void
print_reload(FILE *out, const struct report *s)
{
	const char *words = s->reload_words ? s->reload_words : "";

	if (s->reload_s == 0)
		return;
	print_row(out, "last reload", "%s", "");
	print_time(out, s->reload_s);
	fprintf(out, ", %s\n", s->reload_good ? "done" : "refused, and nothing was changed:");
	for (struct slice rest = slice_of(s->reload_good ? "" : words); rest.len > 0;) {
		size_t n = slice_find(rest, '\n');

		print_row(out, "", "%.*s\n", SLICE_FMT(slice_head(rest, n)));
		rest = slice_after(rest, n + 1);
	}
}

static void
print_crashes(FILE *out, const struct report *s)
{
	if (s->crashes == 0)
		return;
	print_row(out, "crashes", "%u", s->crashes);
	if (s->respawn_ms >= 0) {
		fputs("; the next start is tried in ", out);
		print_span(out, (s->respawn_ms + 999) / 1000);
	}
	putc('\n', out);
}

static void
print_generation(FILE *out, const struct report_generation *g)
{
	char name[32];
	struct shared_facts f;
	unsigned long long live = live_of(g);

	snprintf(name, sizeof name, "generation %u", g->number);
	print_row(out, name, "process %ld, %s for ", (long)g->pid, g->state);
	print_span(out, g->state_ms / 1000);
	if (!g->slot) {
		fputs("; it counts in a way this version does not know\n", out);
		return;
	}
	shared_read_facts(g->slot, &f);
	fprintf(out, ", %llu connection%s", live, plural(live));
	if (f.workers > 0)
		fprintf(out, ", %u worker%s", f.workers, plural(f.workers));
	if (f.version[0] && strcmp(f.version, PACKAGE_VERSION) != 0)
		fprintf(out, ", version %s", f.version);
	putc('\n', out);
}

static void
print_hosts(FILE *out, const struct shared_facts *f)
{
	struct slice rest = slice_of(f->host_labels);
	unsigned shown = 0;

	print_row(out, "hosts", "%u", f->hosts);
	while (rest.len > 0 && shown < HOSTS_SHOWN) {
		size_t n = slice_find(rest, '\n');

		fprintf(out, "%s%.*s", shown++ > 0 ? ", " : ": ", SLICE_FMT(slice_head(rest, n)));
		rest = slice_after(rest, n + 1);
	}
	fputs(shown > 0 && f->hosts > shown ? ", ...\n" : "\n", out);
}

static void
print_certificates(FILE *out, const struct view *v)
{
	for (uint32_t i = 0; i < v->facts.certificate_count; i++) {
		int64_t left = v->facts.certificates[i].ends_s - v->report->now_s;

		if (left >= (int64_t)SOON_DAYS * DAY_S)
			continue;
		print_row(out, "certificate", "%s ", v->facts.certificates[i].path);
		fputs(left >= 0 ? "ends in " : "ended ", out);
		print_span(out, left >= 0 ? left : -left);
		fputs(left >= 0 ? "\n" : " ago\n", out);
	}
}

/* What did not get what it wanted, and why; nothing where there is none of it. */
static void
print_refused(FILE *out, const struct view *v)
{
	const struct {
		unsigned long long n;
		const char *words;
	} rows[] = {
		{ accepted(v, ACCEPT_REFUSED) > accepted(v, ACCEPT_TOO_MANY)
			  ? accepted(v, ACCEPT_REFUSED) - accepted(v, ACCEPT_TOO_MANY)
			  : 0,
		  "beyond max_connections" },
		{ accepted(v, ACCEPT_TOO_MANY), "beyond max_connections_per_ip" },
		{ count(v, COUNT_LIMITED), "over limit_requests" },
		{ count(v, COUNT_OBSERVED), "over limit_requests, only observed" },
		{ accepted(v, ACCEPT_QUEUE_FULL), "times the queue was full, so they waited" },
		{ accepted(v, ACCEPT_NO_DESCRIPTORS),
		  "times there were no descriptors, so they waited" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].n > 0)
			print_row(out, "refused", "%llu %s\n", rows[i].n, rows[i].words);
}

static void
print_sums(FILE *out, const struct view *v)
{
	unsigned long long lost = count(v, COUNT_LOG_LOST) + v->sum.error_lines_lost;

	print_row(out, "connections", "%llu, %llu of them idle", (unsigned long long)v->live,
		  (unsigned long long)v->idle);
	if (v->serving)
		fprintf(out, "; at most %u", v->facts.max_connections);
	fprintf(out, "; %llu since the start\n", accepted(v, ACCEPT_TAKEN));
	print_row(out, "requests", "%llu, ", count(v, COUNT_REQUESTS));
	print_bytes(out, count(v, COUNT_BYTES_SENT));
	fputs(" sent, ", out);
	print_bytes(out, count(v, COUNT_BYTES_RECEIVED));
	fputs(" received\n", out);
	print_refused(out, v);
	for (int i = 0; i < CLOSE_REASON_COUNT; i++)
		if (v->sum.closed[i] > 0)
			print_row(out, "ended", "%llu %s\n", (unsigned long long)v->sum.closed[i],
				  close_reason_words((enum close_reason)i));
	if (lost > 0)
		print_row(out, "log lines lost", "%llu, as they could not be written\n", lost);
}

static void
print_text(FILE *out, const struct view *v)
{
	const struct report *s = v->report;

	fprintf(out, "%s, process %ld, since ", PACKAGE_STRING, (long)s->pid);
	print_time(out, s->started_s);
	putc('\n', out);
	print_row(out, "configuration", "%s\n", s->config_path);
	print_reload(out, s);
	print_crashes(out, s);
	for (size_t i = 0; i < s->generation_count; i++)
		print_generation(out, &s->generations[i]);
	if (v->serving) {
		print_row(out, "listening on", "%s\n", v->facts.addresses);
		print_hosts(out, &v->facts);
		print_row(out, "sandbox", "%s\n", v->facts.sandbox);
		print_certificates(out, v);
	}
	print_sums(out, v);
}

/* For programs. */

static void
json_string(FILE *out, struct slice s)
{
	putc('"', out);
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\u%04x", c);
		else
			putc(c, out);
	}
	putc('"', out);
}

/* The parts between the separators, as strings of an array. */
static void
json_list(FILE *out, const char *name, const char *text, char separator)
{
	struct slice rest = slice_of(text);
	const char *between = "";

	fprintf(out, ",\"%s\":[", name);
	while (rest.len > 0) {
		size_t n = slice_find(rest, separator);

		fputs(between, out);
		json_string(out, slice_head(rest, n));
		rest = slice_after(rest, n + 1);
		between = ",";
	}
	putc(']', out);
}

static void
json_generations(FILE *out, const struct report *s)
{
	fputs(",\"generations\":[", out);
	for (size_t i = 0; i < s->generation_count; i++) {
		const struct report_generation *g = &s->generations[i];

		fprintf(out,
			"%s{\"number\":%u,\"pid\":%ld,\"state\":\"%s\",\"state-ms\":%lld,"
			"\"connections\":",
			i > 0 ? "," : "", g->number, (long)g->pid, g->state,
			(long long)g->state_ms);
		if (g->slot)
			fprintf(out, "%llu}", (unsigned long long)live_of(g));
		else
			fputs("null}", out);
	}
	putc(']', out);
}

static void
json_facts(FILE *out, const struct view *v)
{
	const struct shared_facts *f = &v->facts;

	json_list(out, "addresses", f->addresses, ' ');
	fprintf(out, ",\"workers\":%u,\"max-connections\":%u,\"hosts\":%u", f->workers,
		f->max_connections, f->hosts);
	json_list(out, "host-labels", f->host_labels, '\n');
	fputs(",\"sandbox\":", out);
	json_string(out, slice_of(f->sandbox));
	fputs(",\"certificates\":[", out);
	for (uint32_t i = 0; i < f->certificate_count; i++) {
		fprintf(out, "%s{\"ends\":%lld,\"path\":", i > 0 ? "," : "",
			(long long)f->certificates[i].ends_s);
		json_string(out, slice_of(f->certificates[i].path));
		putc('}', out);
	}
	putc(']', out);
}

static void
json_sums(FILE *out, const struct view *v)
{
	fprintf(out, ",\"connections\":{\"now\":%llu,\"idle\":%llu}", (unsigned long long)v->live,
		(unsigned long long)v->idle);
	fputs(",\"acceptor\":{", out);
	for (int i = 0; i < ACCEPTOR_COUNTER_COUNT; i++)
		fprintf(out, "%s\"%s\":%llu", i > 0 ? "," : "",
			acceptor_counter_word((enum acceptor_counter)i),
			(unsigned long long)v->sum.acceptor[i]);
	fputs("},\"workers-counted\":{", out);
	for (int i = 0; i < COUNTER_COUNT; i++)
		fprintf(out, "%s\"%s\":%llu", i > 0 ? "," : "", counter_word((enum counter)i),
			count(v, (enum counter)i));
	fputs("},\"ended\":{", out);
	for (int i = 0; i < CLOSE_REASON_COUNT; i++)
		fprintf(out, "%s\"%s\":%llu", i > 0 ? "," : "",
			close_reason_word((enum close_reason)i),
			(unsigned long long)v->sum.closed[i]);
	fprintf(out, "},\"error-lines-lost\":%llu", (unsigned long long)v->sum.error_lines_lost);
}

static void
print_json(FILE *out, const struct view *v)
{
	const struct report *s = v->report;

	fprintf(out, "{\"version\":\"%s\",\"pid\":%ld,\"now\":%lld,\"started\":%lld",
		PACKAGE_VERSION, (long)s->pid, (long long)s->now_s, (long long)s->started_s);
	fputs(",\"configuration\":", out);
	json_string(out, slice_of(s->config_path));
	fprintf(out, ",\"reloads\":%u,\"last-reload\":", s->reloads);
	if (s->reload_s == 0) {
		fputs("null", out);
	} else {
		fprintf(out, "{\"at\":%lld,\"good\":%s,\"words\":", (long long)s->reload_s,
			s->reload_good ? "true" : "false");
		json_string(out, slice_of(s->reload_words ? s->reload_words : ""));
		putc('}', out);
	}
	fprintf(out, ",\"crashes\":%u,\"respawn-ms\":", s->crashes);
	if (s->respawn_ms >= 0)
		fprintf(out, "%lld", (long long)s->respawn_ms);
	else
		fputs("null", out);
	json_generations(out, s);
	if (v->serving)
		json_facts(out, v);
	json_sums(out, v);
	fputs("}\n", out);
}

static char *
print(const struct report *s, void (*how)(FILE *, const struct view *))
{
	struct view *v = gather(s);
	char *text = NULL;
	size_t size = 0;
	FILE *out = v ? open_memstream(&text, &size) : NULL;

	if (out) {
		how(out, v);
		if (fclose(out) != 0) {
			free(text);
			text = NULL;
		}
	}
	free(v);
	return text;
}

char *
report_text(const struct report *s)
{
	return print(s, print_text);
}

char *
report_json(const struct report *s)
{
	return print(s, print_json);
}
