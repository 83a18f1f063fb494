/* pages.h: the built pages, served where no call of the API is. */
#ifndef KP_API_HANDLERS_PAGES_H
#define KP_API_HANDLERS_PAGES_H

#include <stdbool.h>

#include "shared/base/compiler.h"

struct request;

/* Answers a request that no route of the API took, if it is for a page or a file of theirs: with it, or, for
 * another method than GET and HEAD, with 405. False: nothing was answered. */
bool pages_serve(struct request *req) MUST_CHECK;

#endif
