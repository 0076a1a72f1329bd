/* status - see status.h. */
#include "config.h"

#include "http/status.h"

/* The titles of RFC 9110 15.2 to 15.6, for codes that nobody listed. */
static const struct slice classes[] = {
	SLICE("Unknown"),     SLICE("Informational"), SLICE("Successful"),
	SLICE("Redirection"), SLICE("Client Error"),  SLICE("Server Error"),
};

struct slice
status_reason(unsigned code)
{
	switch (code) {
#define STATUS(listed, reason, words) \
	case listed: \
		return SLICE(reason);
#include "http/status.def"
#undef STATUS
	}
	return classes[code >= 100 && code < 600 ? code / 100 : 0];
}

struct slice
status_words(unsigned code)
{
	switch (code) {
#define STATUS(listed, reason, words) \
	case listed: \
		return SLICE(words);
#include "http/status.def"
#undef STATUS
	}
	return SLICE("");
}

bool
status_known(unsigned code)
{
	switch (code) {
#define STATUS(listed, reason, words) case listed:
#include "http/status.def"
#undef STATUS
		return true;
	}
	return false;
}

bool
status_has_content(unsigned code)
{
	return code >= 200 && code != 204 && code != 304;	/* RFC 9110 6.4.1 */
}
