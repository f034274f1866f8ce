#!/bin/bash
# `redis` against real servers: alone, as a replica with its link up and down, loading, with passwords and users,
# over TLS, a unix socket and IPv6; refusals, bad servers, and what goes over the wire.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
need redis-server redis-server
need redis-cli redis-tools
need openssl openssl

redis() { # NAME PORT [OPTIONS...]
	local name=$1 port=$2
	shift 2
	mkdir -p "$work/$name"
	start "$name" redis-server --port "$port" --bind 127.0.0.1 --dir "$work/$name" --save '' "$@"
	[ "$port" = 0 ] || wait_port "$port"
}
info_says() { redis-cli -p "$1" INFO 2>/dev/null | grep -q "$2"; } # PORT REGEX

main=$(free_port)
redis main "$main" --unixsocket "$work/redis.sock" --bind 127.0.0.1 ::1 --maxmemory 100mb
one 'a server alone passes' '{redis: "127.0.0.1:'$main'"}' \
	'c["state"] == "pass" and v["role"] == "master" and v["loading"] is False and v["link"] == "none" and
	 v["version"].count(".") == 2 and v["memory"] > 10000 and 0 < v["memory_used"] < 100 and v["replicas"] == 0 and
	 v["connections"] >= 1 and v["connections_used"] > 0 and v["evictions"] == 0'
check 'its phases are measured' answer 'all(c["phases_ms"][p] is not None for p in ("connect", "send", "wait", "receive"))'
check 'the example of the manual passes' example redis "127.0.0.1:6379=127.0.0.1:$main"
one 'over a unix socket' '{redis: "unix:'"$work"'/redis.sock"}' 'c["state"] == "pass" and v["role"] == "master"'
if grep -q . /proc/net/if_inet6 2>/dev/null; then
	one 'over IPv6' '{redis: "[::1]:'$main'"}' 'c["state"] == "pass"'
fi
one 'an assertion about a value' '{redis: "127.0.0.1:'$main'", expect: ["role == slave"]}' \
	'c["state"] == "fail" and "role" in m'
one 'a scheme' '{redis: "redis://127.0.0.1:'$main'"}' 'c["state"] == "pass"'
service_keys='auth: {password: wrong-word}'
one 'a password that nobody wants' '{redis: "127.0.0.1:'$main'"}' \
	'c["state"] == "fail" and "has no password set" in m and "wrong-word" not in m and "redis-auth-failed" in d'
service_keys=
one 'nothing listens' '{redis: "127.0.0.1:'"$(free_port)"'"}' 'c["state"] == "fail" and "refused" in m'

# --- replicas -------------------------------------------------------------------------------------
replica=$(free_port)
redis replica "$replica" --replicaof 127.0.0.1 "$main"
within 30 info_says "$replica" 'master_link_status:up'
one 'a replica with its master' '{redis: "127.0.0.1:'$replica'"}' \
	'c["state"] == "pass" and v["role"] == "slave" and v["link"] == "up"'
one 'the master counts it' '{redis: "127.0.0.1:'$main'"}' 'v["replicas"] == 1'
redis-cli -p "$replica" REPLICAOF 127.0.0.1 1 >/dev/null
within 30 info_says "$replica" 'master_link_status:down'
one 'a replica without its master fails' '{redis: "127.0.0.1:'$replica'"}' \
	'c["state"] == "fail" and v["link"] == "down" and "link to 127.0.0.1:1 is down" in m and "redis-replica-alone" in d'
redis-cli -p "$replica" CONFIG SET replica-serve-stale-data no >/dev/null
one 'and where it serves nothing stale' '{redis: "127.0.0.1:'$replica'"}' 'c["state"] == "fail" and v["link"] == "down"'
one 'who expects that passes' '{redis: "127.0.0.1:'$replica'", expect: ["link == down"]}' 'c["state"] == "pass"'
stop replica

# --- loading --------------------------------------------------------------------------------------
fill=$(free_port)
redis fill "$fill" --dbfilename big.rdb
redis-cli -p "$fill" --pipe >/dev/null < <(for i in $(seq 3000); do echo "SET key$i $(printf %0100d "$i")"; done)
redis-cli -p "$fill" SAVE >/dev/null
stop fill
mkdir -p "$work/loading"
mv "$work/fill/big.rdb" "$work/loading/"
loading=$(free_port)
# A millisecond a key, and looking at its clients after each kilobyte.
redis loading "$loading" --dbfilename big.rdb --key-load-delay 3000 --loading-process-events-interval-bytes 1024
one 'a server that loads fails' '{redis: "127.0.0.1:'$loading'"}' \
	'c["state"] == "fail" and v["loading"] is True and "still loads its data set" in m and "redis-loading" in d'
stop loading KILL

# --- credentials ----------------------------------------------------------------------------------
guarded=$(free_port)
redis guarded "$guarded" --requirepass secret-word --maxclients 20
redis-cli -p "$guarded" -a secret-word --no-auth-warning \
	ACL SETUSER watcher on '>watch-word' -@all +ping +info >/dev/null
redis-cli -p "$guarded" -a secret-word --no-auth-warning ACL SETUSER blind on '>blind-word' -@all +ping >/dev/null
one 'no password' '{redis: "127.0.0.1:'$guarded'"}' \
	'c["state"] == "fail" and "wants a password (NOAUTH" in m and "add auth:" in m and "redis-auth-failed" in d'
one 'a refusal that is expected' '{redis: "127.0.0.1:'$guarded'", expect: [refusal == NOAUTH]}' \
	'c["state"] == "pass" and v["refusal"] == "NOAUTH" and not d'
