#!/usr/bin/env bash
# `mysql` with a real MariaDB, over TCP, unix socket and TLS: each kind of log-in, each way to be refused,
# a server that is full, hosts that are blocked or unknown, and what is on the wire. What MySQL 8 does at a
# log-in is played from its packets.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99

need mariadbd mariadb-server
need mariadb-install-db mariadb-server
need openssl openssl
my=$work/my
mkdir "$my"
chmod 755 "$work"
user=$(id -un)
[ "$(id -u)" != 0 ] || { user=mysql; chown mysql "$my"; }
export TMPDIR=$my # the server's user writes there

certificates() {
	cd "$my" || return
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=test CA" -keyout ca.key -out ca.pem
	openssl req -newkey rsa:2048 -nodes -subj "/CN=db.example.test" -keyout server.key -out server.csr
	openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out server.pem \
		-extfile <(echo "subjectAltName=DNS:db.example.test")
	chmod 644 ./*.pem server.key
}
(certificates) >"$work/openssl.log" 2>&1 || { cat "$work/openssl.log"; exit 1; }
mariadb-install-db --no-defaults --user="$user" --datadir="$my/data" --skip-test-db \
	--auth-root-authentication-method=normal >"$work/install.log" 2>&1 || { cat "$work/install.log"; exit 1; }
serve() { # NAME OPTIONS...
	local name=$1 port
	shift
	port=$(free_port)
	printf -v "port_$name" %s "$port"
	start "$name" mariadbd --no-defaults --user="$user" --datadir="$my/data" --socket="$my/$name" --port="$port" \
		--bind-address=127.0.0.1 --pid-file="$my/$name.pid" --innodb-flush-log-at-trx-commit=0 \
		--log-warnings=2 "$@"
}
sql() { mariadb --no-defaults -NB -S "$my/main" -u root -e "$1"; }
sql_is() { [ "$(sql "$1" 2>/dev/null)" = "$2" ]; }
end_server() {
	[ -z "${pid_main:-}" ] || stop main
	cleanup
}
trap end_server EXIT

serve main --max-connect-errors=3 --performance-schema=ON --plugin-load-add=auth_ed25519 \
	--ssl-cert="$my/server.pem" --ssl-key="$my/server.key" --ssl-ca="$my/ca.pem"
within 60 sql_is 'select 1' 1 || { cat "$work/main.log"; exit 1; }
sql "drop user if exists ''@localhost; delete from mysql.global_priv where user = '' or host not in ('localhost');
	flush privileges;
	create user app@localhost identified by 'pass\"w=,ord';
	create user app@'127.0.0.1' identified by 'pass\"w=,ord';
	create user secure@localhost identified by 's3cure' require ssl;
	create user ed@localhost identified via ed25519 using password('x');
	create user unix@localhost identified via unix_socket;
	create user locked@localhost identified by 'x' account lock;
	create user few@localhost identified by 'x' with max_user_connections 1;
	create user old@localhost identified by 'x' password expire" || exit 1

service_keys='fall: 1'
on() { echo "127.0.0.1:$port_main"; }
login() { echo "auth: {basic: {user: $1, password: '$2'}}"; }
app=$(login app 'pass"w=,ord')
refused() { # NAME YAML REGEX [DIAGNOSIS]
	one "$1" "$2" "c['state'] == 'fail' and re.search(r'''$3''', m) and ('${4:-}' == '' or '${4:-}' in d)"
}

# --- well ---------------------------------------------------------------------------------------------
greeted='c["state"] == "pass" and v["product"] == "MariaDB" and re.match(r"^1[0-9]\.[0-9]+\.[0-9]+$", v["version"])'
healthy="$greeted"' and v["read_only"] is False and v["connections"] >= 1 and 0 < v["connections_used"] < 100'
one "without credentials" "{mysql: \"$(on)\"}" "$greeted and 'read_only' not in v"
one "a scheme in front of the address" "{mysql: \"mysql://$(on)\"}" "$greeted"
one "unix socket" "{mysql: \"unix:$my/main\"}" "$greeted"
one "with credentials" "{mysql: \"$(on)\", $app}" "$healthy"
one "unix socket with credentials" "{mysql: \"unix:$my/main\", $app}" "$healthy"
one "assertions of its own" "{mysql: \"$(on)\", $app, expect: [product == MariaDB, read_only == false, connections_used < 80]}" \
	'c["state"] == "pass" and len(c["assertions"]) == 4'
check "the example of the manual" example mysql 127.0.0.1:3306="$(on)" 'user: monitor=user: app' \
	'${env:MYSQL_PASSWORD:-secret}=pass\"w=,ord'
check "passes" passes
one "nothing listens" "{mysql: \"127.0.0.1:$(free_port)\"}" 'c["state"] == "fail" and "refused" in m'
sql 'set global read_only = on'
one "a server that takes no writes" "{mysql: \"$(on)\", $app, expect: [read_only == false]}" \
	'c["state"] == "fail" and v["read_only"] is True and "db-read-only" in d'
sql 'set global read_only = off'

# --- refused ------------------------------------------------------------------------------------------
refused "a wrong password" "{mysql: \"$(on)\", $(login app wr0ngsecret)}" \
	'^mysql \S+ refuses the password of user "app": Access denied.*1045.*check auth' db-auth-failed
one "a refusal that is expected" "{mysql: \"$(on)\", $(login app wr0ngsecret), expect: [refusal == 1045]}" \
	'c["state"] == "pass" and v["refusal"] == "1045"'
check "no secret is shown" sh -c "! grep -q wr0ngsecret $work/answer.json"
refused "a user that is not there" "{mysql: \"$(on)\", $(login nobody x)}" 'refuses the password of user "nobody"' db-auth-failed
refused "a user of the unix socket, over TCP" "{mysql: \"$(on)\", $(login unix x)}" 'refuses the password of user "unix"'
refused "a locked user" "{mysql: \"$(on)\", $(login locked x)}" 'has locked user "locked"'
refused "an expired password" "{mysql: \"$(on)\", $(login old x)}" 'wants a new password of user "old"'
one "a plugin that it cannot do" "{mysql: \"$(on)\", $(login ed x)}" \
	'c["state"] == "unknown" and "wants the log-in plugin client_ed25519" in m'

# --- TLS ----------------------------------------------------------------------------------------------
tls() { echo "tls: {ca: $my/ca.pem, server_name: ${1:-db.example.test}}"; }
one "TLS with a CA of its own" "{mysql: \"$(on)\", $(login secure s3cure), $(tls)}" "$healthy and v['cert_ms'] > 0"
one "TLS without credentials" "{mysql: \"$(on)\", $(tls), expect: [\"cert > 1d\"]}" "$greeted"
refused "a user that has to come by TLS" "{mysql: \"$(on)\", $(login secure s3cure)}" 'refuses the password of user'
refused "a certificate for another name" "{mysql: \"$(on)\", $app, $(tls orders.example.test)}" \
	'certificate is for another name, asked as orders\.example\.test; it is for db\.example\.test' tls-wrong-name
refused "a certificate of an unknown CA" "{mysql: \"$(on)\", $app, tls: {server_name: db.example.test}}" 'issuer is not trusted'
sql 'set global require_secure_transport = on'
refused "TLS is demanded, which MariaDB says as of a wrong password" "{mysql: \"$(on)\", $app}" \
	'refuses the password of user "app": .*1045.*tls: true where the server demands TLS'
one "a server that demands TLS is alive" "{mysql: \"$(on)\"}" "$greeted"
sql 'set global require_secure_transport = off'

# --- hosts --------------------------------------------------------------------------------------------
# From 127.0.0.2, since the server never blocks loopback's own address.
relay "$port_main" 127.0.0.2
far=$relay_port
refused "a host without a user" "{mysql: \"127.0.0.1:$far\"}" \
	"lets nobody in from this host: Host '127.0.0.2' is not allowed.*1130" db-host-not-allowed
sql "create user app@'127.0.0.2' identified by 'pass\"w=,ord'"
errors() { sql_is "select sum_connect_errors from performance_schema.host_cache where ip = '127.0.0.2'" "$1"; }
for _ in 1 2 3 4 5; do ask "{mysql: \"127.0.0.1:$far\"}"; done
check "five checks without credentials, more than max_connect_errors" answer "$greeted"
check "are not counted as broken handshakes" errors 0
ask "{mysql: \"127.0.0.1:$far\", $(tls)}"
check "nor with TLS" errors 0
ask "{mysql: \"127.0.0.1:$far\", $(login app wrong)}"
check "nor a wrong password" errors 0
# A port probe as others do it: it leaves after the greeting.
leaves() { python3 -c 'import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as s: s.recv(100)' "$far"; }
for _ in 1 2 3; do leaves; done
within 10 errors 3
refused "a host that is blocked" "{mysql: \"127.0.0.1:$far\", $app}" \
	"blocks this host: Host '127.0.0.2' is blocked because of many connection errors.*1129.*FLUSH HOSTS" mysql-host-blocked
sql 'flush hosts'
one "and let in again" "{mysql: \"127.0.0.1:$far\", $app}" "$healthy"

# --- no connection left -------------------------------------------------------------------------------
cat >"$work/hold.py" <<'END'
import socket, sys, time
place, count = sys.argv[1], int(sys.argv[2])
held = []
for _ in range(count):
    held.append(socket.create_connection(("127.0.0.1", int(place))))
    if b"Too many" in held[-1].recv(200):
        break
print("held", flush=True)
sys.stdin.read()
END
sql 'set global max_connections = 10; set global connect_timeout = 60'
mkfifo "$work/until"
python3 "$work/hold.py" "$port_main" 20 <"$work/until" >"$work/held" 2>&1 &
servers="$servers $!"
exec 5>"$work/until"
within 10 grep -q held "$work/held"
refused "no connection left" "{mysql: \"$(on)\"}" 'has no connection left: Too many connections .1040' db-connections-exhausted
exec 5>&-
free() { sql 'select 1' >/dev/null 2>&1; }
within 10 free
sql 'set global max_connections = 100'

# --- what is on the wire ------------------------------------------------------------------------------
cat >"$work/sent.py" <<'END'
import sys
data, sent = open(sys.argv[1], "rb").read(), []
while data:
    size = int.from_bytes(data[:3], "little")
    if data[0] == 0x16 and data[1] == 3:
        sent.append("TLS")
        break
    body = data[4:4 + size]
    if data[3] == 0:
        sent.append({1: "COM_QUIT", 3: "COM_QUERY " + body[1:].decode()}[body[0]])
    else:
        sent.append("SSLRequest" if size == 32 else "HandshakeResponse " + body[32:].split(b"\0")[0].decode())
    data = data[4 + size:]
if not eval("(%s)" % sys.argv[2]):
    sys.exit("%s\nwanted %s" % ("\n".join(sent), sys.argv[2]))
END
sent() { python3 "$work/sent.py" "$work/relay.out" "$1"; }
relay "$port_main"
one "through a relay" "{mysql: \"127.0.0.1:$relay_port\"}" "$greeted"
check "without credentials: a user without a password alone" sent 'sent == ["HandshakeResponse sitrep"]'
relay "$port_main"
one "with credentials through a relay" "{mysql: \"127.0.0.1:$relay_port\", $app}" "$healthy"
only_these mysql sent 'sent == ["HandshakeResponse app",
	"COM_QUERY SELECT @@global.read_only, @@global.max_connections",
	"COM_QUERY SHOW GLOBAL STATUS LIKE \x27Threads_connected\x27", "COM_QUIT"]'
check "no password is on the wire" sh -c "! grep -q 'w=,ord' $work/relay.out"
relay "$port_main"
one "TLS through a relay" "{mysql: \"127.0.0.1:$relay_port\", $(login secure s3cure), $(tls)}" "$healthy"
check "nothing but SSLRequest goes before TLS" sent 'sent == ["SSLRequest", "TLS"]'

# --- MySQL 8, from its packets --------------------------------------------------------------------------
# packet SEQUENCE BYTES (printf's), to standard output; its length is counted.
# shellcheck disable=SC2059
packet() {
	local len
	len=$(printf "$2" | wc -c)
	printf "\\$(printf %o $((len % 256)))\\$(printf %o $((len / 256)))\\0\\$(printf %o "$1")"
	printf "$2"
}
greeting() { # CAPABILITIES' low two bytes, PLUGIN
	packet 0 "\\0128.0.36\\0\\10\\0\\0\\0ABCDEFGH\\0$1\\377\\2\\0\\377\\337\\25\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0IJKLMNOPQRST\\0$2\\0"
}
answers() { # to both questions
	packet 1 '\2'; packet 2 'def one'; packet 3 'def two'; packet 4 '\376\0\0\2\0'; packet 5 '\0010\003151'; packet 6 '\376\0\0\2\0'
	packet 1 '\2'; packet 2 'def one'; packet 3 'def two'; packet 4 '\376\0\0\2\0'; packet 5 '\021Threads_connected\0017'
	packet 6 '\376\0\0\2\0'
}
{ greeting '\377\367' caching_sha2_password; packet 2 '\1\3'; packet 3 '\0\0\0\2\0\0\0'; answers; } >"$work/fast"
{ greeting '\377\367' caching_sha2_password; packet 2 '\1\4'; } >"$work/full"
{ greeting '\377\367' caching_sha2_password; packet 2 '\376mysql_clear_password\0'; } >"$work/clear"
{ greeting '\377\367' caching_sha2_password; packet 2 '\376dialog\0'; } >"$work/dialog"
played() { # NAME FILE YAML EXPRESSION
	bad_server file "$work/$2"
	one "$1" "${3//@PORT@/$bad_port}" "$4"
	bad_stop
}
mysql8="{mysql: \"127.0.0.1:@PORT@\", $(login app x)}"
played "caching_sha2_password, known to the server" fast "$mysql8" \
	'c["state"] == "pass" and v["product"] == "MySQL" and v["version"] == "8.0.36" and v["connections"] == 7 and
	4.6 < v["connections_used"] < 4.7 and v["read_only"] is False'
played "the password itself goes over TLS alone" full "$mysql8" 'c["state"] == "unknown" and "set tls: true" in m and "caching_sha2" in m'
played "nor to a plugin of clear text" clear "$mysql8" 'c["state"] == "unknown" and "set tls: true" in m'
played "a plugin that is not known" dialog "$mysql8" 'c["state"] == "unknown" and "dialog" in m'
{ greeting '\377\367' caching_sha2_password; packet 2 '\376mysql_native_password\0abcdefghijklmnopqrst\0'; packet 4 '\0\0\0\2\0\0\0'
	packet 1 '\377\251\004#HY000Unknown system variable'
	packet 1 '\2'; packet 2 'def one'; packet 3 'def two'; packet 4 '\376\0\0\2\0'; packet 5 '\021Threads_connected\0017'
	packet 6 '\376\0\0\2\0'; } >"$work/switched"
played "another plugin is asked for; a variable is not known" switched "$mysql8" \
	'c["state"] == "pass" and v["connections"] == 7 and "read_only" not in v'
greeting '\377\347' caching_sha2_password >"$work/plain"
played "a server without TLS" plain "{mysql: \"127.0.0.1:@PORT@\", $(tls)}" 'c["state"] == "fail" and "offers no TLS" in m'
{ greeting '\377\377' caching_sha2_password; packet 2 '\0\0\0\2\0\0\0'; } >"$work/early"
played "bytes before TLS" early "{mysql: \"127.0.0.1:@PORT@\", $(tls)}" 'c["state"] == "fail" and "where TLS had to begin" in m'
{ greeting '\377\367' mysql_native_password; packet 2 '\377\127\014#HY000Connections using insecure transport are prohibited'; } >"$work/insecure"
played "MySQL demands TLS" insecure "$mysql8" 'c["state"] == "fail" and re.search("wants TLS of user .app.*3159.*set tls: true", m) and "db-ssl-required" in d'
played "and is alive" insecure '{mysql: "127.0.0.1:@PORT@"}' 'c["state"] == "pass"'
packet 0 '\0113.21\0' >"$work/nine"
played "version 9 of the protocol" nine '{mysql: "127.0.0.1:@PORT@"}' 'c["state"] == "fail" and "speaks version 9" in m'
printf 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n' >"$work/ssh"
played "another protocol" ssh '{mysql: "127.0.0.1:@PORT@"}' 'c["state"] == "fail" and "is not MySQL: it answered \"SSH-2.0" in m'

# The password itself goes through TLS: a server that asks for it there and compares.
cat >"$work/asks.py" <<'END'
import socket, ssl, sys
greeting, answers, folder = open(sys.argv[1], "rb").read(), open(sys.argv[2], "rb").read(), sys.argv[3]
def packet(stream):
    head = stream.read(4)
    return stream.read(int.from_bytes(head[:3], "little"))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder + "/server.pem", folder + "/server.key")
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    while True:
        plain, _ = server.accept()
        plain.sendall(greeting)
        assert len(plain.recv(36, socket.MSG_WAITALL)) == 36
        with context.wrap_socket(plain, server_side=True) as secure:
            stream = secure.makefile("rb")
            packet(stream)
            secure.sendall(b"\2\0\0\3\1\4")
            if packet(stream) == b"x\0":
                secure.sendall(b"\7\0\0\5\0\0\0\2\0\0\0" + answers)
            else:
                secure.sendall(b"\x0f\0\0\5\xff\x15\x04#28000denied")
            stream.read()
END
greeting '\377\377' caching_sha2_password >"$work/secure"
answers >"$work/answers"
python3 "$work/asks.py" "$work/secure" "$work/answers" "$my" >"$work/asks.port" 2>"$work/asks.log" &
servers="$servers $!"
within 10 test -s "$work/asks.port"
asks=$(cat "$work/asks.port")
one "caching_sha2_password wants the password itself, over TLS" "{mysql: \"127.0.0.1:$asks\", $(login app x), $(tls)}" \
	'c["state"] == "pass" and v["version"] == "8.0.36" and v["connections"] == 7'
one "and refuses another" "{mysql: \"127.0.0.1:$asks\", $(login app y), $(tls)}" 'c["state"] == "fail" and "denied (1045)" in m'

# --- bad servers --------------------------------------------------------------------------------------
hostile_answer=$work/welcome
{ greeting '\377\367' caching_sha2_password; packet 2 '\0\0\0\2\0\0\0'; } >"$hostile_answer"
survives "$mysql8" silent slow garbage truncated oversized close reset
survives "{mysql: \"127.0.0.1:@PORT@\", $(tls)}" silent close
finish
