#!/usr/bin/env bash
# `postgres` with a real PostgreSQL: a primary and its streaming standby, over TCP, IPv6, unix socket and
# TLS; each kind of log-in, each way to be refused, servers that start, stop or are full, and what is on
# the wire.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
PATH=${bin:-/nowhere}:$PATH
need postgres postgresql
need pgbouncer pgbouncer
need openssl openssl
# PostgreSQL refuses root; the script's folder has to let its user through.
as=
if [ "$(id -u)" = 0 ]; then
	as="setpriv --reuid=postgres --regid=postgres --clear-groups"
	chmod 755 "$work"
	install -d -o postgres -g postgres -m 700 "$work/pg"
else
	mkdir -m 700 "$work/pg"
fi
pg=$work/pg
export LANG=C.UTF-8
# shellcheck disable=SC2086
sql() { # SERVER COMMAND [OPTIONS...]: as the superuser, over the server's unix socket
	local port=port_$1 command=$2
	shift 2
	$as env HOME="$pg" psql -XAtq -h "$pg" -p "${!port}" -U postgres -d postgres "$@" -c "$command"
}
sql_is() { [ "$(sql "$1" "$2" 2>/dev/null)" = "$3" ]; }
# shellcheck disable=SC2086
serve() { # NAME OPTIONS...: the server of $pg/NAME
	local name=$1 port
	shift
	port=$(free_port)
	printf -v "port_$name" %s "$port"
	start "$name" $as postgres -D "$pg/$name" -p "$port" -k "$pg" "$@"
}
end_servers() {
	local name pid
	for name in slow full standby primary; do
		pid=pid_$name
		[ -z "${!pid:-}" ] || kill -QUIT "${!pid}" 2>/dev/null
	done
	for name in slow full standby primary; do
		pid=pid_$name
		[ -z "${!pid:-}" ] || within 10 gone "${!pid}"
	done
	cleanup
}
trap end_servers EXIT

# --- certificates: a CA of our own, as a managed database has it ------------------------------------
certificates() {
	cd "$pg" || return
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=test CA" -keyout ca.key -out ca.pem
	openssl req -newkey rsa:2048 -nodes -subj "/CN=db.example.test" -keyout server.key -out server.csr
	openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out server.pem \
		-extfile <(echo "subjectAltName=DNS:db.example.test")
	chmod 600 server.key
	[ -z "$as" ] || chown postgres:postgres server.key server.pem
	chmod 644 ca.pem
	cp ca.pem "$work/ca.pem"
}
(certificates) >"$work/openssl.log" 2>&1 || { cat "$work/openssl.log"; exit 1; }

# shellcheck disable=SC2086
$as initdb -D "$pg/primary" -A trust -U postgres --no-sync -E UTF8 --locale=C.UTF-8 >"$work/initdb.log" 2>&1 ||
	{ cat "$work/initdb.log"; exit 1; }
cat >>"$pg/primary/postgresql.conf" <<END
listen_addresses = '127.0.0.1,::1'
fsync = off
max_connections = 40
wal_level = replica
hot_standby_feedback = on
max_standby_streaming_delay = -1
ssl = on
ssl_cert_file = '$pg/server.pem'
ssl_key_file = '$pg/server.key'
END
cat >"$pg/primary/pg_hba.conf" <<'END'
local    all all trust
local    replication all trust
host     all scrammer,patient 127.0.0.1/32 scram-sha-256
host     all fiver 127.0.0.1/32 md5
host     all clear 127.0.0.1/32 password
host     all truster 127.0.0.1/32 trust
host     all sitrep 127.0.0.1/32 scram-sha-256
hostssl  all secure all scram-sha-256
host     all full 127.0.0.1/32 trust
host     all gss 127.0.0.1/32 gss
END
serve primary
within 30 sql_is primary 'select 1' 1 || { cat "$work/primary.log"; exit 1; }
sql primary "set password_encryption = 'md5'; create role fiver login password 'pass five'" >/dev/null
sql primary "create role scrammer login password 'pass \"w=,ord'; create role clear login password 'clear';
	create role truster login; create role secure login password 's3cure'; create role full login;
	create role locked" >/dev/null
