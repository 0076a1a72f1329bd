/* library - see library.h. */
#include "config.h"

#include "base/library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* Which of them pthread_once(3) is at, as that hands nothing over. */
static _Thread_local struct library *at_hand;

/* What dlopen(3) or dlsym(3) said last. */
static void
complain(struct library *l)
{
	const char *why = dlerror();

	l->good = false;
	snprintf(l->words, sizeof l->words, "there is no %s here (%s)", l->name,
		 why ? why : "it does not say why");
}

/* ISO C has no conversion between the two kinds of pointers, POSIX has. */
void
library_find(struct library *l, const char *function, void *into)
{
	void *found;

	if (!l->good)
		return;
	found = dlsym(l->handle, function);
	if (!found)
		complain(l);
	memcpy(into, &found, sizeof found);
}

static void
load(void)
{
	struct library *l = at_hand;

	l->handle = dlopen(l->soname, RTLD_NOW | RTLD_LOCAL);
	l->good = l->handle;
	if (!l->good)
		complain(l);
	l->find(l);
	atomic_store_explicit(&l->loaded, l->good, memory_order_release);
}

const char *
library_load(struct library *l)
{
	at_hand = l;
	pthread_once(&l->once, load);
	return atomic_load_explicit(&l->loaded, memory_order_acquire) ? NULL : l->words;
}
