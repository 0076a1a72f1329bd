/*
 * main - the command line of tinyhttpd.
 *
 * Decides which command is meant and with what; the commands live in src/command.  Exit statuses:
 * 0 good, 1 failed, 2 wrong command line, 3 connections were cut when stopping.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/slice.h"
#include "base/x509.h"
#include "command/check.h"
#include "command/dump.h"
#include "command/explain.h"
#include "command/generation.h"
#include "command/hash_password.h"
#include "command/precompress.h"
#include "command/reload.h"
#include "command/reopen.h"
#include "command/run.h"
#include "command/serve.h"
#include "command/status.h"
#include "command/stop.h"
#include "http/http2_library.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* What the options said. */
struct options {
	const char *config_path; /* NULL = the installed default */
	const char *port;
	const char *from; /* NULL = this machine */
	const char *fields[EXPLAIN_FIELDS];
	size_t field_count;
	bool detach, alone, dry_run, json;
	const char *command; /* an option that stands for a command, or NULL */
};

struct command {
	const char *name, *words;
	int (*run)(const struct options *, int argc, char **argv);
	int max_operands;
	const char *options; /* letters it knows besides -c */
	const char *help;
};

static int
run_server(const struct options *o, int argc, char **argv)
{
	(void)argc, (void)argv;
	return command_run(o->config_path, o->detach, o->alone);
}

static int
run_check(const struct options *o, int argc, char **argv)
{
	(void)argc, (void)argv;
	return command_check(o->config_path);
}

static int
run_dump(const struct options *o, int argc, char **argv)
{
	(void)argc, (void)argv;
	return command_dump(o->config_path);
}

static int
run_explain(const struct options *o, int argc, char **argv)
{
	if (argc == 0) {
		fputs(PACKAGE_NAME ": explain needs a URL\n", stderr);
		return EXIT_USAGE;
	}
	return command_explain(o->config_path, argv[0], o->from ? o->from : "127.0.0.1", o->fields,
			       o->field_count);
}

static int
complain(const char *what, const char *about)
{
	fprintf(stderr, PACKAGE_NAME ": %s%s; `tinyhttpd help` shows what there is\n", about, what);
	return EXIT_USAGE;
}

static int
run_serve(const struct options *o, int argc, char **argv)
{
	uint64_t port;

	if (o->port && !slice_to_number(slice_of(o->port), 65535, &port))
		return complain(o->port, "no port: ");
	return command_serve(argc > 0 ? argv[0] : NULL, o->port);
}

static int
run_reload(const struct options *o, int argc, char **argv)
{
	(void)argc, (void)argv;
	return command_reload(o->config_path);
}

static int
run_status(const struct options *o, int argc, char **argv)
{
	(void)argc, (void)argv;
	return command_status(o->config_path, o->json);
}

static int
run_reopen(const struct options *o, int argc, char **argv)
{
	(void)argc, (void)argv;
	return command_reopen(o->config_path);
}

static int
run_stop(const struct options *o, int argc, char **argv)
{
	(void)argc, (void)argv;
	return command_stop(o->config_path);
}

static int
run_precompress(const struct options *o, int argc, char **argv)
{
	if (argc == 0)
		return complain("precompress", "the directory is missing: ");
	return command_precompress(argv[0], o->dry_run);
}

static int
run_hash_password(const struct options *o, int argc, char **argv)
{
	(void)o;
	return command_hash_password(argc > 0 ? argv[0] : NULL);
}

static int
run_version(const struct options *o, int argc, char **argv)
{
	(void)o, (void)argc, (void)argv;
	puts(PACKAGE_STRING);
	if (x509_library())
		printf("with TLS by %s\n", x509_library());
	else
		puts("without TLS, passwords, signed links and tags of the content: OpenSSL was not "
		     "there when it was built");
	if (http2_library())
		printf("with HTTP/2 by %s\n", http2_library());
	else
		puts("without HTTP/2: nghttp2 was not there when it was built");
	return 0;
}

static int
run_generation(const struct options *o, int argc, char **argv)
{
	(void)argc, (void)argv;
	return command_generation(o->config_path);
}

static int
run_succession(const struct options *o, int argc, char **argv)
{
	(void)argc, (void)argv;
	return command_succeed(o->config_path);
}

static int run_help(const struct options *o, int argc, char **argv);

