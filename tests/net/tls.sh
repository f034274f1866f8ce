#!/bin/sh
# Starts tests/net/test_tls; a test that is no script could not be left out of `make check`.
program=$builddir/tests/net/test_tls
[ -x "$program" ] || { echo "1..0 # SKIP built without cmocka"; exit 0; }
exec "$program"
