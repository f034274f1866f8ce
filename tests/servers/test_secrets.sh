#!/bin/bash
# Secrets that a server sends back just where its words are cut: nothing of them is left, not even their beginning.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
export LONG SHORT=Tr0ub4dor-and-3
LONG=$(printf 'k3y-%04d.' $(seq 200))
start cut python3 "$tools/cut_server.py" "$SHORT" "$LONG"
prints_port cut
web=http://127.0.0.1:$port
filler=$(printf '%4040s' '' | tr ' ' a)

# The answer, and all events with their evidence, hold no beginning of a secret. A check that fails is an answer too.
hides() {
	ask "$@" || :
	ask_file "$work/services.yaml" --record "$work/record" || :
	[ -s "$work/record" ] && ! grep -oE '.{0,60}(Tr0|k3y-).{0,20}' "$work/answer.json" "$work/answer.err" "$work/record"
}
# around NAME FROM TO YAML EXPRESSION: with each length of filler (@N@) between them, in one fleet.
around() {
	local n wanted=$5 checks=()
	for ((n = $2; n <= $3; n += 3)); do checks+=("$(sed "s/@FILL@/${filler:0:n}/; s/@N@/$n/g" <<<"$4")"); done
	rm -f "$work/record"
	check "$1" eval 'hides "${checks[@]}" && answer "$wanted"'
}

service_keys='headers: {X-Long: "${env:LONG}", X-Short: "${env:SHORT}"}'
around "a body that ends in a long secret" 4000 4003 "{name: n@N@, http: $web/body/@N@}" 'c["state"] == "pass"'
around "a body that other secrets have shortened" 4050 4100 "{name: n@N@, http: $web/shrunk/@N@}" 'c["state"] == "pass"'
around "a body that is cut in a secret" 1 14 "{name: n@N@, http: $web/huge/@N@, timeout: 20s}" 'c["state"] == "pass"'
prints() { echo "{name: n@N@, command: [python3, -c, \"import os, sys; long, short = os.environ['LONG'], os.environ['SHORT']; sys.$1\"], env: {SHORT: \"\${env:SHORT}\", LONG: \"\${env:LONG}\"}}"; }
around "command: output that is cut in a secret" 1 14 "$(prints "stdout.write('a' * (4096 - @N@) + short + 'b' * 9000)")" 'c["state"] == "pass"'
around "command: an error that is cut in a secret" 1 1 "$(prints "stderr.write(long * 20)")" 'c["state"] == "pass"'
around "a request that is longer than what is kept of it" 1 1 "{name: n, http: \"$web/plain/1?$filler=\${env:LONG}\"}" 'c["state"] == "pass"'
around "prometheus: an error" 25 40 "{name: n@N@, prometheus: up, server: $web/error/@N@}" '"is refused with 400 aaa" in m'
around "prometheus: the words of an error" 285 300 "{name: n@N@, prometheus: up, server: $web/error/@N@}" '"is refused with 400 aaa" in m'
around "prometheus: a type of result" 25 40 "{name: n@N@, prometheus: up, server: $web/type/@N@}" '"is of the type aaa" in m'
around "prometheus: a series" 470 500 "{name: n@N@, prometheus: up, server: $web/series/@N@}" 'c["state"] == "fail" and "aaa" in m'
around "cors: a header of the answer" 300 500 "{name: n@N@, cors: $web/cors/@N@, origin: \"https://p.example\"}" 'c["state"] == "fail"'
around "http: a header's name" 1 7 "{name: n@N@, http: $web/name/@N@, expect: [header X-Other absent]}" 'c["state"] == "pass"'
around "websocket: a header's name" 1 7 "{name: n@N@, websocket: $web/name/@N@, expect: [header X-Other absent]}" 'c["state"] == "fail"'
around "openapi: routes" 250 450 "{name: n@N@, openapi: $web/openapi/@N@, routes: [GET /gone]}" 'c["state"] == "fail"'
around "socketio: a refusal" 380 500 "{name: n@N@, socketio: $web/polling/@N@, transports: [polling]}" 'c["state"] == "fail"'
around "container: the engine's words" 380 500 "{name: n@N@, container: x, engine: $web/engine/@N@}" 'c["state"] == "fail"'
around "container: the end of a long line" 1 1 "{name: n, container: x, engine: $web}" 'c["state"] == "fail"'
check "of whose beginning nothing is left either" eval '! grep -q "nd-3" "$work/answer.json" && answer "\"BBBB\" in v[\"last_lines\"]"'
around "mqtt: a client's name" 478 505 "{name: n@N@, mqtt: \"127.0.0.1:$port\", client_id: \"@FILL@\${env:SHORT}\"}" 'c["state"] == "fail"'

# Credentials in addresses, which no variable brought in.
service_keys=
keeps() { # SECRET YAML EXPRESSION
	rm -f "$work/record"
	ask "$2" || :
	ask_file "$work/services.yaml" --record "$work/record" || :
	[ -s "$work/record" ] && ! grep -F "$1" "$work/answer.json" "$work/answer.err" "$work/record" && answer "$3"
}
in_address() { check "$1" keeps "${@:2}"; }
in_address "container: a password in the engine's URL" Sw0rdfish "{container: x, engine: \"http://al:Sw0rdfish@127.0.0.1:$port\"}" 'c["state"] == "fail" and v["exit_code"] == 1'
in_address "container: an engine that is not there" Sw0rdfish '{container: x, engine: "tcp://al:Sw0rdfish@127.0.0.1:'"$(free_port)"'"}' 'c["state"] == "fail"'
in_address "container: of a wrong kind" Sw0rdfish '{container: x, engine: "ssh://al:Sw0rdfish@127.0.0.1"}' 'c["state"] == "unknown"'
in_address "a token in place of the user" Sw0rdfish "{http: \"http://Sw0rdfish@127.0.0.1:$port/echo/1\"}" 'c["state"] == "pass"'
in_address "a password that is percent-encoded, as the server decodes it" "Sw0rd fish" "{http: \"http://al:Sw0rd%20fish@127.0.0.1:$port/decoded/1\", expect: [body == x]}" 'c["state"] == "fail" and "***" in m'
export DOCKER_HOST=tcp://al:Sw0rdfish@127.0.0.1:$port
in_address "container: a password in DOCKER_HOST" Sw0rdfish "{container: x}" 'c["state"] == "fail" and v["exit_code"] == 1'
finish