static const struct command commands[] = {
	{ "check", "", run_check, 0, "", "is the configuration good?  Touches nothing else" },
	{ "dump", "", run_dump, 0, "", "the configuration in force, each line with its origin" },
	{ "explain", "URL [-H FIELD] [--from IP]", run_explain, 1, "HF",
	  "which lines decide what a URL gets" },
	{ "serve", "[DIR] [-p PORT]", run_serve, 1, "p",
	  "serve a directory on 127.0.0.1, port 8080, without a configuration" },
	{ "reload", "", run_reload, 0, "",
	  "the server that runs takes its configuration anew, or says why not" },
	{ "status", "[--json]", run_status, 0, "j", "how the server is that runs" },
	{ "reopen", "", run_reopen, 0, "", "it opens its log files anew" },
	{ "stop", "", run_stop, 0, "", "it finishes what is in flight and leaves" },
	{ "precompress", "DIR [--dry-run]", run_precompress, 1, "n",
	  "write compressed files beside those of a directory" },
	{ "hash-password", "[NAME]", run_hash_password, 1, "",
	  "read a password, print its hash for the file of `auth`" },
	{ "version", "", run_version, 0, "", "print the version" },
	{ "help", "", run_help, 0, "", "print this" },
};

/* Without a command, and what the supervisor starts. */
static const struct command the_server = { "the server", "", run_server, 0, "d1", "" };
static const struct command a_successor = { "supervisor", "", run_succession, 0, "", "" };
static const struct command a_generation = { "generation", "", run_generation, 0, "", "" };

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void
usage(FILE *out)
{
	fputs("usage: tinyhttpd [-c FILE] [-d] [-1] [COMMAND]\n\n"
	      "Without a command the server runs in the foreground.\n\n"
	      "  -c FILE   read FILE instead of " SYSCONFDIR "/tinyhttpd.ini\n"
	      "  -d        detach: come back when the server is ready or has failed\n"
	      "  -1        one process, without a supervisor: it cannot reload\n"
	      "  -t, -T    check, dump\n"
	      "  -v, -h    version, help\n\n",
	      out);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %-13s %-26s %s\n", commands[i].name, commands[i].words,
			commands[i].help);
	fputs("\nThe manual: tinyhttpd(8), tinyhttpd.ini(5)\n", out);
}

static int
run_help(const struct options *o, int argc, char **argv)
{
	(void)o, (void)argc, (void)argv;
	usage(stdout);
	return 0;
}

/* Options may stand before and behind the command.  Letters seen are added to `seen`. */
static int
parse_options(struct options *o, int argc, char **argv, char seen[8])
{
	static const struct option words[] = { { "from", required_argument, NULL, 'F' },
					       { "dry-run", no_argument, NULL, 'n' },
					       { "json", no_argument, NULL, 'j' },
					       { 0 } };
	size_t n = 0;
	int c;

	opterr = 0;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no thread yet */
	while ((c = getopt_long(argc, argv, "c:d1tTvhp:H:", words, NULL)) != -1) {
		if (c == '?')
			return complain(argv[optind - 1], "wrong option: ");
		if (!strchr(seen, c) && n < 7)
			seen[n++] = (char)c;
		if (c == 'c')
			o->config_path = optarg;
		else if (c == 'd')
			o->detach = true;
		else if (c == '1')
			o->alone = true;
		else if (c == 'p')
			o->port = optarg;
		else if (c == 'F')
			o->from = optarg;
		else if (c == 'n')
			o->dry_run = true;
		else if (c == 'j')
			o->json = true;
		else if (c == 'H' && o->field_count == EXPLAIN_FIELDS)
			return complain("-H", "too many options ");
		else if (c == 'H')
			o->fields[o->field_count++] = optarg;
		else
			o->command = c == 't'	? "check"
				     : c == 'T' ? "dump"
				     : c == 'v' ? "version"
						: "help";
	}
	return 0;
}

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	if (strcmp(name, a_successor.name) == 0)
		return &a_successor;
	return strcmp(name, a_generation.name) == 0 ? &a_generation : NULL;
}

static int
run_command(const struct command *cmd, const struct options *o, const char *seen, int argc,
	    char **argv)
{
	for (; *seen; seen++)
		if (strchr("d1pHFnj", *seen) && !strchr(cmd->options, *seen))
			return complain(cmd->name, "an option that does not go with ");
	if (argc > cmd->max_operands)
		return complain(argv[cmd->max_operands], "too much: ");
	return cmd->run(o, argc, argv);
}

/*
 * Whoever starts us may have closed the standard streams.  The next file or socket would get such a
 * number, and with it what is meant for the stream.  So the number is taken, by something that
 * reading and writing fail on as before.
 */
static int
take_closed_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return EXIT_FAILED;
	return 0;
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	char seen[8] = "";
	const struct command *cmd;
	const char *name;
	int wrong = take_closed_streams();

	if (!wrong)
		wrong = parse_options(&o, argc, argv, seen);
	if (wrong)
		return wrong;
	argc -= optind;
	argv += optind;
	name = o.command;
	if (!name && argc > 0) {
		name = *argv++;
		argc--;
	}
	cmd = name ? find_command(name) : &the_server;
	return cmd ? run_command(cmd, &o, seen, argc, argv) : complain(name, "unknown command: ");
}