sql primary 'create database marked' >/dev/null
sql primary 'alter database marked set default_transaction_read_only = on' >/dev/null

# A failing check is not asked a second time.
service_keys='fall: 1'
on() { echo "127.0.0.1:$port_primary"; }
login() { echo "auth: {basic: {user: $1, password: '$2'}}"; }
scram=$(login scrammer 'pass "w=,ord')

# --- without credentials ----------------------------------------------------------------------------
one "without credentials: a server that wants a password is alive" "{postgres: \"$(on)\"}" \
	'c["state"] == "pass" and "version" not in v'
one "a server without an entry for us is alive (IPv6)" "{postgres: \"[::1]:$port_primary\"}" 'c["state"] == "pass"'
one "a scheme in front of the address" "{postgres: \"postgresql://$(on)\"}" 'c["state"] == "pass"'
one "unix socket" "{postgres: \"unix:$pg/.s.PGSQL.$port_primary\"}" 'c["state"] == "pass"'
one "an unknown database is no failure of the server" "{postgres: \"unix:$pg/.s.PGSQL.$port_primary\", database: nope}" \
	'c["state"] == "pass"'
one "nothing listens" "{postgres: \"127.0.0.1:$(free_port)\"}" 'c["state"] == "fail" and "refused" in m'

# --- each log-in ------------------------------------------------------------------------------------
healthy='c["state"] == "pass" and v["role"] == "primary" and v["read_only"] is False and
	re.match(r"^1[0-9]\.[0-9]+$", v["version"]) and "replication_lag" not in v and v["connections"] >= 1 and
	0 < v["connections_used"] <= 100 * v["connections"] / 40 + 0.001'
one "SCRAM-SHA-256" "{postgres: \"$(on)\", $scram}" "$healthy"
sql primary "create role patient login password '$(python3 -c 'import base64, hashlib, hmac
salted = hashlib.pbkdf2_hmac("sha256", b"many", b"0123456789abcdef", 50000)
stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
print("SCRAM-SHA-256$50000:%s$%s:%s" % tuple(base64.b64encode(b).decode() for b in (
	b"0123456789abcdef", stored, hmac.digest(salted, b"Server Key", "sha256"))))')'" >/dev/null
one "SCRAM-SHA-256 with many rounds" "{postgres: \"$(on)\", $(login patient many)}" "$healthy"
one "and a wrong password" "{postgres: \"$(on)\", $(login patient few)}" 'c["state"] == "fail" and "28P01" in m'
one "md5" "{postgres: \"$(on)\", $(login fiver 'pass five')}" "$healthy"
one "a password in clear text, on loopback" "{postgres: \"$(on)\", $(login clear clear)}" "$healthy"
one "trust" "{postgres: \"$(on)\", $(login truster unused)}" "$healthy"
one "unix socket with credentials" "{postgres: \"unix:$pg/.s.PGSQL.$port_primary\", $(login postgres x)}" "$healthy"
one "assertions of its own" "{postgres: \"$(on)\", $scram, expect: [role == primary, connections_used < 80, not read_only == true, replication_lag absent]}" \
	'c["state"] == "pass" and len(c["assertions"]) == 5'
one "a role that should not be" "{postgres: \"$(on)\", $scram, expect: [role == standby]}" 'c["state"] == "fail" and "primary" in m'
one "a database where sessions begin read-only" "{postgres: \"$(on)\", $scram, database: marked}" \
	'c["state"] == "pass" and v["read_only"] is True and v["role"] == "primary"'
sql primary 'create role reader login' >/dev/null
sql primary 'alter role reader set default_transaction_read_only = on' >/dev/null
one "a user whose sessions begin read-only" "{postgres: \"unix:$pg/.s.PGSQL.$port_primary\", $(login reader x)}" \
	'c["state"] == "pass" and v["read_only"] is True'
