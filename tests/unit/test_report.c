/* How the server is, for people and for programs: everything there is, and nothing made up. */
#include "config.h"

#include "server/report.h"

#include "check.h"

static struct {
	struct shared *shared;
	struct report_generation generations[3];
	struct report report;
} t;

static void
add(enum counter what, uint64_t n)
{
	counter_add(&shared_worker(shared_slot(t.shared, 1), 1)->count[what], n);
}

static int
begin(void **state)
{
	struct shared_slot *slot;
	struct shared_facts facts = { .version = PACKAGE_VERSION,
				      .workers = 2,
				      .max_connections = 100,
				      .hosts = 3,
				      .host_labels = "example.org\nexample.net\n",
				      .addresses = "[::]:80 unix:/run/x",
				      .sandbox = "180 system calls (seccomp)" };

	(void)state;
	t.shared = shared_new();
	assert_non_null(t.shared);
	facts.certificate_count = 2;
	facts.certificates[0].ends_s = 2000000000 + 3 * 86400 + 5;
	strcpy(facts.certificates[0].path, "/etc/soon.pem");
	facts.certificates[1].ends_s = 2000000000 + 14 * 86400;
	strcpy(facts.certificates[1].path, "/etc/later.pem");
	slot = shared_slot(t.shared, 1);
	shared_set_workers(slot, 2);
	shared_write_facts(slot, &facts);
	counter_add(&shared_acceptor(slot)->count[ACCEPT_TAKEN], 10);
	counter_add(&shared_worker(slot, 0)->closed[CLOSE_IDLE], 7);
	add(COUNT_REQUESTS, 40);
	atomic_store(&shared_worker(slot, 0)->idle, 2);
	t.generations[0] = (struct report_generation){ 5, 500, "draining", 61000, NULL };
	t.generations[1] = (struct report_generation){ 6, 600, "serving", 7200000, slot };
	t.report = (struct report){ .config_path = "/etc/tinyhttpd.ini",
				    .pid = 42,
				    .now_s = 2000000000,
				    .started_s = 1999990000,
				    .generations = t.generations,
				    .generation_count = 2,
				    .shared = t.shared,
				    .respawn_ms = -1 };
	return 0;
}

static int
end(void **state)
{
	(void)state;
	shared_free(t.shared);
	return 0;
}

static void
check_has(const char *text, const char *wanted, bool has)
{
	if ((strstr(text, wanted) != NULL) != has)
		fail_msg("%s: \"%s\" in\n%s", has ? "missing" : "unwanted", wanted, text);
}

static void
check_text(const char *const *wanted, const char *const *unwanted)
{
	char *text = report_text(&t.report);

	assert_non_null(text);
	for (; wanted && *wanted; wanted++)
		check_has(text, *wanted, true);
	for (; unwanted && *unwanted; unwanted++)
		check_has(text, *unwanted, false);
	free(text);
}

static void
test_text(void **state)
{
	static const char *const wanted[] = {
		PACKAGE_STRING ", process 42, since 20",
		"\nconfiguration   /etc/tinyhttpd.ini\n",
		"\ngeneration 5    process 500, draining for 61 seconds; it counts in a way",
		"\ngeneration 6    process 600, serving for 2 hours, 3 connections, 2 workers\n",
		"\nlistening on    [::]:80 unix:/run/x\n",
		"\nhosts           3: example.org, example.net, ...\n",
		"\nsandbox         180 system calls (seccomp)\n",
		"\ncertificate     /etc/soon.pem ends in 3 days\n",
		"\nconnections     3, 2 of them idle; at most 100; 10 since the start\n",
		"\nrequests        40, 0 bytes sent, 0 bytes received\n",
		"\nended           7 idle for too long\n",
		NULL,
	};
	static const char *const unwanted[] = { "later.pem", "refused",	   "lost",
						"reload",    "crash",	   ", version",
						"next",	     "at most 0 ", NULL };

	(void)state;
	check_text(wanted, unwanted);
}

