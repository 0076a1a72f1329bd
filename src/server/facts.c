/* facts - see facts.h. */
#include "config.h"

#include "server/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof((struct shared_facts *)0)->sandbox >= WALLS_TEXT_SIZE, "walls_words() fits");

/* Whole labels, as long as there is room. */
static void
add_hosts(struct shared_facts *f, const struct config *c)
{
	size_t used = 0;

	f->hosts = (uint32_t)c->site_count;
	for (size_t i = 0; i < c->site_count; i++) {
		struct slice label = c->sites[i].label;

		if (label.len == 0 || used + label.len + 2 > sizeof f->host_labels)
			continue;
		memcpy(f->host_labels + used, label.p, label.len);
		used += label.len;
		f->host_labels[used++] = '\n';
	}
}

/* Keeps those that end first, in order; several hosts may have the same. */
static void
add_certificate(struct shared_facts *f, const struct certificate *c)
{
	const size_t last = SHARED_CERTIFICATES - 1;
	uint32_t at = 0;

	while (at < f->certificate_count && f->certificates[at].ends_s <= c->facts.good_until_s) {
		if (slice_equal(slice_of(f->certificates[at].path), c->path))
			return;
		at++;
	}
	if (at > last)
		return;
	if (f->certificate_count <= last)
		f->certificate_count++;
	memmove(&f->certificates[at + 1], &f->certificates[at],
		(f->certificate_count - 1 - at) * sizeof *f->certificates);
	f->certificates[at].ends_s = c->facts.good_until_s;
	snprintf(f->certificates[at].path, sizeof f->certificates[at].path, "%.*s",
		 SLICE_FMT(c->path));
}

void
facts_write(struct shared_slot *slot, const struct config *c, const struct facts_found *found)
{
	struct shared_facts *f = calloc(1, sizeof *f); /* it is large */

	if (!f)
		return; /* a server without words is better than none */
	snprintf(f->version, sizeof f->version, "%s", PACKAGE_VERSION);
	f->workers = found->workers;
	f->max_connections = found->max_connections;
	snprintf(f->addresses, sizeof f->addresses, "%s", found->addresses);
	walls_words(found->walls, f->sandbox);
	add_hosts(f, c);
	for (size_t i = 0; c->tls.listen_count > 0 && i < c->site_count; i++)
		for (size_t k = 0; k < c->sites[i].certificate_count; k++)
			add_certificate(f, c->sites[i].certificates[k]);
	shared_write_facts(slot, f);
	free(f);
}
