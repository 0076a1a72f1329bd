/* suggest - see suggest.h. */
#include "config/suggest.h"

enum { WORD_MAX = 64 }; /* nobody means a longer one by mistake */

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

static char
fold(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

/* Optimal string alignment: three rows are enough, the third for the swap. */
unsigned
suggest_distance(struct slice a, struct slice b, unsigned limit)
{
	unsigned rows[3][WORD_MAX + 1];
	size_t apart = a.len > b.len ? a.len - b.len : b.len - a.len;

	if (a.len > WORD_MAX || b.len > WORD_MAX || apart > limit)
		return limit + 1;
	for (size_t j = 0; j <= b.len; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a.len; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3],
			 *second = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b.len; j++) {
			bool same = fold(a.p[i - 1]) == fold(b.p[j - 1]);

			row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + !same);
			if (i > 1 && j > 1 && fold(a.p[i - 1]) == fold(b.p[j - 2]) &&
			    fold(a.p[i - 2]) == fold(b.p[j - 1]) && second[j - 2] + 1 < row[j])
				row[j] = second[j - 2] + 1;
		}
	}
	return rows[a.len % 3][b.len] <= limit ? rows[a.len % 3][b.len] : limit + 1;
}

void
suggest_init(struct suggestion *s, struct slice wrong)
{
	/* A third of the letters, at least one: "indx" means index, "x" means nothing. */
	*s = (struct suggestion){ .wrong = wrong, .mistakes = (unsigned)(wrong.len + 1) / 3 + 1 };
	if (s->mistakes > 4)
		s->mistakes = 4;
}

bool
suggest_try(struct suggestion *s, struct slice candidate)
{
	unsigned n;

	if (s->mistakes == 0)
		return false;
	n = suggest_distance(s->wrong, candidate, s->mistakes - 1);
	if (n >= s->mistakes || n >= candidate.len)
		return false;
	s->best = candidate;
	s->mistakes = n;
	return true;
}