static void
test_trouble(void **state)
{
	static const char *const wanted[] = {
		", refused, and nothing was changed:\n"
		"                t.ini:3: no\n                t.ini:4: no\n",
		"\ncrashes         3; the next start is tried in 2 seconds\n",
		"\nrefused         5 beyond max_connections\n",
		"\nrefused         6 beyond max_connections_per_ip\n",
		"\nrefused         1 over limit_requests\n",
		"\nrefused         2 over limit_requests, only observed\n",
		"\nlog lines lost  7, as they could not be written\n",
		", 1.5 KiB sent,",
		"generation 6    process 600, serving for 1 second, 3 connections, 2 workers, version 9\n",
		"\ncertificate     /etc/soon.pem ended 2 hours ago\n",
		NULL,
	};
	static const char *const unwanted[] = { "queue was full", NULL };
	struct acceptor_counters *a = shared_acceptor(shared_slot(t.shared, 1));
	struct shared_facts facts;

	(void)state;
	shared_read_facts(shared_slot(t.shared, 1), &facts);
	strcpy(facts.version, "9");
	facts.certificates[0].ends_s = 2000000000 - 2 * 3600;
	shared_write_facts(shared_slot(t.shared, 1), &facts);
	t.generations[1].state_ms = 1999;
	t.report.reload_s = 1999999000;
	t.report.reload_words = "t.ini:3: no\nt.ini:4: no\n";
	t.report.crashes = 3;
	t.report.respawn_ms = 1001;
	counter_add(&a->count[ACCEPT_REFUSED], 11);
	counter_add(&a->count[ACCEPT_TOO_MANY], 6);
	add(COUNT_LIMITED, 1);
	add(COUNT_OBSERVED, 2);
	add(COUNT_LOG_LOST, 3);
	add(COUNT_BYTES_SENT, 1536);
	atomic_fetch_add(shared_error_lines_lost(shared_slot(t.shared, 1)), 4);
	check_text(wanted, unwanted);
}

/* Sums stay when the generation has gone; what it was like does not. */
static void
test_nobody_serves(void **state)
{
	static const char *const wanted[] = {
		"\nconnections     0, 0 of them idle; 10 since the start\n",
		"\nrequests        40,", NULL
	};
	static const char *const unwanted[] = { "listening", "hosts", "sandbox", "generation 6",
						NULL };
	char *json;

	(void)state;
	shared_release(t.shared, 1);
	t.report.generation_count = 1;
	check_text(wanted, unwanted);
	json = report_json(&t.report);
	assert_non_null(json);
	check_has(json, "\"addresses\"", false);
	check_has(json, "\"connections\":{\"now\":0,\"idle\":0}", true);
	check_has(json, "\"requests\":40", true);
	free(json);
}

static void
test_json(void **state)
{
	static const char *const wanted[] = {
		"{\"version\":\"" PACKAGE_VERSION "\",\"pid\":42,\"now\":2000000000,",
		"\"configuration\":\"/etc/\\\"tiny\\\\.ini\"",
		"\"reloads\":4,\"last-reload\":{\"at\":1999999000,\"good\":false,\"words\":\"a\\u000ab\"}",
		"\"crashes\":0,\"respawn-ms\":null",
		"{\"number\":5,\"pid\":500,\"state\":\"draining\",\"state-ms\":61000,\"connections\":null}",
		"{\"number\":6,\"pid\":600,\"state\":\"serving\",\"state-ms\":7200000,\"connections\":3}",
		"\"addresses\":[\"[::]:80\",\"unix:/run/x\"]",
		"\"hosts\":3,\"host-labels\":[\"example.org\",\"example.net\"]",
		"\"certificates\":[{\"ends\":2000259205,\"path\":\"/etc/soon.pem\"},{",
		"\"connections\":{\"now\":3,\"idle\":2}",
		"\"accepted\":10,",
		"\"requests\":40,",
		"\"idle\":7,",
		"\"error-lines-lost\":0}\n",
		NULL,
	};
	char *json;

	(void)state;
	t.report.config_path = "/etc/\"tiny\\.ini";
	t.report.reloads = 4;
	t.report.reload_s = 1999999000;
	t.report.reload_words = "a\nb";
	json = report_json(&t.report);
	assert_non_null(json);
	for (const char *const *w = wanted; *w; w++)
		check_has(json, *w, true);
	for (int i = 0; i < COUNTER_COUNT; i++)
		check_has(json, counter_word((enum counter)i), true);
	for (int i = 0; i < CLOSE_REASON_COUNT; i++)
		check_has(json, close_reason_word((enum close_reason)i), true);
	free(json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_text, begin, end),
		cmocka_unit_test_setup_teardown(test_trouble, begin, end),
		cmocka_unit_test_setup_teardown(test_nobody_serves, begin, end),
		cmocka_unit_test_setup_teardown(test_json, begin, end),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
