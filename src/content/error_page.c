/*
 * error_page - see error_page.h.
 *
 * The built-in page is one small document: no script, no other file, readable on a phone, in the
 * dark and in a text browser.  It names the status for the administrator and says in plain
 * words what it means for the visitor.
 */
#include "config.h"

#include "content/error_page.h"

#include "content/lookup.h"
#include "content/representation.h"
#include "content/store.h"
#include "http/status.h"

static const char page[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<title>%u %.*s</title>\n"
	"<style>\n"
	":root { color-scheme: light dark; --paper: #f6f4ef; --ink: #1d2329; --soft: #555f69;\n"
	"  --accent: #0f766e; }\n"
	"@media (prefers-color-scheme: dark) { :root { --paper: #12161a; --ink: #e9ecee;\n"
	"  --soft: #a3adb6; --accent: #4fd1c5; } }\n"
	"body { margin: 0; min-height: 100vh; min-height: 100svh; display: grid;\n"
	"  place-content: center; font: 1.1rem/1.6 system-ui, sans-serif;\n"
	"  background: var(--paper); color: var(--soft); }\n"
	"main { max-width: 32rem; padding: 2rem; }\n"
	"p { margin: .6rem 0 1.2rem; text-wrap: pretty; }\n"
	"p.code { margin: 0; font-size: 4.5rem; line-height: 1; font-weight: 200;\n"
	"  letter-spacing: -.02em; color: var(--accent); }\n"
	"h1 { margin: .6rem 0 0; font-size: 1.6rem; line-height: 1.3; font-weight: 600;\n"
	"  color: var(--ink); }\n"
	"a { color: var(--accent); text-underline-offset: .2em; }\n"
	":focus-visible { outline: 2px solid; outline-offset: 3px; border-radius: 2px; }\n"
	"</style>\n"
	"</head>\n"
	"<body>\n"
	"<main>\n"
	"<p class=\"code\">%u</p>\n"
	"<h1>%.*s</h1>\n"
	"<p>%.*s</p>\n"
	"%s"
	"</main>\n"
	"</body>\n"
	"</html>\n";

/* Where a step back to the front page can help. */
static bool
offers_front_page(unsigned status)
{
	return status == 403 || status == 404 || status == 410;
}

/* RFC 9110 15.5.6: 405 must carry Allow.  503 tells when to come back. */
static void
add_status_fields(struct exchange *x, unsigned status)
{
	char *allow;

	if (status == 503)
		response_add(&x->response, &x->arena, SLICE("Retry-After"), SLICE("5"),
			     ORIGIN_BUILTIN);
	if (status != 405)
		return;
	allow = arena_bytes(&x->arena, 96);
	if (allow)
		response_add(&x->response, &x->arena, SLICE("Allow"),
			     slice_from(allow, method_set_format(x->route.allowed, allow, 96)),
			     ORIGIN_BUILTIN);
}

static void
set_content(struct exchange *x, struct slice type, uint64_t length, struct origin at)
{
	struct response *r = &x->response;

	if (type.len > 0)
		response_add(r, &x->arena, SLICE("Content-Type"), type, at);
	x->type_at = at;
	response_add(r, &x->arena, SLICE("X-Content-Type-Options"), SLICE("nosniff"),
		     ORIGIN_BUILTIN);
	r->length = length;
	r->has_length = true;
}

static void
set_memory(struct exchange *x, struct slice type, struct slice content, struct origin at)
{
	set_content(x, type, content.len, at);
	x->response.body = body_of_memory(content);
}

void
error_page_builtin(struct exchange *x, unsigned status)
{
	struct slice reason = status_reason(status), words = status_words(status), html;
	const char *back =
		offers_front_page(status) ? "<p><a href=\"/\">Go to the front page</a></p>\n" : "";

	response_init(&x->response, status);
	add_status_fields(x, status);
	if (!status_has_content(status))
		return;
	if (x->route.words)
		words = slice_of(x->route.words);
	html = arena_printf(&x->arena, page, status, SLICE_FMT(reason), status, SLICE_FMT(reason),
			    SLICE_FMT(words), back);
	if (html.p)
		set_memory(x, SLICE("text/html; charset=utf-8"), html, ORIGIN_BUILTIN);
	else
		x->response.out_of_memory = true;
}

void
error_page_send_file(struct exchange *x, unsigned status, const struct scope *scope,
		     struct found *f)
{
	struct response *r = &x->response;
	struct representation rep = { 0 };

	response_init(r, status);
	add_status_fields(x, status);
	representation_type(&rep, x, scope, lookup_name(f->path));
	set_content(x, rep.type, (uint64_t)f->st.st_size,
		    rep.charset_at.file ? rep.charset_at : rep.type_at);
	x->type_at = rep.type_at;
	r->body = body_of_file(f->fd, &f->st, 0, r->length);
	x->file = f->path;
	x->file_root = scope->now.root;
	*f = FOUND_NONE; /* the body has it */
}

/* The administrator's page, looked up once inside the same host.  False when there is none. */
static bool
respond_with_file(struct exchange *x, unsigned status, const struct error_rule *rule)
{
	struct found f = FOUND_NONE;
	struct look look = x->look;
	struct route page_route;
	const char *reason;

	if (!x->route.site)
		return false;
	route_find_page(&page_route, &x->route, x->config, store_scope_cache(x->store), rule->path,
			&x->arena);
	if (page_route.handler != HANDLER_STATIC ||
	    lookup_find(&f, x, &page_route, &reason) != LOOKUP_FOUND) {
		found_close(&f); /* a directory that could be listed */
		x->look = look;
		return false;
	}
	x->look = look; /* `explain` shows how it came to the error */
	error_page_send_file(x, status, page_route.scope, &f);
	return true;
}

void
error_page_respond(struct exchange *x, unsigned status, const char *reason)
{
	const struct error_rule *rule =
		status >= 400 ? scope_find_error(x->route.scope, status) : NULL;

	response_fini(&x->response);
	x->file = SLICE_NONE;
	x->route.status = status;
	if (reason)
		x->route.reason = reason;
	if (rule && rule->path.len > 0) {
		if (respond_with_file(x, status, rule))
			return;
	} else if (rule) {
		response_init(&x->response, status);
		add_status_fields(x, status);
		set_memory(x, SLICE("text/plain; charset=utf-8"), rule->text, rule->at);
		return;
	}
	error_page_builtin(x, status);
}
