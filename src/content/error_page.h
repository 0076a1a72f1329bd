/*
 * error_page - answers for what could not be answered.
 *
 * The administrator's page or words (`error`) where there are any, else a small built-in page in
 * plain language.  Fills the exchange's response; never fails.  One thread.
 */
#ifndef CONTENT_ERROR_PAGE_H
#define CONTENT_ERROR_PAGE_H

#include "content/exchange.h"

/* Answers with that status.  reason, if not NULL, is kept in the route for `explain` and the log.
 */
void error_page_respond(struct exchange *, unsigned status, const char *reason);

struct found;

/* Answers with that file and status, typed as the scope says.  Takes the descriptor. */
void error_page_send_file(struct exchange *, unsigned status, const struct scope *, struct found *);

/* The built-in page, whatever `error` says; for 204 and 304 no content at all. */
void error_page_builtin(struct exchange *, unsigned status);

#endif
