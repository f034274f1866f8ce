#!/usr/bin/env bash
# Reloading under way: by the file's change, by SIGUSR1 and by `:reload`; what did not change keeps
# its state, and a file that is wrong keeps the fleet that runs.
# shellcheck source=tests/e2e/lib.sh disable=SC2154
. "$(dirname "$0")/lib.sh"
need_tmux
command -v python3 >/dev/null 2>&1 || skip_all "python3 is not installed"

mkdir -p "$work/www" "$work/one" "$work/two"
echo '{"status": "healthy"}' >"$work/www/health"
(cd "$work/www" && exec python3 -u -m http.server --bind 127.0.0.1 0) >"$work/server.log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; cleanup' EXIT
port_known() { port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$work/server.log" | head -n 1); [ -n "$port" ]; }
within 20 port_known || { echo "Bail out! the web server did not start"; exit 1; }

fleet() { # SERVICE...: a services.yaml in which every service asks the same server
	local name
	printf 'version: 1\nfleet: reload\ndefaults: {interval: 500ms, timeout: 2s}\nservices:\n'
	for name in "$@"; do
		printf '  - {name: %s, checks: [{http: "http://127.0.0.1:%s/health"}]}\n' "$name" "$port"
	done
}
put() { # FILE: replaces it in one step, as editors do
	cat >"$1.new" && mv "$1.new" "$1"
}

fleet alpha | put "$work/one/services.yaml"
fleet alpha beta gamma | put "$work/two/services.yaml"
ln -s one "$work/config"

"$sitrep" --plain -c "$work/one/services.yaml" >"$work/plain.log" 2>"$work/plain.err" &
plain=$!
said() { grep -qE -- "$1" "$work/plain.log"; }
check "plain: the first answer" within 15 said 'UP +alpha'
fleet alpha beta | put "$work/one/services.yaml"
check "a change of the file brings a new service" within 15 said 'UP +beta'
check "what did not change is not told again" same 1 "$(grep -c alpha "$work/plain.log")"
echo 'services: [' | put "$work/one/services.yaml"
check "a wrong file is told of" within 15 grep -qE 'not reloaded: .*services.yaml:[0-9]+' "$work/plain.err"
check "once" same 1 "$(grep -c 'not reloaded' "$work/plain.err")"
fleet alpha beta delta | put "$work/one/services.yaml"
check "a wrong file in between does no harm" within 15 said 'UP +delta'
check "still not told again" same 1 "$(grep -c alpha "$work/plain.log")"
kill -TERM $plain
wait $plain
check "SIGTERM ends it with 143" same 143 $?

# A file that is put into a folder of files, and one that is taken out of it.
mkdir -p "$work/parts"
fleet alpha | put "$work/parts/a.yaml"
"$sitrep" --plain -c "$work/parts/" >"$work/plain.log" 2>"$work/plain.err" &
plain=$!
check "a folder: the first answer" within 15 said 'UP +alpha'
fleet beta | put "$work/parts/b.yaml"
check "a new file brings its service" within 15 said 'UP +beta'
fleet beta gamma | put "$work/parts/b.yaml"
check "and is watched like the others" within 15 said 'UP +gamma'
echo 'services: [' >"$work/parts/c.yaml"
check "a new file that is wrong is told of" within 15 grep -qE 'not reloaded: .*c.yaml:[0-9]+' "$work/plain.err"
fleet delta | put "$work/parts/c.yaml"
check "and taken once it is right" within 15 said 'UP +delta'
kill -TERM $plain
wait $plain

console_open screen 100x30 "-c $work/config/services.yaml"
check "console: the fleet" sees screen 'alpha.*UP'
ln -sfn two "$work/config"
program=$(screen_program screen)
kill -USR1 "$program"
check "SIGUSR1 reads the files again" sees screen 'gamma.*UP'
ln -sfn one "$work/config"
screen_keys screen : r e l o a d Enter
check ":reload does as well" sees screen 'delta.*UP'
echo 'services: [' | put "$work/one/services.yaml"
kill -USR1 "$program"
check "a wrong file shows a banner with its place" sees screen 'not reloaded: .*services.yaml:[0-9]+'
check "and the fleet runs on" sees screen 'alpha.*UP'
fleet alpha | put "$work/one/services.yaml"
kill -USR1 "$program"
check "a right one takes the banner away" loses screen 'not reloaded'
check "and the services that are gone" loses screen 'delta'
screen_keys screen q
check "q quits" sees screen 'code=0'
finish
