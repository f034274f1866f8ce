#!/bin/sh
# The lint must be able to fail: this copies the tree into a scratch folder, breaks every rule once
# on purpose, and expects the rule to say so with the name of the file. TAP; needs shell and awk.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 99
top=$(cd "$here/../.." && pwd) || exit 99
tmp=$(mktemp -d "${TMPDIR:-/tmp}/sitrep-testlint.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
trap 'exit 99' HUP INT TERM
number=0 failures=0

# fresh: the scratch tree as it is in the sources, writable (distcheck's is not)
fresh() {
	rm -rf "$tmp/tree"
	mkdir -p "$tmp/tree/tests"
	cp -R "$top/src" "$tmp/tree/"
	cp -R "$top/tests/lint" "$top/tests/unit" "$tmp/tree/tests/"
	mkdir "$tmp/tree/tests/servers" && cp "$top"/tests/servers/*.sh "$tmp/tree/tests/servers/"
	[ ! -d "$top/themes" ] || cp -R "$top/themes" "$tmp/tree/"
	chmod -R u+w "$tmp/tree"
}

# expect WHAT RULE PATTERN: the scratch tree breaks RULE, whose complaint matches PATTERN
expect() {
	number=$((number + 1))
	if LINT_TOP="$tmp/tree" sh "$tmp/tree/tests/lint/lint.sh" "$2" >"$tmp/out" 2>&1; then
		failures=$((failures + 1))
		echo "not ok $number - $1: $2 did not fail"
	elif grep -q "^not ok 1 - $2" "$tmp/out" && grep -q -- "$3" "$tmp/out"; then
		echo "ok $number - $1"
	else
		failures=$((failures + 1))
		echo "not ok $number - $1: wrong complaint"
		sed 's/^/# /' "$tmp/out"
	fi
}

# break_with WHAT RULE PATTERN FILE [WHERE]: as above, after the lines on stdin were added to FILE
# (at its end, or in its place with WHERE = replace)
break_with() {
	mkdir -p "$(dirname "$tmp/tree/$4")"
	if [ -e "$tmp/tree/$4" ]; then cp "$tmp/tree/$4" "$tmp/saved"; else rm -f "$tmp/saved"; fi
	if [ "${5:-append}" = replace ]; then cat >"$tmp/tree/$4"; else cat >>"$tmp/tree/$4"; fi
	expect "$1" "$2" "$3"
	if [ -e "$tmp/saved" ]; then cp "$tmp/saved" "$tmp/tree/$4"; else rm -f "$tmp/tree/$4"; fi
}

# A function of so many lines called `name`.
long_function() { # NAME LINES
	printf '%s\n' "int $1(void);" "int $1(void)" '{'
	yes '	(void)0;' | head -$(($2 - 3))
	printf '}\n'
}

fresh

break_with "a layer includes one above it" includes 'src/base/map.c.*base/ may not include model/value.h' \
	src/base/map.c <<'X'
#include "model/value.h"
X
break_with "demo includes net" includes 'demo/ may not include net/net.h' src/demo/bad.c <<'X'
#include "net/net.h"
X
break_with "demo includes probe" includes 'demo/ may not include probe/probe.h' src/demo/bad.c <<'X'
#include "probe/probe.h"
X
break_with "a folder that is no layer" includes 'web/ is no layer' src/web/bad.c <<'X'
#include "base/base.h"
X
break_with "an include without its folder" includes 'write it from src/ on' src/base/map.c <<'X'
#include "vec.h"
X
break_with "a library outside of its file" includes '<pcre2.h> belongs into' src/judge/bad.c <<'X'
#include <pcre2.h>
X
break_with "a library that nobody listed" includes 'neither a library nor a system header' src/base/map.c <<'X'
#include <glib.h>
X
break_with "curses in a second file" includes '<curses.h> is included by more than one file' \
	src/term/b.c <<'X'
#include <curses.h>
X
break_with "a banned call" banned 'src/app/bad.c:1: calls system()' src/app/bad.c <<'X'
int f(void) { return system("true"); }
X
break_with "a clock in a pure layer" banned 'src/engine/bad.c:1: calls clock_mono()' src/engine/bad.c <<'X'
int64_t f(void) { return clock_mono ().ns; }
X
break_with "memory past xalloc" banned 'src/base/map.c:.*calls malloc()' src/base/map.c <<'X'
void *f(void) { return malloc(1); }
X
long_function much_too_long 81 >"$tmp/function"
break_with "a function of 81 lines" functions 'much_too_long() has 81 lines' src/base/map.c <"$tmp/function"
long_function too_long_even_so 121 >"$tmp/function"
cp "$tmp/tree/tests/lint/exceptions" "$tmp/exceptions"
printf 'src/base/map.c:too_long_even_so\t120\ta table of many rows\n' >>"$tmp/tree/tests/lint/exceptions"
break_with "a function longer than its exception" functions 'has 121 lines, more than 120' \
	src/base/map.c <"$tmp/function"
expect "an exception that nothing needs" functions 'too_long_even_so is not needed'
printf 'src/base/map.c:x\t130\ta table of many rows\n' >"$tmp/tree/tests/lint/exceptions"
expect "an exception over 120 lines" functions 'limit of 81 to 120'
i=0
while [ $i -lt 11 ]; do
	printf 'src/base/map.c:x%s\t100\ta table of many rows\n' $i
	i=$((i + 1))
done >"$tmp/tree/tests/lint/exceptions"
expect "an eleventh exception" functions 'more than 10 exceptions'
cp "$tmp/exceptions" "$tmp/tree/tests/lint/exceptions"
long_function f 46 >"$tmp/one"
i=0
while [ $i -lt 2000 ]; do
	cat "$tmp/one"
	i=$((i + 1))
done >"$tmp/function"
break_with "most functions long" functions '90% of the functions' src/base/many.c <"$tmp/function"
break_with "a body on the line of its name" functions 'the brace of a function' src/base/map.c <<'X'
int f(void) { return 1; }
X
break_with "a mutable variable" statics 'src/base/map.c:.*mutable file-scope data: static int counter' \
	src/base/map.c <<'X'
static int counter;
X
break_with "a table of mutable pointers" statics 'static const char \*names' src/base/map.c <<'X'
static const char *names[] = {"a", "b"};
X
break_with "a mutable struct with a value" statics 'static struct point BODY origin' src/base/map.c <<'X'
static struct point { int x; } origin = {1};
X
break_with "a mutable function pointer" statics 'static void (\*hook)' src/base/map.c <<'X'
static void (*hook)(void);
X
break_with "a static inside a function" statics 'mutable static data in a function' src/base/map.c <<'X'
int f(void)
{
	static char buffer[10];

	return buffer[0];
}
X
cc=${CC:-cc}
if command -v "${cc%% *}" >/dev/null 2>&1; then
	break_with "a header that needs another one" headers 'src/base/bad.h' src/base/bad.h <<'X'
/* A header that forgot what it needs, which its users happen to include before it. */
struct strbuf *f(uint64_t id);
X
fi
yes 'int x;' | head -800 >"$tmp/lines"
break_with "a file of 800 lines" length 'src/base/map.c: [0-9]* lines' src/base/map.c <"$tmp/lines"
break_with "a file without a paragraph" paragraph 'src/base/bad.c:1: no paragraph' src/base/bad.c <<'X'
#include "base/base.h"
X
break_with "a file with a word on top" paragraph 'src/base/bad.c:1: no paragraph' src/base/bad.c <<'X'
/* Maps. */
X
break_with "a script without a paragraph" paragraph 'tests/bad.sh:1: no paragraph' tests/bad.sh <<'X'
#!/bin/sh
exit 0
X
note=TO
break_with "a note to oneself" notes 'src/base/map.c:.*a note to oneself' src/base/map.c <<X
/* ${note}DO: later */
X
break_with "a test that sleeps" sleep 'tests/bad.sh:3: sleeps' tests/bad.sh <<'X'
#!/bin/sh
# A test that hopes that two seconds are enough for a server to start.
sleep 2
X
break_with "a C test that sleeps" sleep 'tests/unit/bad.c:3: sleeps' tests/unit/bad.c <<'X'
/* A test that hopes that a tenth of a second is enough for a server to start. */

	usleep(100000);
X
break_with "a view binds a key twice" tables "TABLE binds 's' twice" src/ui/keys.def replace <<'X'
/* Keys, of which one is bound twice. */
KEY(TABLE, "s", SORT)
KEY(TABLE, "s", SORT)
X
break_with "a pane binds its page's key" tables "LOGS binds 'z', which PAGE binds too" src/ui/keys.def \
	replace <<'X'
/* Keys, of which one hides another. */
KEY(PAGE, "z", ZOOM)
KEY(LOGS, "z", SAVE)
X
break_with "a key that is a comma, without action" tables 'no action JUGGLE' src/ui/keys.def replace <<'X'
/* Keys, of which one does nothing. */
KEY(ALL, ",", JUGGLE)
X
break_with "a view that nobody knows" tables 'view ATTIC is not in layers.tsv' src/ui/keys.def replace <<'X'
/* Keys of a view that is none. */
KEY(ATTIC, "x", QUIT)
X
break_with "a theme without a role" tables "themes/bad.yaml: gives role 'cursor' no look" \
	themes/bad.yaml <<'X'
# A theme that forgets nearly all: a colour of that name is no role.
colors:
  cursor: 1
styles:
  text: red
X
break_with "a theme with a role that is none" tables "themes/bad.yaml:4: no role 'courser'" \
	themes/bad.yaml <<'X'
# A theme with a typing error, based on one that is whole.
base: dark
styles:
  courser: red
X
break_with "a script that wants srcdir" hand "test_mqtt.sh: sets no srcdir" tests/servers/test_mqtt.sh \
	replace <<'X'
# A test that only `make` can start.
. "$srcdir/tests/servers/lib.sh" || exit 99
only_these mqtt true
X
break_with "a check type that may send anything" wire "no test says 'only_these mqtt'" tests/servers/test_mqtt.sh \
	replace <<'X'
# A test that has the words in a comment alone: only_these mqtt true
X
break_with "one whose recording is looked at by a function that nobody runs" wire "no test says 'only_these mqtt'" \
	tests/servers/test_mqtt.sh replace <<'X'
# A test that only says what it would do.
nobody() {
	only_these mqtt true
}
X

echo "1..$number"
[ $failures = 0 ]
