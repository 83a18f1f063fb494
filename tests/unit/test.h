/* test.h: what cmocka wants before its header, in one place. */
#ifndef KP_TESTS_UNIT_TEST_H
#define KP_TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