# default_read_only VALUE: of the server itself.
default_read_only() {
	sed -i '/^default_transaction_read_only/d' "$pg/primary/postgresql.conf"
	echo "default_transaction_read_only = $1" >>"$pg/primary/postgresql.conf"
	sql primary 'select pg_reload_conf()' >/dev/null
	within 10 sql_is primary 'show default_transaction_read_only' "$1"
}
default_read_only on
one "a server where sessions begin read-only" "{postgres: \"$(on)\", $scram, expect: [read_only == false]}" \
	'c["state"] == "fail" and v["read_only"] is True and v["role"] == "primary" and "db-read-only" in d'
default_read_only off
sql primary 'revoke execute on function pg_catalog.pg_last_wal_receive_lsn() from public' >/dev/null
one "a server that does not know the whole query" "{postgres: \"$(on)\", $scram}" \
	'c["state"] == "pass" and v["role"] == "primary" and "read_only" not in v and "connections" not in v'
sql primary 'grant execute on function pg_catalog.pg_last_wal_receive_lsn() to public' >/dev/null
check "the example of the manual" example postgres 127.0.0.1:5432="$(on)" 'user: monitor=user: scrammer' \
	'${env:PGPASSWORD:-secret}=pass \"w=,ord'
check "passes" passes

# --- refused ----------------------------------------------------------------------------------------
refused() { # NAME YAML REGEX [DIAGNOSIS]
	one "$1" "$2" "c['state'] == 'fail' and re.search(r'''$3''', m) and ('${4:-}' == '' or '${4:-}' in d)"
}
refused "a wrong password" "{postgres: \"$(on)\", $(login scrammer wr0ngsecret)}" \
	'^postgres \S+ refuses the password of user "scrammer": .*28P01.*check auth' db-auth-failed
one "a refusal that is expected" "{postgres: \"$(on)\", $(login scrammer wr0ngsecret), expect: [refusal == 28P01]}" \
	'c["state"] == "pass" and v["refusal"] == "28P01"'
one "a refusal that did not come" "{postgres: \"$(on)\", $scram, expect: [refusal == 28P01]}" \
	'c["state"] == "fail" and "refusal is absent" in m'
check "no secret is shown" sh -c "! grep -q wr0ngsecret $work/answer.json"
refused "a wrong password, md5" "{postgres: \"$(on)\", $(login fiver wrong)}" 'refuses the password of user "fiver"'
refused "a user that is not there" "{postgres: \"unix:$pg/.s.PGSQL.$port_primary\", $(login nobody x)}" \
	'refuses user "nobody": role "nobody" does not exist' db-auth-failed
refused "a user that may not log in" "{postgres: \"unix:$pg/.s.PGSQL.$port_primary\", $(login locked x)}" \
	'refuses user "locked": .*not permitted to log in'
refused "no entry in pg_hba.conf, without TLS" "{postgres: \"$(on)\", $(login secure s3cure)}" \
	'lets user "secure" not in from this host without TLS: no pg_hba.conf entry.*set tls: true' db-ssl-required
refused "a database that is not there" "{postgres: \"$(on)\", $scram, database: nope}" \
	'has no database "nope": .*3D000.*check the key' db-database-missing
one "a log-in that it cannot do" "{postgres: \"$(on)\", $(login gss x)}" 'c["state"] == "unknown" and "GSSAPI" in m'

# --- TLS, as with a managed database ----------------------------------------------------------------
tls() { echo "tls: {ca: $work/ca.pem, server_name: ${1:-db.example.test}}"; }
one "TLS with a CA of its own" "{postgres: \"$(on)\", $(login secure s3cure), $(tls)}" \
	'c["state"] == "pass" and v["role"] == "primary" and 0 < v["cert_ms"]'
one "TLS without credentials" "{postgres: \"$(on)\", $(tls), expect: [\"cert > 1d\"]}" 'c["state"] == "pass"'
refused "no entry for this user, with TLS" "{postgres: \"$(on)\", $(login nobody x), $(tls)}" \
	'lets user "nobody" not in from this host: no pg_hba.conf entry.*add a line' db-host-not-allowed
refused "a certificate for another name" "{postgres: \"$(on)\", $(login secure s3cure), $(tls orders.example.test)}" \
	'certificate is for another name, asked as orders\.example\.test; it is for db\.example\.test' tls-wrong-name
