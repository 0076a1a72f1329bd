/*
 * representation - see representation.h.
 *
 * The entity-tag is made of mtime in nanoseconds and size, so that replicas copied with their
 * times agree.  It is strong only when mtime and ctime lie at least a second back at the moment
 * of the fstat: kernels before 6.13 stamp by the tick, and a younger file could be changed again
 * without a new time (RFC 9110 8.8.1 and 8.8.3).
 *
 * Times that say nothing, like those of builds that set all of them to the same moment, do not tell
 * versions apart.  There the tag is made of the content, as it is everywhere with `etag = content`;
 * where that cannot be had, it is a weak one of the change time.
 */
#include "config.h"

#include "content/representation.h"

#include "content/cache_control.h"
#include "content/content_tag.h"
#include "http/date.h"

enum { STRONG_AFTER_NS = 1000000000 };

void
representation_type(struct representation *rep, struct exchange *x, const struct scope *scope,
		    struct slice name)
{
	const struct set_text *charset = scope->now.charset;
	struct slice type = scope_find_type(scope, &x->config->types, name, &rep->type_at);

	if (!type.p) {
		type = scope->now.default_type->text;
		rep->type_at = scope->now.default_type->at;
	}
	rep->type = type;
	if (!slice_starts(type, SLICE("text/")) || slice_find(type, ';') < type.len)
		return;
	if (charset->text.len > 0)
		rep->type = arena_printf(&x->arena, "%.*s; charset=%.*s", SLICE_FMT(type),
					 SLICE_FMT(charset->text));
	rep->charset_at = charset->at; /* also `off` */
}

/* May a file of this type be sent in a coding at all, whatever its size? */
static bool
is_codable(const struct representation *rep, const struct exchange *x)
{
	struct slice type = slice_trim(slice_head(rep->type, slice_find(rep->type, ';')));

	return x->config->gzip.enable && x->route.scope->now.gzip->on &&
	       config_type_compresses(x->config, type);
}

bool
representation_is_worth_gzip(const struct representation *rep, const struct exchange *x)
{
	const struct gzip_config *gzip = &x->config->gzip;

	return rep->codable && rep->size >= gzip->min_size && rep->size <= gzip->max_size;
}

static bool
is_older(const struct timespec *t, const struct timespec *now)
{
	int64_t age_s = (int64_t)now->tv_sec - (int64_t)t->tv_sec;

	if (age_s < 0 || age_s > 2)
		return age_s > 0;
	return age_s * 1000000000 + (now->tv_nsec - t->tv_nsec) >= STRONG_AFTER_NS;
}

/* Set by hand or by a build, and the same for all versions perhaps. */
static bool
says_nothing(const struct timespec *mtime, const struct timespec *now)
{
	return mtime->tv_sec <= 1 || mtime->tv_sec > now->tv_sec;
}

bool
representation_is_settled(const struct stat *st, const struct timespec *now)
{
	return is_older(&st->st_mtim, now) && is_older(&st->st_ctim, now);
}

static struct slice
time_tag(const struct representation *rep, struct exchange *x, const struct timespec *when,
	 bool strong)
{
	return arena_printf(&x->arena, "%s\"%llx.%lx-%llx%.*s\"", strong ? "" : "W/",
			    (unsigned long long)when->tv_sec, when->tv_nsec,
			    (unsigned long long)rep->size,
			    SLICE_FMT(coding_tag_suffix(rep->coding)));
}

static struct slice
digest_tag(const struct representation *rep, struct exchange *x,
	   const unsigned char digest[CONTENT_TAG_SIZE])
{
	char hex[2 * CONTENT_TAG_SIZE];

	for (size_t i = 0; i < sizeof hex; i++)
		hex[i] = "0123456789abcdef"[i % 2 ? digest[i / 2] & 15 : digest[i / 2] >> 4];
	return arena_printf(&x->arena, "\"%.*s%.*s\"", (int)sizeof hex, hex,
			    SLICE_FMT(coding_tag_suffix(rep->coding)));
}

