/*
 * supervisor_orders - what the administrator's commands ask of a supervisor, and what they hear.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/error_log.h"
#include "server/report.h"
#include "server/supervisor_record.h"

void
orders_begin_reload(struct supervisor *s)
{
	control_begin(s->control, CONTROL_RELOAD);
	s->reloads++;
	s->refusal[0] = '\0';
}

void
orders_say(struct supervisor *s, int level, const char *words)
{
	size_t used = strlen(s->refusal);

	if (level >= LOG_LEVEL_NOTICE) {
		control_say(s->control, CONTROL_RELOAD, words);
		return;
	}
	control_complain(s->control, CONTROL_RELOAD, words);
	snprintf(s->refusal + used, sizeof s->refusal - used, "%s%s", used ? "\n" : "", words);
}

void
orders_end_reload(struct supervisor *s, bool good)
{
	s->reload_good = good;
	s->reload_s = clock_real().tv_sec;
	control_finish(s->control, CONTROL_RELOAD, good ? 0 : 1);
}

static const char *
state_word(enum child_state state)
{
	switch (state) {
	case CHILD_STARTING:
		return "starting";
	case CHILD_SERVING:
		return "serving";
	case CHILD_KILLED:
		return "killed";
	default:
		return "draining";
	}
}

static void
tell_status(struct supervisor *s, enum control_command command)
{
	struct report_generation generations[CHILDREN_MAX];
	int64_t now = clock_monotonic_ms();
	struct report r = { .config_path = s->config_path,
			    .pid = getpid(),
			    .now_s = clock_real().tv_sec,
			    .started_s = s->started_s,
			    .generations = generations,
			    .generation_count = s->child_count,
			    .shared = s->shared,
			    .reloads = s->reloads,
			    .reload_s = s->reload_s,
			    .reload_good = s->reload_good,
			    .reload_words = s->refusal,
			    .crashes = s->crashes,
			    .respawn_ms = s->respawn_ms == INT64_MAX ? -1 : s->respawn_ms - now };
	char *text;

	for (size_t i = 0; i < s->child_count; i++) {
		const struct child *c = s->children[i];

		generations[i] = (struct report_generation){
			.number = c->generation,
			.pid = c->pid,
			.state = state_word(c->state),
			.state_ms = now - c->since_ms,
			.slot = shared_slot(s->shared, c->slot),
		};
	}
	text = command == CONTROL_STATUS ? report_text(&r) : report_json(&r);
	control_begin(s->control, command);
	if (text)
		control_say(s->control, command, text);
	control_finish(s->control, command, text ? 0 : 1);
	free(text);
}

/* Until each generation writes to the new files. */
static void
reopen(struct supervisor *s)
{
	bool done = true;

	if (control_wanted(s->control, CONTROL_REOPEN) > 0 && !s->reopening) {
		control_begin(s->control, CONTROL_REOPEN);
		s->reopening = true;
		supervisor_reopen_logs(s);
	}
	for (size_t i = 0; i < s->child_count; i++) {
		const struct child *c = s->children[i];

		done &= c->channel == -1 ||
			(c->logs_unsure == 0 && !c->reopen_later && c->reopen_at == c->log_count);
	}
	if (s->reopening && done) {
		control_finish(s->control, CONTROL_REOPEN, s->reopen_failed ? 1 : 0);
		s->reopening = false;
	}
}

void
orders_run(struct supervisor *s)
{
	control_run(s->control, clock_monotonic_ms());
	if (control_wanted(s->control, CONTROL_STATUS) > 0)
		tell_status(s, CONTROL_STATUS);
	if (control_wanted(s->control, CONTROL_STATUS_JSON) > 0)
		tell_status(s, CONTROL_STATUS_JSON);
	reopen(s);
	if (control_wanted(s->control, CONTROL_STOP) > 0) {
		control_begin(s->control, CONTROL_STOP);
		supervisor_stop(s);
	}
	if (control_wanted(s->control, CONTROL_RELOAD) > 0)
		s->reload_wanted = true;
}