refused "a certificate of an unknown CA" "{postgres: \"$(on)\", $(login secure s3cure), tls: {server_name: db.example.test}}" \
	'not trusted|self-signed|issuer'
one "TLS without verification" "{postgres: \"$(on)\", $(login secure s3cure), tls: {verify: false}}" 'c["state"] == "pass"'

# --- a pooler ---------------------------------------------------------------------------------------
# shellcheck disable=SC2086
pool() { # NAME LINE: a PgBouncer with this line in its configuration
	local port
	port=$(free_port)
	printf -v "port_$1" %s "$port"
	printf '%s\n' '[databases]' "* = host=$pg port=$port_primary" '[pgbouncer]' 'listen_addr = 127.0.0.1' \
		"listen_port = $port" 'unix_socket_dir =' 'auth_type = trust' "auth_file = $work/users" "$2" >"$work/$1.ini"
	start "$1" $as pgbouncer "$work/$1.ini"
	wait_port "$port"
}
echo '"truster" ""' >"$work/users"
pool strict '; as it comes'
pool tolerant 'ignore_startup_parameters = statement_timeout'
one "PgBouncer without credentials" "{postgres: \"127.0.0.1:$port_strict\"}" 'c["state"] == "pass"'
refused "PgBouncer that knows no statement_timeout" "{postgres: \"127.0.0.1:$port_strict\", $(login truster x)}" \
	'refuses a setting of the session: unsupported startup parameter.*ignore_startup_parameters = statement_timeout'
one "PgBouncer that ignores it" "{postgres: \"127.0.0.1:$port_tolerant\", $(login truster x)}" "$healthy"
refused "a user that PgBouncer does not know" "{postgres: \"127.0.0.1:$port_tolerant\", $(login nobody x)}" 'refuses user "nobody"'
stop strict && stop tolerant

# --- a standby --------------------------------------------------------------------------------------
# shellcheck disable=SC2086
$as pg_basebackup -h "$pg" -p "$port_primary" -U postgres -D "$pg/standby" -R -X stream -c fast --no-sync \
	>"$work/basebackup.log" 2>&1 || { cat "$work/basebackup.log"; exit 1; }
serve standby
within 30 sql_is standby "select status from pg_stat_wal_receiver" streaming || cat "$work/standby.log"
replayed() { sql_is standby "select pg_last_wal_replay_lsn() >= '$(sql primary 'select pg_current_wal_lsn()')'" t; }
behind() { echo "127.0.0.1:$port_standby"; }
sql primary 'create table t (n int)'
within 20 replayed
one "a standby that streams and has replayed all: lag 0" "{postgres: \"$(behind)\", $scram}" \
	'c["state"] == "pass" and v["role"] == "standby" and v["read_only"] is True and v["replication_lag_ms"] == 0'
one "a primary that became a standby" "{postgres: \"$(behind)\", $scram, expect: [read_only == false]}" \
	'c["state"] == "fail" and "db-read-only" in d'
sql standby 'select pg_wal_replay_pause()' >/dev/null
within 10 sql_is standby "select pg_get_wal_replay_pause_state()" paused
sql primary 'insert into t values (1)'
received() { sql_is standby "select pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()" t; }
within 20 received
one "a standby that does not replay is behind" "{postgres: \"$(behind)\", $scram, expect: [replication_lag < 1ms]}" \
	'c["state"] == "fail" and v["replication_lag_ms"] > 1 and "db-replica-behind" in d'
one "the warning of a lag" "{postgres: \"$(behind)\", $scram, warn: [replication_lag < 1ms]}" 'c["state"] == "warn"'
sql standby 'select pg_wal_replay_resume()' >/dev/null
within 20 replayed
one "and has caught up" "{postgres: \"$(behind)\", $scram, expect: [replication_lag < 1ms]}" 'c["state"] == "pass"'