one 'and what it does not say is missed' '{redis: "127.0.0.1:'$guarded'", expect: [refusal == NOAUTH, role == master]}' \
	'c["state"] == "fail" and "role is absent: redis" in m and "wants a password" in m'
one 'another one than is expected' '{redis: "127.0.0.1:'$guarded'", expect: [refusal == WRONGPASS]}' \
	'c["state"] == "fail" and "refusal is \"NOAUTH\", wanted == WRONGPASS" in m'
service_keys='auth: {password: "${env:REDIS_WORD}"}'
export REDIS_WORD=secret-word
one 'the right password' '{redis: "127.0.0.1:'$guarded'"}' 'c["state"] == "pass" and v["role"] == "master"'
check 'no secret is shown' bash -c '! grep -q secret-word "$1"' _ "$work/answer.json"
export REDIS_WORD=other-word
one 'a wrong password' '{redis: "127.0.0.1:'$guarded'"}' \
	'c["state"] == "fail" and "refuses the password (WRONGPASS" in m and "other-word" not in m and
	 "redis-auth-failed" in d'
service_keys='auth: {basic: {user: watcher, password: watch-word}}'
one 'a user' '{redis: "127.0.0.1:'$guarded'"}' 'c["state"] == "pass" and v["role"] == "master"'
relay "$guarded"
one 'a user through a relay' '{redis: "127.0.0.1:'$relay_port'"}' 'c["state"] == "pass"'
check 'with credentials AUTH goes first' wire 'len(sent) == 1 and
	re.findall(rb"\r\n([A-Z]+)\r\n", sent[0]) == [b"AUTH", b"PING", b"INFO"] and sent[0].endswith(b"INFO\r\n")'
service_keys='auth: {basic: {user: watcher, password: other-word}}'
one 'a wrong user' '{redis: "127.0.0.1:'$guarded'"}' 'c["state"] == "fail" and "user \"watcher\"" in m'
service_keys='auth: {basic: {user: blind, password: blind-word}}'
one 'a user that may not ask INFO passes with less' '{redis: "127.0.0.1:'$guarded'"}' \
	'c["state"] == "pass" and v["loading"] is False and "role" not in v'
service_keys=
stop guarded

full=$(free_port)
redis full "$full" --maxclients 1
holds() {
	exec 4<>"/dev/tcp/127.0.0.1/$full"
	printf 'PING\r\n' >&4
	read -r -t 5 -u 4 answer && [ "${answer%$'\r'}" = +PONG ]
}
within 5 holds
one 'no connection left' '{redis: "127.0.0.1:'$full'"}' \
	'c["state"] == "fail" and "has no connection left" in m and "db-connections-exhausted" in d'
exec 4>&-
stop full

# --- TLS ------------------------------------------------------------------------------------------
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=redis \
	-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$work/tls.key" -out "$work/tls.pem" 2>/dev/null
secure=$(free_port)
mkdir -p "$work/secure"
start secure redis-server --port 0 --tls-port "$secure" --tls-cert-file "$work/tls.pem" \
	--tls-key-file "$work/tls.key" --tls-auth-clients no --bind 127.0.0.1 --dir "$work/secure" --save ''
wait_port "$secure"
one 'over TLS' '{redis: "rediss://127.0.0.1:'$secure'", tls: {ca: "'"$work"'/tls.pem"}}' \
	'c["state"] == "pass" and v["role"] == "master" and v["cert_ms"] > 0 and c["phases_ms"]["tls"] > 0'
one 'TLS by its key alone' '{redis: "127.0.0.1:'$secure'", tls: {ca: "'"$work"'/tls.pem"}, expect: ["cert > 3d"]}' \
	'c["state"] == "pass"'
one 'TLS that is not trusted' '{redis: "rediss://127.0.0.1:'$secure'"}' \
	'c["state"] == "fail" and "not trusted" in m'
one 'TLS where none is spoken' '{redis: "rediss://127.0.0.1:'$main'", tls: {verify: false}}' \
	'c["state"] == "fail" and "TLS" in m'
one 'no TLS where it is wanted' '{redis: "127.0.0.1:'$secure'"}' 'c["state"] == "fail" and "tls: true" in m'
stop secure

# --- bad servers ----------------------------------------------------------------------------------
printf '+PONG\r\n$200000\r\nredis_version:1.2.3\r\n' >"$work/hostile"
hostile_answer=$work/hostile
survives '{redis: "127.0.0.1:@PORT@"}' silent slow garbage truncated oversized close reset
printf 'HTTP/1.1 400 Bad Request\r\n\r\n' >"$work/hostile"
bad_server late "$work/hostile"
one 'another protocol' '{redis: "127.0.0.1:'$bad_port'"}' \
	"c['state'] == 'fail' and 'is not Redis: it answered \"HTTP/1.1 400 Bad Request' in m"
bad_stop
printf -- '-DENIED Redis is running in protected mode because protected mode is enabled\r\n' >"$work/hostile"
bad_server file "$work/hostile"
one 'protected mode' '{redis: "127.0.0.1:'$bad_port'"}' \
	'c["state"] == "fail" and "DENIED Redis is running in protected mode" in m and "requirepass" in m and "redis-auth-failed" in d'
bad_stop
printf -- '-BUSY Redis is busy running a script.\r\n' >"$work/hostile"
bad_server late "$work/hostile"
one 'a script that does not end' '{redis: "127.0.0.1:'$bad_port'"}' \
	'c["state"] == "fail" and "is busy with a script" in m and "redis-busy" in d'
bad_stop

# --- what is on the wire --------------------------------------------------------------------------
relay "$main"
one 'through a relay' '{redis: "127.0.0.1:'$relay_port'"}' 'c["state"] == "pass"'
only_these redis wire 'sent == [b"*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nINFO\r\n"]'

finish
