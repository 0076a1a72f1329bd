/* dump - the configuration that holds, each line with the place it comes from. */
#ifndef COMMAND_DUMP_H
#define COMMAND_DUMP_H

/* NULL = the installed default.  The exit status: 0 good, 1 not. */
int command_dump(const char *config_path);

#endif