# --- no connection left -----------------------------------------------------------------------------
# shellcheck disable=SC2086
$as initdb -D "$pg/full" -A trust -U postgres --no-sync -E UTF8 --locale=C.UTF-8 >"$work/initdb.log" 2>&1
serve full -c max_connections=4 -c superuser_reserved_connections=3 -c fsync=off -c log_connections=on
within 30 sql_is full 'select 1' 1 || cat "$work/full.log"
sql full 'create role app login' >/dev/null
# A session that stays; tried again, since one that just ended may still hold its place.
holder() { # OPTIONS...
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		sql full 'select pg_sleep(100)' "$@" >/dev/null 2>&1 && return
		[ ! -e "$work/enough" ] || return
		sleep 0.1
	done
}
holder -U app &
holds() { grep -q "connection authorized: user=app" "$work/full.log"; }
within 10 holds
refused "no connection left" "{postgres: \"127.0.0.1:$port_full\", $(login app x)}" \
	'has no connection left: remaining connection slots are reserved.*53300.*pg_stat_activity' db-connections-exhausted
for _ in 1 2 3; do holder & done
full() { ask "{postgres: \"127.0.0.1:$port_full\"}"; fails 'has no connection left: sorry, too many clients already .53300' >/dev/null; }
check "nor without credentials" within 10 full

# --- a server that stops: it waits for the session that is open --------------------------------------
kill -TERM "$pid_full"
shuts_down() { ask "{postgres: \"127.0.0.1:$port_full\"}"; fails 'takes no connections yet: the database system is shutting down .57P03' >/dev/null; }
check "a server that stops says so" within 10 shuts_down
check "and its cause" answer '"db-starting" in d'
: >"$work/enough"
stop full INT

# --- a server that starts: its archive does not answer yet -------------------------------------------
touch "$pg/hold"
cp -a "$pg/full" "$pg/slow"
: >"$pg/slow/standby.signal"
[ -z "$as" ] || chown postgres:postgres "$pg/slow/standby.signal"
serve slow -c restore_command="while test -e $pg/hold; do sleep 0.1; done; false" -c fsync=off \
	-c max_connections=4
starts() { ask "{postgres: \"127.0.0.1:$port_slow\"}"; fails 'takes no connections yet: the database system is starting up .57P03' >/dev/null; }
check "a server that starts says so" within 20 starts
check "and its cause" answer '"db-starting" in d'
refused "also with credentials" "{postgres: \"127.0.0.1:$port_slow\", $(login app x)}" 'the database system is starting up' db-starting
rm -f "$pg/hold"
ready() { ask "{postgres: \"127.0.0.1:$port_slow\", $(login app x)}"; passes >/dev/null; }
check "until it is a standby" within 20 ready
check "which has replayed nothing yet" answer 'v["role"] == "standby" and "replication_lag_ms" not in v'

# --- a standby whose primary is gone -----------------------------------------------------------------
within 20 replayed
stop primary INT
within 20 sql_is standby 'select count(*) from pg_stat_wal_receiver' 0
lost() { ask "{postgres: \"$(behind)\", $scram}"; answer 'v["replication_lag_ms"] > 0' >/dev/null; }
check "a standby that lost its primary: the age of what it replayed last" within 20 lost

# --- what is on the wire ------------------------------------------------------------------------------
# sent EXPRESSION: Python over `sent`, what the client's messages were.
cat >"$work/sent.py" <<'END'
import re, struct, sys
data, sent = open(sys.argv[1], "rb").read(), []
while data:
    first = struct.unpack(">I", data[:4])[0] if len(data) >= 8 else 0
    if data[:1] == b"\0" and first == 8:
        sent.append("SSLRequest")
        data = data[8:]
    elif data[:1] == b"\0":
        words = data[8:first].split(b"\0")
        sent.append("Startup " + " ".join(w.decode() for w in words if w))
        data = data[first:]
    elif data[:1] == b"\x16":
        sent.append("TLS")
        data = b""
    else:
        size = struct.unpack(">I", data[1:5])[0]
        sent.append(data[:1].decode() + (" " + data[5:size].decode() if data[:1] == b"Q" else ""))
        data = data[size + 1:]
if not eval("(%s)" % sys.argv[2]):
    sys.exit("%s\nwanted %s" % ("\n".join(sent), sys.argv[2]))
