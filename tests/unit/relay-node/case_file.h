/*
 * case_file.h: reads the texts in cases/: one hostile or good HTTP/1 message per entry, what must come of it,
 * why.
 *
 *   case    a short name                      begins an entry
 *   why     the rule (RFC, CVE) behind it
 *   send    bytes; \r \n \t \\ \xHH, and \{text*N} for N repetitions; several lines are joined
 *   to      METHOD; the request that a response answers (default GET)
 *   with    upgrade | bare-lf                 what a response is read with
 *   eof     the peer closes behind the bytes
 *   want    OK, NEED_MORE or the name of a verdict (head_verdicts.h)
 *   rest    the bytes left behind an accepted message (default none)
 *   passes  text that the head we send on must contain
 *   hides   text that it must not contain, in any case
 */
#ifndef KP_TEST_CASE_FILE_H
#define KP_TEST_CASE_FILE_H

#include "shared/base/buf.h"

enum { CASE_TEXTS_MAX = 8 };

struct http_case {
	char name[80];
	char why[200];
	char want[40];
	char to[16];
	bool with_upgrade;
	bool with_bare_lf;
	bool eof;
	struct buf send;
	struct buf rest;
	unsigned passes_count, hides_count;
	char passes[CASE_TEXTS_MAX][120];
	char hides[CASE_TEXTS_MAX][120];
};

/* Calls `visit` for every entry and returns how many there were. A line it cannot read ends the test program.
 */
unsigned case_file_each(const char *path, void (*visit)(const struct http_case *c, void *arg), void *arg);

#endif
