/*
 * document - see document.h.
 *
 * The fields of 200 and 206 are the same but for what the driver and partial.c add, those of 304
 * are fewer.  Both are made by the very functions that make those of other answers, then copied.
 */
#include "config.h"

#include "content/document.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "content/cold_file.h"
#include "content/fields.h"
#include "content/store.h"

enum {
	ARENA_SIZE = 1024,
	COPIED_MOST = 32 * 1024, /* of a content that goes to a plain socket from memory */
	OWN_HOLDERS = 2,	 /* the entry, and the exchange that is answered */
};

struct file_identity
file_identity_of(const struct stat *st)
{
	return (struct file_identity){ .there = true,
				       .device = st->st_dev,
				       .inode = st->st_ino,
				       .size = st->st_size,
				       .mtime = st->st_mtim,
				       .ctime = st->st_ctim };
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool
file_identity_equal(const struct file_identity *a, const struct file_identity *b)
{
	if (!a->there || !b->there)
		return a->there == b->there;
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       same_time(&a->mtime, &b->mtime) && same_time(&a->ctime, &b->ctime);
}

void
document_hold(struct document *d)
{
	d->holders++;
}

void
document_release(struct document *d)
{
	if (!d || --d->holders > 0)
		return;
	if (d->fd != -1)
		close(d->fd);
	free(d->front.bytes);
	file_blocks_free(d->blocks);
	arena_fini(&d->arena);
	free(d);
}

/* Fields. */

/* The fields of x->response as HTTP/1 writes them.  .p is NULL when out of memory. */
static struct slice
write_fields(struct document *d, const struct response *r)
{
	size_t len = 0, at = 0;
	char *text;

	for (size_t i = 0; i < r->count; i++)
		len += r->fields[i].name.len + r->fields[i].value.len + 4;
	text = arena_bytes(&d->arena, len + 1); /* for snprintf(), which ends with a NUL */
	for (size_t i = 0; text && i < r->count; i++)
		at += (size_t)snprintf(text + at, len + 1 - at, "%.*s: %.*s\r\n",
				       SLICE_FMT(r->fields[i].name), SLICE_FMT(r->fields[i].value));
	return slice_from(text, len);
}

/* Names and values as well become the document's: some live in the exchange's arena only. */
static bool
copy_fields(struct document *d, struct field_block *block, const struct response *r)
{
	struct response_field *fields = arena_alloc(&d->arena, (r->count + 1) * sizeof *fields);

	block->text = write_fields(d, r);
	if (!fields || !block->text.p || r->out_of_memory)
		return false;
	for (size_t i = 0; i < r->count; i++) {
		fields[i].at = r->fields[i].at;
		fields[i].name = arena_copy(&d->arena, r->fields[i].name);
		fields[i].value = arena_copy(&d->arena, r->fields[i].value);
		if (!fields[i].name.p || !fields[i].value.p)
			return false;
	}
	block->fields = fields;
	block->count = r->count;
	return true;
}

static bool
make_block(struct document *d, struct exchange *x, struct field_block *block, unsigned status)
{
	response_init(&x->response, status);
	representation_add_fields(&d->rep, x);
	fields_add(x);
	return copy_fields(d, block, &x->response);
}

/* `cors` answers to the Origin of each request. */
static bool
make_blocks(struct document *d, struct exchange *x)
{
	const struct set_words *cors = x->route.scope->now.cors;

	if (cors && cors->count > 0)
		return true;
	return make_block(d, x, &d->whole, 200) && make_block(d, x, &d->not_modified, 304);
}

/* Content. */

/*
 * The whole file, if it is still what it was when its validators were made; what cannot be read
 * fails later.  False when the disk would have to be waited for.
 */
static bool
read_content(struct document *d, int fd, struct file_reach *reach)
{
	struct file_stamp stamp = file_stamp_of(&d->st);
	size_t len = (size_t)d->st.st_size;
	char *bytes = malloc(DOCUMENT_FRONT + len);
	ssize_t n = bytes ? cold_file_read(fd, bytes + DOCUMENT_FRONT, len, 0, reach) : 0;
	bool cold = n == -1 && errno == EAGAIN;

	if (!bytes || n != (ssize_t)len || file_stamp_compare(&stamp, fd) != FILE_SAME) {
		free(bytes);
		return !cold;
	}
	d->front = (struct body_front){ .bytes = bytes, .room = DOCUMENT_FRONT };
	d->content = slice_from(bytes + DOCUMENT_FRONT, len);
	return true;
}

/*
 * A plain socket gets what is larger from the kernel.  That costs more system calls and no copy,
 * which is less from here on, much less where many such files are asked for in turn; and the memory
 * is the kernel's alone.  Where descriptors are few, they are for files that cannot be in memory.
 */
static bool
kernel_sends(const struct document *d, struct exchange *x)
{
	return d->st.st_size > COPIED_MOST &&
	       file_cache_spares_descriptors(store_file_cache(x->store));
}

/* Small files into memory.  False: x->job is needed first. */
static bool
load(struct document *d, struct exchange *x, int fd)
{
	struct file_reach reach = x->read_tried ? FILE_REACH_ALL : FILE_REACH_NONE;

	if (d->rep.made_on_the_fly || (uint64_t)d->st.st_size > x->config->server.cache_file_size)
		return true;
	if (read_content(d, fd, &reach))
		return true;
	x->read_tried = true;
	x->job = cold_file_read_job(fd, 0, (size_t)d->st.st_size, &reach);
	return !x->job && read_content(d, fd, &reach);
}

/* What rep points to becomes the document's. */
static bool
copy_representation(struct document *d, const struct representation *rep)
{
	struct validators *v = &d->rep.validators;

	d->rep = *rep;
	d->rep.type = arena_copy(&d->arena, rep->type);
	if (v->etag.p)
		v->etag = arena_copy(&d->arena, v->etag);
	if (rep->cache_control.p)
		d->rep.cache_control = arena_copy(&d->arena, rep->cache_control);
	return d->rep.type.p && (v->etag.p || !rep->validators.etag.p) &&
	       (d->rep.cache_control.p || !rep->cache_control.p);
}

struct document *
document_new(struct exchange *x, struct representation *rep, struct found *f)
{
	struct document *d = calloc(1, sizeof *d);
	bool stays_open, in_memory;

	if (!d)
		return NULL;
	arena_init(&d->arena, ARENA_SIZE);
	d->holders = 1;
	d->fd = -1; /* of f, for as long as this can fail */
	d->st = f->st;
	d->id = file_identity_of(&f->st);
	d->path = arena_copy(&d->arena, f->path);
	stays_open = kernel_sends(d, x);
	in_memory = x->tls_site || !stays_open;
	if (!d->path.p || !representation_validate(rep, x, f->fd, &f->st) ||
	    !copy_representation(d, rep) || !make_blocks(d, x) ||
	    (in_memory && !load(d, x, f->fd))) {
		document_release(d);
		return NULL;
	}
	if ((d->content.p && !stays_open) || d->rep.made_on_the_fly)
		close(f->fd);
	else
		d->fd = f->fd;
	d->in_blocks = x->config->server.cache_file_size >= FILE_BLOCK_SIZE &&
		       file_cache_content_max(store_file_cache(x->store)) > FILE_BLOCK_SIZE;
	*f = FOUND_NONE;
	return d;
}

/* TLS seals bytes that are in memory, so there it pays for larger contents as well. */
bool
document_prepare(struct document *d, struct exchange *x)
{
	if (!x->tls_site || d->content.p || d->fd == -1)
		return true;
	if (!load(d, x, d->fd))
		return false;
	if (d->content.p && d->entry)
		file_cache_charge(d->cache, d->entry, DOCUMENT_FRONT + (ptrdiff_t)d->content.len,
				  0);
	return true;
}

void
document_begin_response(struct document *d, struct exchange *x, unsigned status)
{
	const struct field_block *block = status == 304 ? &d->not_modified : &d->whole;

	response_init(&x->response, status);
	if (!block->fields) {
		representation_add_fields(&d->rep, x);
		return;
	}
	x->response.block = block;
	if (status == 304)
		x->response.lines = block->text; /* which has no length */
}

/* A block of a file that is remembered weighs on the cache as a small content does. */
static struct slice
get_piece(struct document *d, uint64_t at, uint64_t length)
{
	struct file_stamp stamp = file_stamp_of(&d->st);
	struct slice piece;
	size_t before = 0;

	/* a young file could change between two blocks, and nobody would see it */
	if (!d->in_blocks || length > FILE_BLOCK_SIZE || !d->entry || d->entry->young)
		return SLICE_NONE;
	if (d->blocks)
		before = file_blocks_weight(d->blocks);
	else
		d->blocks = file_blocks_new(file_cache_content_max(d->cache));
	if (!d->blocks)
		return SLICE_NONE;
	piece = file_blocks_get(d->blocks, d->fd, &stamp, at, length, d->holders > OWN_HOLDERS);
	if (file_blocks_weight(d->blocks) > before)
		file_cache_charge(d->cache, d->entry,
				  (ptrdiff_t)(file_blocks_weight(d->blocks) - before), 0);
	return piece;
}

void
document_attach(struct document *d, struct exchange *x, uint64_t at, uint64_t length)
{
	struct response *r = &x->response;
	struct slice piece;

	r->length = length;
	r->has_length = true;
	if (d->content.p && (d->fd == -1 || x->tls_site || length <= COPIED_MOST)) {
		/* member by member: the whole, put together elsewhere, cannot be loaded before its
		 * parts are stored */
		r->body.kind = BODY_SOURCE_MEMORY;
		r->body.memory = slice_head(slice_after(d->content, at), length);
		r->body.front = at == 0 ? &d->front : NULL;
	} else if ((piece = get_piece(d, at, length)).p) {
		r->body = body_of_memory(piece);
	} else {
		r->body = body_of_file(d->fd, &d->st, (off_t)at, length);
		r->body.file.borrowed = true;
	}
}

/* Made at the first answer; without memory for them they are made each time. */
static struct slice
whole_lines(struct document *d, uint64_t length)
{
	if (!d->lines.p && d->whole.fields) /* which is not worth charging anew */
		d->lines = arena_printf(&d->arena, "%.*sContent-Length: %llu\r\n",
					SLICE_FMT(d->whole.text), (unsigned long long)length);
	return d->lines;
}

void
document_respond_whole(struct document *d, struct exchange *x)
{
	uint64_t length = d->content.p ? d->content.len : d->rep.size;

	if (d->lines.p) {
		response_init(&x->response, 200);
		x->response.block = &d->whole;
	} else {
		document_begin_response(d, x, 200);
	}
	document_attach(d, x, 0, length);
	x->response.lines = whole_lines(d, length);
}

bool
document_open(struct found *f, struct exchange *x, const struct document *d)
{
	struct file_identity id;

	if (d->fd != -1) {
		*f = (struct found){ .fd = fcntl(d->fd, F_DUPFD_CLOEXEC, 0),
				     .st = d->st,
				     .path = d->path };
		return f->fd != -1;
	}
	if (lookup_open(f, x, &x->route, d->path) != 0)
		return false;
	id = file_identity_of(&f->st);
	if (file_identity_equal(&id, &d->id))
		return true;
	found_close(f);
	return false;
}

size_t
document_weight(const struct document *d)
{
	return sizeof *d + arena_weight(&d->arena) + (d->content.p ? DOCUMENT_FRONT : 0) +
	       d->content.len;
}

void
document_take_content(struct document *d, char *bytes, size_t len)
{
	if (d->content.p || !d->entry) {
		free(bytes); /* others were quicker, or nobody will ask again */
		return;
	}
	d->front = (struct body_front){ .bytes = bytes, .room = DOCUMENT_FRONT };
	d->content = slice_from(bytes + DOCUMENT_FRONT, len);
	file_cache_charge(d->cache, d->entry, DOCUMENT_FRONT + (ptrdiff_t)len, 0);
}
