/* directive - see directive.h. */
#include "config/directive.h"

#include "config/loader.h"
#include "config/setter.h"
#include "config/suggest.h"

#ifndef LOCALSTATEDIR
#define LOCALSTATEDIR "/var"
#endif

#ifndef RUNSTATEDIR
#define RUNSTATEDIR "/run"
#endif

#define MEMBER(type, member) offsetof(struct type, member), sizeof(((struct type *)0)->member)
#define SERVER(member)	     TARGET_SERVER, MEMBER(server_config, member)
#define GZIP(member)	     TARGET_GZIP, MEMBER(gzip_config, member)
#define TLS(member)	     TARGET_TLS, MEMBER(tls_config, member)
#define DRAFT(member)	     TARGET_DRAFT, MEMBER(draft, member)
#define LEVEL(member)	     TARGET_SETTINGS, MEMBER(settings, member)
#define NOWHERE		     TARGET_NOWHERE, 0, 0

#define PLAIN	    UNIT_NONE, 0, 0
#define COUNT(a, b) UNIT_NONE, a, b
#define TIME(a, b)  UNIT_TIME, a, b
#define SIZE(a, b)  UNIT_SIZE, a, b

#define KiB 1024ull
#define MiB (1024 * KiB)
#define GiB (1024 * MiB)
#define DAY 86400000ull

/*
 * name, sections, setter, member, unit and bounds, flags, default, syntax, help.
 * dump writes them in this order too, so neighbours in meaning are neighbours here.
 */