/* A file whose change time is young could change again without a new one: its digest is not kept.
 */
static enum content_tag_result
make_content_tag(struct representation *rep, struct exchange *x, int fd, const struct stat *st)
{
	unsigned char digest[CONTENT_TAG_SIZE];
	enum content_tag_result result = is_older(&st->st_ctim, &x->now)
						 ? content_tag_find(x, fd, st, digest)
						 : CONTENT_TAG_NONE;

	if (result == CONTENT_TAG_FOUND)
		rep->validators.etag = digest_tag(rep, x, digest);
	else if (result == CONTENT_TAG_NONE)
		rep->validators.etag = time_tag(rep, x, &st->st_ctim, false);
	return result;
}

bool
representation_validate(struct representation *rep, struct exchange *x, int fd,
			const struct stat *st)
{
	const struct set_etag *set = x->route.scope->now.etag;
	bool odd = says_nothing(&st->st_mtim, &x->now);
	struct validators *v = &rep->validators;

	/* RFC 9110 8.8.2.1: never later than the response itself */
	v->last_modified = st->st_mtim.tv_sec < x->now.tv_sec ? st->st_mtim.tv_sec : x->now.tv_sec;
	v->has_last_modified = st->st_mtim.tv_sec > 1;
	v->strong_date = !odd && representation_is_settled(st, &x->now);
	rep->etag_at = set->at;
	if (set->mode == ETAG_CONTENT || (set->mode == ETAG_ON && odd))
		return make_content_tag(rep, x, fd, st) != CONTENT_TAG_PENDING;
	if (set->mode == ETAG_ON)
		v->etag = time_tag(rep, x, &st->st_mtim, v->strong_date);
	return true;
}

void
representation_init(struct representation *rep, struct exchange *x, const struct stat *st,
		    struct slice name)
{
	*rep = (struct representation){ .size = (uint64_t)st->st_size };
	representation_type(rep, x, x->route.scope, name);
	rep->cache_control = cache_control_find(x->route.scope->now.cache_control, name, rep->type);
	rep->codable = is_codable(rep, x);
}

void
representation_add_fields(const struct representation *rep, struct exchange *x)
{
	struct response *r = &x->response;
	bool content = r->status != 304;
	char *date = arena_bytes(&x->arena, DATE_SIZE);

	if (content) {
		if (rep->type.len > 0) /* default_type = off: let the client find out */
			response_add(r, &x->arena, SLICE("Content-Type"), rep->type,
				     rep->charset_at.file ? rep->charset_at : rep->type_at);
		response_add(r, &x->arena, SLICE("X-Content-Type-Options"), SLICE("nosniff"),
			     ORIGIN_BUILTIN);
	}
	if (date)
		date_format(date, rep->validators.last_modified);
	if (rep->validators.has_last_modified)
		response_add(r, &x->arena, SLICE("Last-Modified"), slice_from(date, DATE_SIZE),
			     ORIGIN_BUILTIN);
	if (rep->validators.etag.p)
		response_add(r, &x->arena, SLICE("ETag"), rep->validators.etag, rep->etag_at);
	if (rep->cache_control.p)
		response_add(r, &x->arena, SLICE("Cache-Control"), rep->cache_control,
			     x->route.scope->now.cache_control->at);
	if (content && rep->coding != CODING_IDENTITY)
		response_add(r, &x->arena, SLICE("Content-Encoding"), coding_token(rep->coding),
			     x->route.scope->now.gzip->at);
	if (!rep->made_on_the_fly)
		response_add(r, &x->arena, SLICE("Accept-Ranges"), SLICE("bytes"), ORIGIN_BUILTIN);
	if (rep->negotiable)
		response_add(r, &x->arena, SLICE("Vary"), SLICE("Accept-Encoding"),
			     x->route.scope->now.gzip->at);
}
