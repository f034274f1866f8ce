/* What every unit test includes: cmocka with the headers it wants before itself, and the memory
 * helpers. Tests are tables; a failing row names itself. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/xalloc.h"

#endif
