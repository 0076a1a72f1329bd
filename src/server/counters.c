/* counters - see counters.h. */
#include "config.h"

#include "server/counters.h"

static const char *const counter_names[] = {
#define COUNTER(enumerator, word) [enumerator] = word,
#include "server/counter.def"
#undef COUNTER
};

static const char *const acceptor_counter_names[] = {
#define ACCEPTOR_COUNTER(enumerator, word) [enumerator] = word,
#include "server/acceptor_counter.def"
#undef ACCEPTOR_COUNTER
};

static const struct {
	const char *word, *words;
} reasons[] = {
#define CLOSE_REASON(enumerator, word, words) [enumerator] = { word, words },
#include "server/close_reason.def"
#undef CLOSE_REASON
};

uint64_t
counters_closed(const struct counters *c)
{
	uint64_t sum = 0;

	for (int i = 0; i < CLOSE_REASON_COUNT; i++)
		sum += atomic_load(&c->closed[i]);
	return sum;
}

const char *
counter_word(enum counter c)
{
	return counter_names[c];
}

const char *
acceptor_counter_word(enum acceptor_counter c)
{
	return acceptor_counter_names[c];
}

const char *
close_reason_word(enum close_reason r)
{
	return reasons[r].word;
}

const char *
close_reason_words(enum close_reason r)
{
	return reasons[r].words;
}
