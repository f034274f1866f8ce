#!/bin/bash
# Silences of a real Alertmanager mute services: by name, label and expression, until they end.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
need prometheus-alertmanager prometheus-alertmanager
need amtool prometheus-alertmanager

port=$(free_port)
echo 'route: {receiver: nobody}
receivers: [{name: nobody}]' >"$work/alertmanager.yml"
manager() {
	start manager prometheus-alertmanager --config.file="$work/alertmanager.yml" --storage.path="$work/silences" \
		--web.listen-address="127.0.0.1:$port" --cluster.listen-address= --log.level=error
}
manager
wait_port "$port"
url="http://127.0.0.1:$port"
silence() { # MATCHERS... : its id
	amtool --alertmanager.url="$url" silence add --author=ops --comment="planned work" --duration="${duration:-1h}" "$@"
}
expire() { amtool --alertmanager.url="$url" silence expire "$1" && within 10 expired "$1"; }
expired() { ! amtool --alertmanager.url="$url" silence query -q | grep -q "$1"; }
fleet() { # ALERTMANAGER: a fleet of three services, all down, into $work/fleet.yaml
	cat >"$work/fleet.yaml" <<END
version: 1
fleet: shop
alertmanager: $1
environments: {prod: {default: true}}
defaults: {fall: 1, interval: 1s}
services:
  - {name: web, labels: {team: front, job: web-job}, checks: [{tcp: "127.0.0.1:1"}]}
  - {name: voice, labels: {team: back}, checks: [{tcp: "127.0.0.1:1"}]}
  - {name: store, url: "http://10.1.2.3:8080", checks: [{tcp: "127.0.0.1:1"}]}
END
}
marks() { # the marked services of the fleet, one a line
	"$sitrep" --once -o json -c "$work/fleet.yaml" >"$work/answer.json" 2>"$work/answer.err" </dev/null
	python3 -c 'import json, sys
for s in json.load(open(sys.argv[1]))["services"]:
    if s["marks"]: print(s["name"], ", ".join(s["marks"]))' "$work/answer.json"
}
muted() { # NAMES... : exactly these are muted
	local wanted="" name
	for name in "$@"; do wanted="$wanted$name muted (alertmanager)"$'\n'; done
	same "${wanted%$'\n'}" "$(marks)"
}

fleet "\"$url\""
check "no silence: nobody is muted" muted
id=$(silence service=web)
check "by the service's name" muted web
check "as the schema has it" python3 "$srcdir/tests/e2e/once.py" "$srcdir/schema/sitrep-once.schema.json" "$work/answer.json" down=3
check "a mute changes no exit code" test "$("$sitrep" --once -c "$work/fleet.yaml" >/dev/null 2>&1; echo $?)" = 2
check "the table says so" grep -q 'muted (alertmanager)' <<<"$("$sitrep" --once -o wide -c "$work/fleet.yaml")"
expire "$id"
check "it was taken back" muted
id=$(silence 'team=~"front|back"' 'job!=voice')
check "expressions are anchored, and all matchers have to hold" muted web
expire "$id"
id=$(silence 'team=~"fron"')
check "a part of a label is not enough" muted
expire "$id"
id=$(silence 'service=~".+"' 'team!~"f.*"')
check "a label that is not there is empty" muted voice store
expire "$id"
id=$(silence env=prod fleet=shop)
check "the whole environment" muted web voice store
expire "$id"
id=$(silence instance=10.1.2.3:8080)
check "the url's host and port are the instance" muted store
expire "$id"
id=$(silence alertname=TooSlow service=web)
check "a silence of one alert is none of the service" muted
expire "$id"
fleet "{url: \"$url/\", timeout: 2s, headers: {X-Scope-OrgID: a}}"
id=$(silence service=voice)
check "as a map" muted voice

expire "$id"
id=$(silence 'service=~"(?P<1>web)"') # Go takes a digit for a name
check "an expression that is not understood mutes nothing" muted
check "and is told" grep -qxF \
	"sitrep: alertmanager $url/ has 1 silence that mutes nothing here, as this expression is not understood: (?P<1>web)" \
	"$work/answer.err"
check "a table has it among its lines" grep -qF "understood: (?P<1>web)" <<<"$(COLUMNS=200 "$sitrep" --once -c "$work/fleet.yaml" 2>/dev/null)"

# --- a console: until it ends, whatever Alertmanager does -----------------------------------------
expire "$id"
id=$(duration=6s silence service=web)
fleet "{url: \"$url\", interval: 500ms}"
"$sitrep" --plain --record "$work/events" -c "$work/fleet.yaml" >"$work/plain" 2>"$work/plain.err" </dev/null &
console=$!
servers="$servers $console"
check "the console hears of it" within 10 grep -q '"kind":"silence".*planned work' "$work/events"
stop manager
check "Alertmanager is gone: it says so, and nothing is unmuted" within 10 grep -q "alertmanager $url connection refused" "$work/plain.err"
check "no silence was lifted by the error" same 1 "$(grep -c '"kind":"silence"' "$work/events")"
kill "$console"
check "without Alertmanager --once goes on, and says why" grep -q "alertmanager $url connection refused" <<<"$("$sitrep" --once -c "$work/fleet.yaml" 2>&1)"
finish