/* clang-format off */
const struct directive directives[] = {
	{ "include", IN(NONE) | IN(SERVER), set_include, NOWHERE, PLAIN, REPEATS, NULL,
	  "FILE...", "read more files; a pattern may match none" },

	{ "listen", IN(SERVER), set_listen, SERVER(listen), PLAIN, REPEATS, "80",
	  "WHERE [tls | h2c]", "take connections there; repeat for more" },
	{ "user", IN(SERVER), set_name, SERVER(user), PLAIN, 0, NULL,
	  "NAME", "serve as this user when started by root" },
	{ "group", IN(SERVER), set_name, SERVER(group), PLAIN, 0, NULL,
	  "NAME", "serve as this group; that of the user unless said" },
	{ "pidfile", IN(SERVER), set_path, SERVER(pidfile), PLAIN, OFF, "off",
	  "PATH", "write the number of the process there" },
	{ "control", IN(SERVER), set_control, SERVER(control), PLAIN, OFF,
	  RUNSTATEDIR "/tinyhttpd/control",
	  "PATH", "the socket by which reload, status, reopen and stop reach the server" },
	{ "sandbox", IN(SERVER), set_sandbox, SERVER(sandbox), PLAIN, 0, "auto",
	  "auto | off | strict", "what the server may still do once it serves" },
	{ "sandbox_read", IN(SERVER), add_sandbox_read, SERVER(sandbox_read), PLAIN, REPEATS, NULL,
	  "PATH...", "what links may lead to besides the roots" },
	{ "workers", IN(SERVER), set_workers, SERVER(workers), COUNT(1, WORKERS_MAX), 0, "auto",
	  "auto | NUMBER", "threads in the pool; auto is one a usable CPU" },
	{ "queue", IN(SERVER), set_number, SERVER(queue), COUNT(1, 65536), 0, "1024",
	  "NUMBER", "connections that may wait for a worker" },
	{ "backlog", IN(SERVER), set_number, SERVER(backlog), COUNT(1, 65535), 0, "1024",
	  "NUMBER", "connections that may wait in the kernel, for each listener" },
	{ "max_connections", IN(SERVER), set_number, SERVER(max_connections),
	  COUNT(1, 1048576), 0, "16384",
	  "NUMBER", "connections at once; further ones get 503" },
	{ "max_connections_per_ip", IN(SERVER), set_number_or_off, SERVER(max_connections_per_ip),
	  COUNT(1, 1048576), OFF, "off",
	  "NUMBER", "connections at once of one address; further ones get 503" },
	{ "handshake_timeout", IN(SERVER), set_number, SERVER(handshake_timeout_ms), TIME(1, DAY), 0,
	  "10s",
	  "TIME", "from the connection to the end of the TLS handshake" },
	{ "head_timeout", IN(SERVER), set_number, SERVER(head_timeout_ms), TIME(1, DAY), 0, "10s",
	  "TIME", "from the first byte of a request head to its last" },
	{ "body_timeout", IN(SERVER), set_number, SERVER(body_timeout_ms), TIME(1, DAY), 0, "10s",
	  "TIME", "between two pieces of a request body" },
	{ "send_timeout", IN(SERVER), set_number, SERVER(send_timeout_ms), TIME(1, DAY), 0, "30s",
	  "TIME", "for a client to take anything of the answer" },
	{ "min_rate", IN(SERVER), set_speed_or_off, SERVER(min_rate), SIZE(1, GiB), OFF, "500/s",
	  "SIZE/s", "slower bodies and slower readers of answers are ended" },
	{ "keepalive_timeout", IN(SERVER), set_number, SERVER(keepalive_timeout_ms), TIME(0, DAY), 0,
	  "15s",
	  "TIME", "between two requests of a connection; 0 closes after each" },
	{ "keepalive_requests", IN(SERVER), set_number, SERVER(keepalive_requests),
	  COUNT(0, UINT32_MAX), 0, "1000",
	  "NUMBER", "requests of one connection; 0 is no end" },
	{ "head_size", IN(SERVER), set_number, SERVER(head_size), SIZE(1 * KiB, 1 * MiB), 0, "16k",
	  "SIZE", "a longer request head gets 431" },
	{ "target_size", IN(SERVER), set_number, SERVER(target_size), SIZE(64, 1 * MiB), 0, "8k",
	  "SIZE", "a longer request target gets 414" },
	{ "head_fields", IN(SERVER), set_number, SERVER(head_fields), COUNT(8, 10000), 0, "100",
	  "NUMBER", "more fields in a request head get 431" },
	{ "reload_grace", IN(SERVER), set_number_or_off, SERVER(reload_grace_ms), TIME(1, DAY), OFF,
	  "off",
	  "TIME", "for answers in flight when a reload has taken over" },
	{ "grace", IN(SERVER), set_number, SERVER(grace_ms), TIME(0, DAY), 0, "30s",
	  "TIME", "for answers in flight when the server stops" },
	{ "cache_size", IN(SERVER), set_number, SERVER(cache_size), SIZE(0, 1024 * GiB), 0, "64m",
	  "SIZE", "memory for what is known of files, over all workers" },
	{ "cache_entries", IN(SERVER), set_number, SERVER(cache_entries), COUNT(0, 16777216), 0,
	  "16384",
	  "NUMBER", "paths that something is known of, over all workers; 0 remembers nothing" },
	{ "cache_file_size", IN(SERVER), set_number, SERVER(cache_file_size), SIZE(0, 1 * GiB), 0,
	  "128k",
	  "SIZE", "larger files are not kept in memory, only open" },
	{ "cache_valid", IN(SERVER), set_number, SERVER(cache_valid_ms), TIME(0, DAY), 0, "1s",
	  "TIME", "how long that is believed before the files are looked at again" },
	{ "server_header", IN(SERVER), set_server_header, SERVER(server_header), PLAIN, 0, "name",
	  "off | name | full", "what the Server field says" },

	{ "trusted_proxies", IN(SERVER), add_trusted, SERVER(trusted_proxies), PLAIN, REPEATS, NULL,
	  "NETWORK... | unix", "proxies that are believed when they name the client" },
	{ "real_ip_header", IN(SERVER), set_field_name, SERVER(real_ip_header), PLAIN, 0,
	  "X-Forwarded-For",
	  "NAME", "the field in which they name it" },

	{ "access", IN(LOG), set_access_log, DRAFT(access), PLAIN, OFF,
	  LOCALSTATEDIR "/log/tinyhttpd/access.log combined",
	  "TARGET [FORMAT]", "the access log of every host that has none of its own" },
	{ "error", IN(LOG), set_error_log, NOWHERE, PLAIN, 0, "stderr notice",
	  "TARGET [LEVEL]", "the error log" },

	{ "enable", IN(GZIP), set_flag, GZIP(enable), PLAIN, 0, "on",
	  "SWITCH", "compress answers at all" },
	{ "level", IN(GZIP), set_number, GZIP(level), COUNT(1, 9), 0, "5",
	  "1-9", "1 is fast, 9 is small" },
	{ "min_size", IN(GZIP), set_number, GZIP(min_size), SIZE(0, 1 * GiB), 0, "1k",
	  "SIZE", "smaller files are sent as they are" },
	{ "max_size", IN(GZIP), set_number, GZIP(max_size), SIZE(0, 1024 * GiB), 0, "16m",
	  "SIZE", "larger files are sent as they are" },
	{ "precompressed", IN(GZIP), set_precompressed, GZIP(precompressed), PLAIN, OFF,
	  "zst br gz",
	  "zst br gz | off", "compressed files beside a file, the best first" },
	{ "types", IN(GZIP), set_types, DRAFT(types), PLAIN, REPEATS | OFF,
	  "text/* application/json application/javascript application/xml application/xhtml+xml "
	  "application/rss+xml application/atom+xml application/manifest+json application/ld+json "
	  "application/wasm image/svg+xml",
	  "TYPE...", "media types that are worth compressing" },

	{ "certificate", IN(TLS) | IN(HOST), add_certificate, DRAFT(certificates), PLAIN, REPEATS, NULL,
	  "FILE", "certificate with those of its issuers; repeat for another kind of key" },
	{ "certificate_key", IN(TLS) | IN(HOST), add_certificate_key, DRAFT(certificate_keys), PLAIN,
	  REPEATS, NULL,
	  "FILE", "the key that belongs to it, if it is not in the same file" },
	{ "client_ca", IN(TLS) | IN(HOST), set_client_ca, DRAFT(client_ca), PLAIN, OFF, NULL,
	  "FILE", "authorities whose certificates clients must show" },
	{ "client_verify", IN(TLS) | IN(HOST), set_client_verify, DRAFT(client_verify), PLAIN, 0, NULL,
	  "required | optional", "whether clients without a certificate are let in" },
	{ "protocols", IN(TLS), set_protocols, TLS(protocols), PLAIN, 0, "TLSv1.2 TLSv1.3",
	  "TLSv1.2 TLSv1.3", "versions of TLS" },
	{ "ciphers", IN(TLS), set_ciphers, TLS(ciphers), PLAIN, REPEATS,
	  "TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 "
	  "ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 "
	  "ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 "
	  "ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-CHACHA20-POLY1305",
	  "NAME...", "cipher suites, by OpenSSL's names; the client's order counts" },
	{ "groups", IN(TLS), set_groups, TLS(groups), PLAIN, REPEATS,
	  "X25519MLKEM768 X25519 prime256v1 secp384r1",
	  "NAME...", "groups for the key exchange, the best first" },
	{ "tickets", IN(TLS), set_tickets, TLS(tickets_ms), TIME(60000, 7 * DAY), OFF, "1d",
	  "TIME", "how long a client may come back without a full handshake" },
	{ "ticket_keys", IN(TLS), set_ticket_keys, TLS(ticket_keys), PLAIN, REPEATS | OFF, NULL,
	  "FILE...", "keys of the tickets that several servers share, the one in use first" },
	{ "ktls", IN(TLS), set_switch, TLS(ktls), PLAIN, 0, "off",
	  "SWITCH", "let the kernel encrypt, where it can" },
	{ "http2", IN(TLS), set_http2, TLS(http2), PLAIN, 0, "on",
	  "SWITCH", "offer HTTP/2 to clients that come with TLS" },
	{ "max_handshakes", IN(TLS), set_number, TLS(max_handshakes), COUNT(1, 1048576), 0, "1024",
	  "NUMBER", "TLS handshakes at once; the longest gives way to a further one" },

	{ "EXTENSION", IN(MIME), add_extensions, NOWHERE, PLAIN, REPEATS | ANY_KEY, NULL,
	  "TYPE", "the media type of files with that ending; several endings may share a line" },

	{ "names", IN(HOST), set_names, DRAFT(names), PLAIN, REPEATS, NULL,
	  "NAME...", "names the host answers to; its label unless said" },
	{ "default", IN(HOST), set_switch, DRAFT(is_default), PLAIN, 0, NULL,
	  "SWITCH", "answer for names that no host has" },
	{ "on", IN(HOST), set_on, DRAFT(on), PLAIN, REPEATS, NULL,
	  "WHERE...", "answer on these listeners only" },

	{ "https", IN(SERVER) | IN(HOST), set_https, DRAFT(https), PLAIN, OFF, NULL,
	  "redirect [PORT]", "send clients that come without TLS there with it" },
	{ "hsts", IN(SERVER) | IN(HOST), set_hsts, DRAFT(hsts), PLAIN, OFF, NULL,
	  "TIME [subdomains] [preload]", "have browsers come with TLS only, for so long" },

	{ "host", IN(LOCATION), set_label, DRAFT(host), PLAIN, 0, NULL,
	  "LABEL", "the host it belongs to; every host unless said" },
	{ "path", IN(LOCATION), set_location_path, DRAFT(path), PLAIN, 0, NULL,
	  "PATH | PATTERN", "the paths it is about" },
	{ "strip", IN(LOCATION), set_switch, DRAFT(strip), PLAIN, 0, NULL,
	  "SWITCH", "cut the matched prefix off before looking beneath root" },

	{ "root", IN_ALL, set_root, LEVEL(root), PLAIN, OFF, NULL,
	  "PATH", "the folder whose files are served" },
	{ "index", IN_ALL, set_index, LEVEL(index), PLAIN, REPEATS | OFF, "index.html index.htm",
	  "NAME...", "the file that stands for its folder" },
	{ "default_type", IN_ALL, set_type, LEVEL(default_type), PLAIN, OFF,
	  "application/octet-stream",
	  "TYPE", "the media type of files with an unknown ending" },
	{ "mime", IN_ALL, add_mime, LEVEL(mime), PLAIN, REPEATS | OFF, NULL,
	  "EXTENSION:TYPE...", "media types laid over those of [mime]" },
	{ "charset", IN_ALL, set_charset, LEVEL(charset), PLAIN, OFF, "utf-8",
	  "NAME", "the encoding that text types are labelled with" },
	{ "hidden", IN_ALL, set_switch, LEVEL(hidden), PLAIN, 0, "off",
	  "SWITCH", "serve dot files and editor back-ups" },
	{ "symlinks", IN_ALL, set_symlinks, LEVEL(symlinks), PLAIN, 0, "beneath",
	  "beneath | none | owner | allow", "which symbolic links are followed" },
	{ "listing", IN_ALL, set_switch, LEVEL(listing), PLAIN, 0, "off",
	  "SWITCH", "list a folder that has no index" },
	{ "etag", IN_ALL, set_etag, LEVEL(etag), PLAIN, 0, "on",
	  "SWITCH | content", "send entity tags, made of time and size or of the content" },
	{ "gzip", IN_ALL, set_switch, LEVEL(gzip), PLAIN, 0, "on",
	  "SWITCH", "compress here what [gzip] allows" },
	{ "header", IN_ALL, add_header, LEVEL(header), PLAIN, REPEATS | WHOLE | OFF, NULL,
	  "NAME: VALUE | -NAME", "add a field to the answers, or take one away" },
	{ "header_always", IN_ALL, add_header, LEVEL(header_always), PLAIN, REPEATS | WHOLE | OFF,
	  NULL,
	  "NAME: VALUE | -NAME", "the same, also for answers that are errors" },
	{ "cache_control", IN_ALL, set_cache_control, LEVEL(cache_control), PLAIN, OFF, "off",
	  "auto | \"VALUE\"", "how long clients keep what they have" },
	{ "security_headers", IN_ALL, set_switch, LEVEL(security_headers), PLAIN, 0, "off",
	  "SWITCH", "add fields that narrow what browsers allow" },
	{ "cors", IN_ALL, set_cors, LEVEL(cors), PLAIN, REPEATS | OFF, NULL,
	  "* | ORIGIN...", "sites whose scripts may read the answers" },
	{ "redirect", IN_ALL, add_redirect, LEVEL(redirect), PLAIN, REPEATS | OFF, NULL,
	  "FROM -> TO [STATUS]", "send the client elsewhere" },
	{ "rewrite", IN(SERVER) | IN(HOST), add_rewrite, LEVEL(redirect), PLAIN,
	  REPEATS | OFF | WITH_ABOVE, NULL,
	  "FROM -> TO", "answer as if another path had been asked for" },
	{ "clean_urls", IN_ALL, set_switch, LEVEL(clean_urls), PLAIN, 0, "off",
	  "SWITCH", "addresses of pages without .html" },
	{ "fallback", IN_ALL, set_fallback, LEVEL(fallback), PLAIN, OFF, NULL,
	  "/PATH [STATUS]", "the page for what is not there" },
	{ "error", IN_ALL, add_error, LEVEL(error), PLAIN, REPEATS | OFF, NULL,
	  "STATUS[,...] /PATH | \"TEXT\"", "the page for an error" },
	{ "allow", IN_ALL, add_access, LEVEL(access), COUNT(1, 1), REPEATS | OFF, NULL,
	  "NETWORK... | all | unix", "addresses that get answers; others get 403" },
	{ "deny", IN_ALL, add_access, LEVEL(access), COUNT(0, 0), REPEATS | OFF, NULL,
	  "NETWORK... | all | unix", "addresses that get 403" },
	{ "auth", IN_ALL, set_auth, LEVEL(auth), PLAIN, OFF, NULL,
	  "\"REALM\" FILE", "who may have it, by name and password; others get 401" },
	{ "referers", IN_ALL, set_referers, LEVEL(referers), PLAIN, REPEATS | OFF, NULL,
	  "NAME... [none]", "the hosts that may lead here; others get 403" },
	{ "signed_links", IN_ALL, set_signed_links, LEVEL(signed_links), PLAIN, REPEATS | OFF, NULL,
	  "FILE...", "only links signed with the secret in one of the files; others get 403" },
	{ "limit_requests", IN_ALL, set_limit_requests, LEVEL(limit_requests), PLAIN, OFF, NULL,
	  "RATE [burst NUMBER] [observe]", "how often an address may ask; more get 429" },
	{ "limit_rate", IN_ALL, set_limit_rate, LEVEL(limit_rate), PLAIN, OFF, NULL,
	  "SIZE/s [after SIZE]", "how fast an answer is sent" },
	{ "return", IN_ALL, set_return, LEVEL(fixed), PLAIN, OFF, NULL,
	  "STATUS [TYPE] [\"TEXT\" | @FILE]", "one fixed page for every path" },
	{ "methods", IN_ALL, set_methods, LEVEL(methods), PLAIN, REPEATS | OFF, NULL,
	  "METHOD...", "the methods allowed; what the handler can do unless said" },
	{ "body_size", IN_ALL, set_body_size, LEVEL(body_size), SIZE(0, UINT64_MAX), OFF, "1m",
	  "SIZE", "a larger request body gets 413" },
	{ "access_log", IN_ALL, set_access_log, LEVEL(access_log), PLAIN, OFF, NULL,
	  "TARGET [FORMAT]", "an access log of its own" },
};
/* clang-format on */

