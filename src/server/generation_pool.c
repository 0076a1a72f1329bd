/*
 * generation_pool - the threads of a generation and what they share.
 */
#include "config.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "base/buckets.h"
#include "content/auth.h"
#include "content/content_tag.h"
#include "server/generation_record.h"
#include "server/handshake.h"
#include "server/helpers.h"
#include "server/per_ip.h"

/*
 * A connection's record is large, and most of it is never touched.  Cut out of memory that was used
 * for something else it would take all of that: so it gets pages of its own.  What is filled and
 * given back all the time, like what HTTP/2 puts aside, is smaller and does not.
 */
static void
keep_records_apart(void)
{
#ifdef M_MMAP_THRESHOLD			      /* not with musl */
	mallopt(M_MMAP_THRESHOLD, 36 * 1024); /* NOLINT(concurrency-mt-unsafe): no threads yet */
#endif
}

/* What limits need that hold for all workers together. */
static int
make_tables(struct generation *g)
{
	unsigned per_ip = g->config->server.max_connections_per_ip;

	if (g->config->limit_count > 0 && !(g->pool.buckets = buckets_new()))
		return -1;
	g->pool.tags = tag_memory_new();
	if (!g->pool.tags)
		return -1;
	if (g->config->password_file_count > 0 && !(g->pool.auth = auth_memory_new()))
		return -1;
	if (per_ip > 0 &&
	    !(g->pool.per_ip = per_ip_new(per_ip, g->budget.connections + g->budget.refusing)))
		return -1;
	return 0;
}

/* What each worker may remember of files. */
static struct file_cache_limits
cache_share(const struct generation *g)
{
	const struct server_config *s = &g->config->server;

	return (struct file_cache_limits){
		.entries = (s->cache_entries + g->worker_count - 1) / g->worker_count,
		.bytes = s->cache_size / g->worker_count,
		.descriptors = g->budget.files / g->worker_count,
	};
}

int
generation_start_pool(struct generation *g)
{
	g->pool = (struct pool){ .config = g->config,
				 .cache = cache_share(g),
				 .refusing_most = g->budget.refusing,
				 .access_targets = g->targets,
				 .ports = g->ports,
				 .tls = g->tls,
				 .slot = shared_slot(g->shared, g->channel ? g->channel->slot : 0),
				 .handshakes_each = handshake_share(g->config, g->worker_count) };
	keep_records_apart();
	shared_set_workers(g->pool.slot, g->worker_count);
	error_log_count_lost(shared_error_lines_lost(g->pool.slot));
	g->pool.handoff = handoff_new(g->config->server.queue, g->worker_count);
	g->pool.helpers = helpers_new();
	if (make_tables(g) == -1)
		return -1;
	g->workers = calloc(g->worker_count, sizeof(struct worker *));
	if (!g->pool.handoff || !g->pool.helpers || !g->workers)
		return -1;
	for (unsigned i = 0; i < g->worker_count; i++) {
		g->workers[i] = worker_new(&g->pool, i);
		if (!g->workers[i])
			return -1;
		store_share_notes(g->workers[i]->store, g->workers[0]->store);
	}
	g->acceptor = acceptor_new(&g->pool, g->workers, g->worker_count, g->listeners,
				   g->config->server.listen_count, g->budget.connections,
				   g->channel ? g->channel->fd : g->signal_fd);
	if (!g->acceptor)
		return -1;
	errno = helpers_start(g->pool.helpers);
	if (errno != 0)
		return -1;
	for (; g->started < g->worker_count; g->started++) {
		atomic_fetch_add_explicit(&g->pool.running, 1, memory_order_relaxed);
		errno = worker_start(g->workers[g->started]);
		if (errno != 0) {
			atomic_fetch_sub_explicit(&g->pool.running, 1, memory_order_relaxed);
			return -1;
		}
	}
	acceptor_give_way();
	return 0;
}

void
generation_order(struct generation *g, unsigned orders)
{
	for (unsigned i = 0; i < g->started; i++)
		worker_order(g->workers[i], orders);
}

void
generation_free_pool(struct generation *g)
{
	for (unsigned i = 0; i < g->started; i++)
		worker_join(g->workers[i]);
	if (g->pool.helpers)
		helpers_stop(g->pool.helpers);
	acceptor_free(g->acceptor);
	for (unsigned i = 0; g->workers && i < g->worker_count; i++)
		worker_free(g->workers[i]);
	free(g->workers);
	handoff_free(g->pool.handoff);
	helpers_free(g->pool.helpers);
	auth_memory_free(g->pool.auth);
	tag_memory_free(g->pool.tags);
	buckets_free(g->pool.buckets);
	per_ip_free(g->pool.per_ip);
}