END
sent() { python3 "$work/sent.py" "$work/relay.out" "$1"; }
relay "$port_standby"
one "through a relay" "{postgres: \"127.0.0.1:$relay_port\"}" 'c["state"] == "pass"'
check "without credentials: the start-up alone, and good-bye" sent \
	'sent == ["Startup user sitrep database postgres application_name sitrep client_encoding UTF8", "X"]'
relay "$port_standby"
one "with credentials through a relay" "{postgres: \"127.0.0.1:$relay_port\", $scram}" 'c["state"] == "pass"'
only_these postgres sent '
	[s[0] for s in sent] == ["S", "p", "p", "Q", "X"] and
	re.fullmatch(r"Startup user scrammer database postgres application_name sitrep client_encoding UTF8 "
		r"statement_timeout (\d+)", sent[0]) and int(sent[0].split()[-1]) <= 3000 and
	re.fullmatch(r"Q BEGIN READ ONLY; SELECT [^;]+; COMMIT", sent[3]) and
	not re.search(r"(?i)\b(insert|update|delete|create|drop|alter|set|copy|lock|call|do|into)\b", sent[3])'
check "no password is on the wire" sh -c "! grep -q 'w=,ord' $work/relay.out"
relay "$port_standby"
one "TLS through a relay" "{postgres: \"127.0.0.1:$relay_port\", $(login secure s3cure), $(tls)}" 'c["state"] == "pass"'
check "nothing but SSLRequest goes before TLS" sent 'sent == ["SSLRequest", "TLS"]'

# --- bad servers --------------------------------------------------------------------------------------
hostile_answer=$work/answer.bin
printf 'R\0\0\0\10\0\0\0\0S\0\0\0\31server_version\00015.18\0Z\0\0\0\5I' >"$hostile_answer"
survives "{postgres: \"127.0.0.1:@PORT@\", $(login app x)}" silent slow garbage truncated oversized close reset
survives "{postgres: \"127.0.0.1:@PORT@\", $(tls)}" silent garbage close
# shellcheck disable=SC2059
says() { # NAME BYTES YAML-WITH-PORT REGEX [KIND]
	printf "$2" >"$work/says.bin"
	bad_server "${5:-late}" "$work/says.bin"
	one "$1" "${3//@PORT@/$bad_port}" "c['state'] == 'fail' and re.search(r'''${4//@PORT@/$bad_port}''', m)"
	bad_stop
}
says "bytes before TLS (CVE-2021-23222)" 'SE\0\0\0\5x' "{postgres: \"127.0.0.1:@PORT@\", $(tls)}" 'sent 6 bytes behind its answer to SSLRequest'
says "a server without TLS" 'N' "{postgres: \"127.0.0.1:@PORT@\", $(tls)}" 'offers no TLS.*ssl = on'
says "words in place of its TLS" 'Splain words, many more than a record of TLS has in its head' "{postgres: \"127.0.0.1:@PORT@\", $(tls)}" \
	'handshake with 127.0.0.1:@PORT@ failed: it does not speak TLS' twice
says "SCRAM that proves nothing" 'R\0\0\0\27\0\0\0\12SCRAM-SHA-256\0\0R\0\0\0\10\0\0\0\0' \
	"{postgres: \"127.0.0.1:@PORT@\", $(login app x)}" 'without the proof that it knows the password'
says "an error of protocol 2" 'Ecould not fork new process for connection: Cannot allocate memory\n\0' \
	'{postgres: "127.0.0.1:@PORT@"}' 'answers with an error: could not fork new process'
says "another protocol" 'HTTP/1.1 400 Bad Request\r\n\r\n' '{postgres: "127.0.0.1:@PORT@"}' 'is not PostgreSQL: it answered "HTTP/1.1 400'
says "words that command a terminal" 'E\0\0\0\31M\033]0;pwned\007\033[31mred\0\0' '{postgres: "127.0.0.1:@PORT@"}' 'answers with an error'
check "are shown harmlessly" answer '"\x1b" not in m and "\x07" not in m'
finish
