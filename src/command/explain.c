/*
 * explain - see explain.h.
 *
 * Writes the request a client would send, has it parsed, routed and answered by the very code that
 * the server runs, and shows what that left behind: every value remembers the line it came from.
 */
#include "config.h"

#include "command/explain.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "command/asked.h"
#include "command/overruled.h"
#include "config/config.h"
#include "config/problems.h"
#include "config/said.h"
#include "content/auth.h"
#include "content/content.h"
#include "content/content_tag.h"
#include "content/docroot.h"
#include "content/hidden.h"
#include "content/referer.h"
#include "content/store.h"
#include "http/status.h"

enum { VALUE_COLUMN = 12, ORIGIN_COLUMN = 52 };

/* A line of the answer: what, which, who said so. */
static void
show(const char *what, struct slice value, const struct origin *at)
{
	int used = printf("%-*s %.*s", VALUE_COLUMN - 1, what, SLICE_FMT(value));
	int pad = used < ORIGIN_COLUMN ? ORIGIN_COLUMN - used : 1;

	if (at && at->file)
		printf("%*s  %s:%u\n", pad, "", at->file, at->line);
	else if (at)
		printf("%*s  built in\n", pad, "");
	else
		putchar('\n');
}

/* What a line says, or what is built in where nobody said it. */
static void
show_line(struct exchange *x, struct said_line line)
{
	struct slice key = arena_copy(&x->arena, line.key);

	if (key.p)
		show(key.p, line.value, &line.at);
}

/* One value that at least one word of a list led to, with the line that word stands on. */
static void
show_word(struct exchange *x, const char *what, struct slice word, struct origin list_at)
{
	struct origin at = said_word_at(x->config, list_at, word);

	show(what, word, &at);
}

static void
show_location(struct exchange *x, const struct location *l)
{
	if (l)
		show("location",
		     arena_printf(&x->arena, "[location %.*s] path = %.*s%s", SLICE_FMT(l->label),
				  SLICE_FMT(l->path), l->glob ? "" : "/"),
		     &l->at);
}

/* Which line makes it this one: the name, or that it is the default. */
static void
show_host(struct exchange *x, const struct site *site)
{
	const struct slice *name = config_site_name(site, x->route.host.name);
	struct said_line is_default = said_in_host(x->config, site, "default");
	struct origin names_at = name ? said_word_at(x->config, site->names_at, *name) : site->at;

	show("host", site->label, &names_at);
	if (!name && is_default.at.file)
		show_line(x, is_default);
}

/* Who answers on this listener only, and who would if it were not for that. */
static void
show_on(struct exchange *x, const struct site *site)
{
	const struct site *other =
		config_find_site(x->config, x->route.host.name, CONFIG_ANY_LISTENER);

	if (site && site->on_count > 0)
		show_word(x, "on", x->config->server.listen[x->listener].text,
			  said_in_host(x->config, site, "on").at);
	if (other && other != site && x->route.host.name.p) {
		struct origin at = said_in_host(x->config, other, "on").at;

		show("on",
		     arena_printf(&x->arena, "not here: [host %.*s]", SLICE_FMT(other->label)),
		     &at);
	}
}

static void
show_site(struct exchange *x)
{
	const struct route *r = &x->route;
	const struct site *site = r->site;

	if (!site)
		show("host", SLICE("(none)"), NULL);
	else if (site->label.len > 0)
		show_host(x, site);
	else
		show("host", SLICE("[server]"), &site->at);
	show_on(x, site);
	if (r->rewrite)
		show("rewrite",
		     arena_printf(&x->arena, "%.*s -> %.*s", SLICE_FMT(r->rewrite->from),
				  SLICE_FMT(r->path)),
		     &r->rewrite->at);
	show_location(x, r->match.prefix);
	show_location(x, r->match.glob);
}

/* Who the client is where a proxy asks for it. */
static void
show_client(struct exchange *x)
{
	struct said_line field = said_in_server(x->config, "real_ip_header");
	char client[ADDRESS_TEXT_SIZE];

	if (!x->client_at.file)
		return;
	show("client", slice_from(client, ip_format(&x->client, client)), &x->client_at);
	if (request_field_named(&x->request, field.value).p)
		show_line(x, field);
}

/* Which line lets it in, or keeps it out; where none fits, whom the lines let in. */
static void
show_access(struct exchange *x)
{
	const struct set_access *set = x->route.scope->now.access;
	const struct access_rule *decided = x->route.access;
	struct slice all = SLICE_NONE;

	if (decided) {
		show(decided->allow ? "allow" : "deny", decided->text, &decided->at);
		return;
	}
	for (const struct access_rule *r = set ? set->first : NULL; r && set->has_allow;
	     r = r->next)
		if (r->allow)
			all = arena_printf(&x->arena, "%.*s%s%.*s", SLICE_FMT(r->text),
					   all.len > 0 ? " " : "", SLICE_FMT(all));
	if (all.len > 0)
		show("allow", all, &set->at);
}

