#!/bin/sh
# Replays the corpus of every fuzz target, as TAP. The targets take files as arguments whether
# they are linked with libFuzzer or with replay_main.c.
set -u
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
builddir=${builddir:-$PWD}
number=0 failures=0
for source in "$srcdir"/tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	number=$((number + 1))
	set -- "$srcdir/tests/fuzz/corpus/${name#fuzz_}"/*
	if [ ! -e "$1" ]; then
		echo "not ok $number - $name has no corpus"
		failures=$((failures + 1))
	elif "$builddir/tests/fuzz/$name" "$@" >"$name.out" 2>&1; then
		echo "ok $number - $name, $# files"
	else
		echo "not ok $number - $name"
		tail -30 "$name.out" | sed 's/^/# /'
		failures=$((failures + 1))
	fi
	rm -f "$name.out"
done
echo "1..$number"
[ $failures = 0 ]
