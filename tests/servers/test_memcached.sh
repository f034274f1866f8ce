#!/bin/bash
# `memcached` against real servers: in text, over TLS and a unix socket, evicting, binary alone; bad servers, and
# what goes over the wire.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
need memcached memcached
need openssl openssl

memcached_at() { # NAME PORT [OPTIONS...]
	local name=$1 port=$2 user=
	shift 2
	[ "$(id -u)" != 0 ] || user="-u nobody"
	# shellcheck disable=SC2086
	start "$name" memcached $user -l 127.0.0.1 -p "$port" "$@"
	wait_port "$port"
}

main=$(free_port)
memcached_at main "$main" -m 64
one 'a server passes' '{memcached: "127.0.0.1:'$main'"}' \
	'c["state"] == "pass" and v["version"].count(".") == 2 and v["connections"] >= 1 and v["connections_used"] > 0 and
	 v["memory"] >= 0 and v["memory_used"] < 100 and v["evictions"] == 0'
check 'the example of the manual passes' example memcached "127.0.0.1:11211=127.0.0.1:$main"
one 'an assertion about a value' '{memcached: "127.0.0.1:'$main'", warn: ["memory < 1"], expect: ["version == 0"]}' \
	'c["state"] == "fail" and "version" in m'
one 'nothing listens' '{memcached: "127.0.0.1:'"$(free_port)"'"}' 'c["state"] == "fail" and "refused" in m'

chmod 711 "$work"
mkdir -m 777 "$work/run"
user=
[ "$(id -u)" != 0 ] || user="-u nobody"
# shellcheck disable=SC2086
start unix memcached $user -s "$work/run/socket" -a 777
within 20 test -S "$work/run/socket"
one 'over a unix socket' '{memcached: "unix:'"$work"'/run/socket"}' 'c["state"] == "pass"'

# --- full -----------------------------------------------------------------------------------------
small=$(free_port)
memcached_at small "$small" -m 2 -I 512k -o slab_reassign
python3 - "$small" <<'END'
import socket
import sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as server:
    value = b"x" * 100000
    for i in range(200):
        server.sendall(b"set key%d 0 0 %d\r\n%s\r\n" % (i, len(value), value))
        if not server.recv(100):
            break
END
one 'one that throws keys out warns where that is asked' \
	'{memcached: "127.0.0.1:'$small'", warn: ["evictions == 0"]}' \
	'c["state"] == "warn" and v["evictions"] > 0 and "cache-full" in d'
stop small

# --- not in text ----------------------------------------------------------------------------------
binary=$(free_port)
memcached_at binary "$binary" -B binary
one 'the binary protocol alone' '{memcached: "127.0.0.1:'$binary'"}' \
	'c["state"] == "fail" and "binary protocol alone" in m and s["diagnoses"][0]["id"] == "memcached-not-in-text"'
stop binary
printf 'name:word\n' >"$work/words"
chmod 644 "$work/words"
login=$(free_port)
memcached_at login "$login" -Y "$work/words"
one 'a log-in that this check cannot do' '{memcached: "127.0.0.1:'$login'"}' \
	'c["state"] == "fail" and ("log-in" in m or "binary protocol" in m)'
stop login

# --- TLS ------------------------------------------------------------------------------------------
if memcached -h | grep -q enable-ssl; then
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=memcached \
		-addext subjectAltName=IP:127.0.0.1 -keyout "$work/tls.key" -out "$work/tls.pem" 2>/dev/null
	chmod 644 "$work/tls.key"
	secure=$(free_port)
	memcached_at secure "$secure" -Z -o "ssl_chain_cert=$work/tls.pem,ssl_key=$work/tls.key"
	one 'over TLS' '{memcached: "127.0.0.1:'$secure'", tls: {ca: "'"$work"'/tls.pem"}}' \
		'c["state"] == "pass" and c["phases_ms"]["tls"] > 0'
	one 'no TLS where it is wanted' '{memcached: "127.0.0.1:'$secure'"}' 'c["state"] == "fail" and len(m) > 30'
	stop secure
fi

# --- bad servers ----------------------------------------------------------------------------------
printf 'VERSION 1.6.18\r\nSTAT pid 1\r\nSTAT bytes 12\r\n' >"$work/hostile"
hostile_answer=$work/hostile
survives '{memcached: "127.0.0.1:@PORT@"}' silent slow garbage truncated oversized close reset
printf 'HTTP/1.1 400 Bad Request\r\n\r\n' >"$work/hostile"
bad_server late "$work/hostile"
one 'another protocol' '{memcached: "127.0.0.1:'$bad_port'"}' \
	"c['state'] == 'fail' and 'is not memcached: it answered \"HTTP/1.1 400 Bad Request' in m"
bad_stop
printf 'ERROR Too many open connections\r\n' >"$work/hostile"
bad_server file "$work/hostile"
one 'no connection left' '{memcached: "127.0.0.1:'$bad_port'"}' \
	'c["state"] == "fail" and "has no connection left" in m'
one '  which may be what is expected' '{memcached: "127.0.0.1:'$bad_port'", expect: ["refusal == ERROR"]}' \
	'c["state"] == "pass" and v["refusal"] == "ERROR"'
one '  and another one is not' '{memcached: "127.0.0.1:'$bad_port'", expect: ["refusal == CLIENT_ERROR"]}' \
	'c["state"] == "fail" and m == "refusal is \"ERROR\", wanted == CLIENT_ERROR"'
bad_stop

# --- what is on the wire --------------------------------------------------------------------------
relay "$main"
one 'through a relay' '{memcached: "127.0.0.1:'$relay_port'"}' 'c["state"] == "pass"'
printf 'version\r\nversion\r\nstats\r\n' >"$work/wanted"
only_these memcached cmp "$work/wanted" "$work/relay.out"

finish