static void
show_signed_links(const struct exchange *x)
{
	const struct set_words *secrets = x->route.scope->now.signed_links;

	if (secrets && secrets->count > 0)
		show("links", SLICE("signed ones only"), &secrets->at);
}

static void
show_auth(struct exchange *x)
{
	const struct set_auth *auth = x->route.auth;

	if (auth)
		show("auth",
		     arena_printf(&x->arena, "\"%.*s\"%s%.*s", SLICE_FMT(auth->realm),
				  x->user.len > 0 ? ", user " : "", SLICE_FMT(x->user)),
		     &auth->at);
}

static void
show_referers(struct exchange *x)
{
	const struct set_words *allowed = x->route.scope->now.referers;
	const struct slice *word = referer_find(allowed, request_field(&x->request, FIELD_REFERER));
	struct slice all = SLICE_NONE;

	if (!allowed)
		return;
	for (size_t i = 0; i < allowed->count && !word; i++)
		all = arena_printf(&x->arena, "%.*s%s%.*s", SLICE_FMT(all), i > 0 ? " " : "",
				   SLICE_FMT(allowed->words[i]));
	if (word)
		show_word(x, "referers", *word, allowed->at);
	else if (all.len > 0)
		show("referers", all, &allowed->at);
}

static void
show_limits(struct exchange *x)
{
	const struct set_limit_requests *requests = x->route.scope->now.limit_requests;

	const struct set_limit_rate *rate = x->route.scope->now.limit_rate;

	if (rate && rate->bytes > 0)
		show("rate", rate->text, &rate->at);
	if (requests && !requests->off)
		show("limit", requests->text, &requests->at);
}

/* What holds for other requests than this one, where the configuration says something. */
static void
show_bounds(struct exchange *x)
{
	const struct settings *now = &x->route.scope->now;

	if (now->methods)
		show_line(x, said_at(x->config, now->methods->at));
	if (now->body_size->at.file)
		show_line(x, said_at(x->config, now->body_size->at));
	if (now->access_log->at.file)
		show("access_log", said_at(x->config, now->access_log->at).value,
		     &now->access_log->at);
}

/* `strip`, of the pattern or of the prefix it lies in. */
static void
show_strip(struct exchange *x)
{
	const struct location *prefix = x->route.match.prefix, *glob = x->route.match.glob;
	const struct set_switch *strip = prefix ? prefix->strip : NULL;
	bool cut = strip && strip->on;

	if (glob && glob->strip)
		strip = glob->strip;
	if (strip && prefix && (cut || strip->on))
		show("strip", strip->on ? prefix->path : SLICE("off"), &strip->at);
}

/* Was a symbolic link followed to it? */
static bool
is_linked(struct exchange *x)
{
	struct docroot *root = store_docroot(x->store, x->file_root->index, x->now_ms);
	int fd = root ? docroot_open(root, x->file.p, DOCROOT_LINKS_NONE) : -1;
	bool linked = root && fd == -1 && errno == ELOOP;

	if (fd != -1)
		close(fd);
	return linked;
}

static void
show_file(struct exchange *x)
{
	const struct settings *now = &x->route.scope->now;

	if (x->look.index)
		show_word(x, "index", *x->look.index, now->index->at);
	if (now->symlinks->at.file && is_linked(x))
		show_line(x, said_at(x->config, now->symlinks->at));
	if (now->hidden->on && hidden_path(x->file))
		show("hidden", SLICE("on"), &now->hidden->at);
	show("file", x->file, NULL);
}

static void
show_certificates(const struct exchange *x)
{
	const struct site *site = x->tls_site;

	for (size_t i = 0; site && i < site->certificate_count; i++)
		show(i == 0 ? "certificate" : "", site->certificates[i]->path,
		     &site->certificates[i]->at);
	if (site && site->client_ca.pem.len > 0)
		show("client_ca", site->client_ca.path, &site->client_ca.at);
}

static void
show_handler(struct exchange *x)
{
	const struct route *r = &x->route;
	const struct set_root *root = r->scope->now.root;

	switch (r->handler) {
	case HANDLER_REDIRECT:
		show("redirect", r->redirect->from, &r->redirect->at);
		break;
	case HANDLER_HTTPS:
		show("https", SLICE("redirect"), &r->site->https->at);
		break;
	case HANDLER_FIXED:
		show("return", SLICE("a fixed page"), &r->scope->now.fixed->at);
		break;
	case HANDLER_STATIC:
		if (root)
			show("root", root->path, &root->at);
		show_strip(x);
		if (x->look.no_index)
			show("listing", r->scope->now.listing->on ? SLICE("on") : SLICE("off"),
			     &r->scope->now.listing->at);
		break;
	default:
		break;
	}
	if (x->look.clean)
		show("clean_urls", SLICE("on"), &x->look.clean->at);
	if (x->fallback)
		show("fallback", x->fallback->path, &x->fallback->at);
	if (x->file.p && (x->fallback || x->response.status < 400))
		show_file(x);
}

