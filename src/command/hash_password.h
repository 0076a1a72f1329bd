/*
 * hash_password - `tinyhttpd hash-password [NAME]`: a line for the file of `auth`.
 */
#ifndef COMMAND_HASH_PASSWORD_H
#define COMMAND_HASH_PASSWORD_H

/*
 * Reads a password, from a terminal twice and without showing it, else the first line of standard
 * input, and prints its hash, behind "NAME:" unless name is NULL.  The exit status.
 */
int command_hash_password(const char *name);

#endif
