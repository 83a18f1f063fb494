/* exit_ip.h: the address that a page says it saw (IP_CHECK_URL), read from whatever form it answers in. Pure.
 */
#ifndef KP_SCHEDULER_EXIT_IP_H
#define KP_SCHEDULER_EXIT_IP_H

#include <stdbool.h>

#include "shared/base/compiler.h"
#include "shared/base/ip_addr.h"
#include "shared/base/slice.h"

/* From an answer's body: nothing but an address (and blanks), or a JSON object with one among its texts (the
 * first; of "a, b" the first part). In its canonical form; false when there is none. */
bool exit_ip_read(struct slice body, char ret_text[IP_TEXT_BYTES]) MUST_CHECK;

#endif