/* The page for an error: one of the host's own, or words. */
static void
show_error(struct exchange *x, const struct error_rule *rule)
{
	if (rule->path.len == 0) {
		show("error", rule->text, &rule->at);
	} else if (!x->file.p) {
		show("error",
		     arena_printf(&x->arena, "%.*s, which is not there", SLICE_FMT(rule->path)),
		     &rule->at);
	} else {
		show("error", rule->path, &rule->at);
		show("root", x->file_root->path, &x->file_root->at);
		show("file", x->file, NULL);
	}
}

static void
show_status(struct exchange *x)
{
	unsigned status = x->response.status;
	const struct error_rule *rule =
		status >= 400 ? scope_find_error(x->route.scope, status) : NULL;
	struct slice line =
		arena_printf(&x->arena, "%u %.*s", status, SLICE_FMT(status_reason(status)));

	show("status", line, NULL);
	if (status >= 400 && x->route.reason)
		show("because", slice_of(x->route.reason),
		     x->route.reason_at.file ? &x->route.reason_at : NULL);
	if (rule && !x->fallback)
		show_error(x, rule);
}

/* Lines of a nearer level that took away what a farther one says. */
static void
show_overruled(struct exchange *x)
{
	struct said_line line;
	size_t at = 0;

	while (overruled_next(x, &at, &line))
		show_line(x, line);
}

static void
show_types(struct exchange *x)
{
	if (x->config->gzip.types.at.file)
		show_line(x, said_in_gzip(x->config, "types"));
}

/* What keeps a file from being sent in a coding, whatever the client takes; more than one can. */
static void
show_coding_bars(struct exchange *x, struct slice type)
{
	const struct config *c = x->config;
	const struct set_switch *here = x->route.scope->now.gzip;

	if (!c->gzip.enable)
		show_line(x, said_in_gzip(c, "enable"));
	else if (!here->on)
		show_line(x, said_at(c, here->at));
	else if (!config_gzip_type(c, type)) /* what is built in goes without saying */
		show_types(x);
	else if (x->file_size < c->gzip.min_size)
		show_line(x, said_in_gzip(c, "min_size"));
	else if (x->file_size > c->gzip.max_size)
		show_line(x, said_in_gzip(c, "max_size"));
}

static bool
is_precompressed(const struct exchange *x, struct slice coding)
{
	return slice_ends(x->file, slice_equal(coding, SLICE("gzip")) ? SLICE(".gz")
				   : slice_equal(coding, SLICE("br")) ? SLICE(".br")
								      : SLICE(".zst"));
}

static void
show_coding(struct exchange *x, struct slice type)
{
	struct slice coding = response_field(&x->response, SLICE("Content-Encoding"));
	struct slice vary = response_field(&x->response, SLICE("Vary"));
	const struct slice *word;

	type = slice_trim(slice_head(type, slice_find(type, ';')));
	show("coding", coding.p ? coding : SLICE("identity"),
	     coding.p ? &x->route.scope->now.gzip->at : NULL);
	if (coding.p) {
		word = config_gzip_type(x->config, type);
		if (is_precompressed(x, coding))
			show_line(x, said_in_gzip(x->config, "precompressed"));
		if (word)
			show_word(x, "types", *word, x->config->gzip.types.at);
	} else if (x->file.p && x->response.status < 300 &&
		   !slice_starts(vary, SLICE("Accept-Encoding"))) {
		show_coding_bars(x, type);
	}
}

/* Fields that a line takes away. */
static void
show_removed(struct exchange *x)
{
	const struct header_rule *rule = NULL;
	size_t at = 0;

	while (scope_next_header(x->route.scope, &at, &rule))
		if (rule->remove && (rule->always || x->response.status < 400))
			show("without", rule->name, &rule->at);
	if (x->config->server.server_header == SERVER_HEADER_OFF)
		show("without", SLICE("Server"), &x->config->server.server_header_at);
}

