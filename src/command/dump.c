/* dump - see dump.h. */
#include "config.h"

#include "command/dump.h"

#include <stdio.h>

#include "config/dump.h"
#include "config/problems.h"

int
command_dump(const char *config_path)
{
	struct problems *problems = problems_new();
	struct config *config = problems ? config_load(config_path, problems) : NULL;
	int status = config ? 0 : 1;

	if (problems)
		problems_print(problems, stderr);
	else
		fputs("out of memory\n", stderr);
	if (config)
		config_dump(config, stdout);
	if (fflush(stdout) != 0) {
		perror("standard output");
		status = 1;
	}
	config_free(config);
	problems_free(problems);
	return status;
}