const size_t directive_count = sizeof directives / sizeof *directives;

static const char *const section_names[SECTION_COUNT] = {
	[SECTION_NONE] = "",
	[SECTION_SERVER] = "server",
	[SECTION_LOG] = "log",
	[SECTION_GZIP] = "gzip",
	[SECTION_TLS] = "tls",
	[SECTION_MIME] = "mime",
	[SECTION_HOST] = "host",
	[SECTION_LOCATION] = "location",
};

const struct directive *
directive_find(enum section section, struct slice key)
{
	for (size_t i = 0; i < directive_count; i++) {
		const struct directive *d = &directives[i];

		if ((d->sections & (1u << section)) &&
		    ((d->flags & ANY_KEY) || slice_equal(slice_of(d->name), key)))
			return d;
	}
	return NULL;
}

size_t
directive_index(const struct directive *d)
{
	while (d->flags & WITH_ABOVE)
		d--;
	return (size_t)(d - directives);
}

struct slice
section_name(enum section section)
{
	return slice_of(section_names[section]);
}

enum section
section_find(struct slice name)
{
	int i = SECTION_COUNT - 1;

	while (i > SECTION_NONE && !slice_equal(name, section_name((enum section)i)))
		i--;
	return (enum section)i;
}

bool
section_has_label(enum section section)
{
	return section == SECTION_HOST || section == SECTION_LOCATION;
}