static void
show_fields(struct exchange *x)
{
	struct slice type = response_field(&x->response, SLICE("Content-Type"));
	const struct response_field *f;

	if (type.p || x->response.status == 200)
		show("type", type.p ? type : SLICE("none"), &x->type_at);
	else
		show("type", SLICE("none"), NULL);
	show_coding(x, type);
	for (size_t i = 0; (f = response_field_at(&x->response, i)); i++) {
		struct slice text = arena_printf(&x->arena, "%.*s: %.*s", SLICE_FMT(f->name),
						 SLICE_FMT(f->value));

		struct origin at = slice_equal(f->name, SLICE("Access-Control-Allow-Origin"))
					   ? said_word_at(x->config, f->at, f->value)
					   : f->at;

		show(i == 0 ? "fields" : "", text, &at);
	}
	show_removed(x);
}

static int
answer(struct exchange *x, const struct asked *asked)
{
	const struct listen_spec *listener = &x->config->server.listen[x->listener];
	struct request_limits limits = { x->config->server.head_size, x->config->server.target_size,
					 x->config->server.head_fields };
	struct field *fields = arena_alloc(&x->arena, limits.fields * sizeof *fields);
	struct slice head = asked_write_head(asked, &x->arena);
	unsigned status = 503;
	size_t used;

	if (!head.p || !fields) {
		fputs(PACKAGE_NAME ": out of memory\n", stderr);
		return 1;
	}
	if (listener->tls && !x->tls_site) {
		show("listen", listener->text, &listener->at);
		show("certificate", SLICE("none for this name: the handshake is refused"), NULL);
		return 0;
	}
	if (request_parse(&x->request, head, &limits, fields, &used, &status) == PARSE_OK) {
		content_route(x);
		while (x->job) {
			content_run_job(x);
			content_route(x);
		}
		content_respond(x);
		while (x->job) {
			content_run_job(x);
			content_respond(x);
		}
	} else {
		content_fail(x, status, "the request does not parse", true);
		x->route.reason_at = asked_find_limit(asked, x->config, status);
	}
	show("listen", listener->text, &listener->at);
	if (asked->https && !listener->tls)
		show("tls", SLICE("no listen line has it: this is the answer without"), NULL);
	show_certificates(x);
	show_site(x);
	show_client(x);
	show_access(x);
	show_referers(x);
	show_signed_links(x);
	show_limits(x);
	show_auth(x);
	show_bounds(x);
	show_handler(x);
	show_status(x);
	show_overruled(x);
	show_fields(x);
	return 0;
}

/* The host that the handshake of a client that asks for that would be with; NULL = none, or no TLS.
 * Addresses are not named in it (RFC 6066 3). */
static const struct site *
greeted_site(const struct config *config, const struct asked *asked, size_t listener)
{
	struct host host = { 0 };
	const struct site *site;
	struct ip ip;

	if (!config->server.listen[listener].tls)
		return NULL;
	if (!uri_parse_host(&host, asked->authority) || slice_starts(host.name, SLICE("[")) ||
	    ip_parse(&ip, host.name))
		host.name = SLICE_NONE;
	site = config_find_site(config, host.name, listener);
	return site && site->certificate_count > 0 ? site : NULL;
}

static int
explain(const struct config *config, const struct asked *asked, const struct ip *from)
{
	size_t listener = asked_find_listener(asked, config);
	struct exchange x = { .config = config,
			      .listener = listener,
			      .tls_site = greeted_site(config, asked, listener),
			      .peer = *from,
			      .now = clock_real(),
			      .now_ms = clock_monotonic_ms() };
	int result = 1;

	arena_init(&x.arena, 4096);
	x.store = store_new(config, NULL);
	x.auth = auth_memory_new();
	x.tags = tag_memory_new();
	if (x.store && x.auth && x.tags)
		result = answer(&x, asked);
	exchange_reset(&x);
	auth_memory_free(x.auth);
	tag_memory_free(x.tags);
	store_free(x.store);
	arena_fini(&x.arena);
	return result;
}

int
command_explain(const char *config_path, const char *url, const char *from,
		const char *const *fields, size_t field_count)
{
	struct ip client = { .family = IP_NONE };
	struct problems *problems;
	struct config *config;
	struct asked asked;
	int result = 1;

	if (!asked_parse_url(&asked, slice_of(url))) {
		fprintf(stderr,
			PACKAGE_NAME ": explain: %s: write http://HOST/PATH, or /PATH for the "
				     "default host\n",
			url);
		return 1;
	}
	if (!slice_equal(slice_of(from), SLICE("unix")) && !ip_parse(&client, slice_of(from))) {
		fprintf(stderr, PACKAGE_NAME ": explain: %s: this is no address, like 192.0.2.1\n",
			from);
		return 1;
	}
	asked.fields = fields;
	asked.field_count = field_count;
	hash_seed();
	problems = problems_new();
	config = problems ? config_load(config_path, problems) : NULL;
	if (problems)
		problems_print(problems, stderr);
	if (config)
		result = explain(config, &asked, &client);
	config_free(config);
	problems_free(problems);
	return result;
}