/* The first section a directive may stand in, as one would tell a person. */
static enum section
home_of(const struct directive *d)
{
	int i = SECTION_SERVER;

	while (!(d->sections & (1u << i)))
		i++;
	return (enum section)i;
}

struct slice
directive_suggest(enum section section, struct slice key, enum section *other)
{
	struct suggestion here, elsewhere;

	*other = SECTION_NONE;
	suggest_init(&here, key);
	suggest_init(&elsewhere, key);
	for (size_t i = 0; i < directive_count; i++) {
		const struct directive *d = &directives[i];

		if (d->flags & ANY_KEY)
			continue;
		if (d->sections & (1u << section))
			suggest_try(&here, slice_of(d->name));
		else if (suggest_try(&elsewhere, slice_of(d->name)))
			*other = home_of(d);
	}
	if (*other != SECTION_NONE && elsewhere.mistakes == 0)
		return elsewhere.best; /* the right word in the wrong place */
	if (here.best.len > 0)
		*other = SECTION_NONE;
	return here.best.len > 0 ? here.best : elsewhere.best;
}

/* A default in parentheses, where there is room; paths differ from build to build. */
static void
print_default(FILE *out, const struct directive *d)
{
	if (d->fallback && strlen(d->fallback) <= 24 && d->fallback[0] != '/')
		fprintf(out, " (%s)", d->fallback);
}

static void
print_sections(FILE *out, unsigned sections)
{
	const char *separator = "";

	if (sections == IN_ALL) {
		fputs("all", out);
		return;
	}
	for (int i = 0; i < SECTION_COUNT; i++) {
		if (!(sections & (1u << i)))
			continue;
		fprintf(out, "%s%s", separator, i == SECTION_NONE ? "top" : section_names[i]);
		separator = ", ";
	}
}

void
directive_print_table(FILE *out)
{
	for (size_t i = 0; i < directive_count; i++) {
		fprintf(out, ".It %s Ta ", directives[i].name);
		print_sections(out, directives[i].sections);
		fprintf(out, " Ta %s", directives[i].help);
		print_default(out, &directives[i]);
		fputc('\n', out);
	}
}
