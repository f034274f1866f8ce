#!/usr/bin/env bash
# usage: valgrind.sh SITREP: no invalid access and no definite leak over one --once and one console
# session, on the demo fleet. The console runs in tmux, since it wants a terminal.
set -u
sitrep=$(realpath "$1")
work=$(mktemp -d "${TMPDIR:-/tmp}/sitrep-valgrind.XXXXXX") || exit 1
socket=$work/tmux
trap 'tmux -S "$socket" kill-server 2>/dev/null; pkill -P $$; rm -rf "$work"' EXIT
trap 'exit 130' INT
check="valgrind -q --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite
	--suppressions=$(dirname "$(realpath "$0")")/valgrind.supp --child-silent-after-fork=yes --error-exitcode=99 --log-file=$work/%p.log"

fail() {
	echo "valgrind: $1"
	cat "$work"/*.log 2>/dev/null
	exit 1
}

# shellcheck disable=SC2086
$check "$sitrep" --demo=route-404 --once -o json >"$work/once.json" 2>"$work/once.err"
code=$?
[ $code = 2 ] || fail "--once exited with $code, not 2: $(cat "$work/once.err")"
echo "ok --once"

tmux -S "$socket" -f /dev/null new-session -d -x 120 -y 40 \
	"$(echo $check) '$sitrep' --demo=route-404; echo \$? >'$work/code'"
wait_for() { # TEXT: until the screen shows it, bounded
	local i
	for i in $(seq 600); do
		tmux -S "$socket" capture-pane -p 2>/dev/null | grep -q -- "$1" && return 0
		[ ! -e "$work/code" ] || return 1
		read -rt 0.1 <> <(:) || :
	done
	return 1
}
wait_for DOWN || fail "the console did not show DOWN: $(tmux -S "$socket" capture-pane -p 2>/dev/null)"
tmux -S "$socket" send-keys Enter
wait_for route-prefix-mismatch || wait_for 'prefix' || fail "the page did not show the cause"
tmux -S "$socket" send-keys q q
for _ in $(seq 300); do
	[ -e "$work/code" ] && break
	read -rt 0.1 <> <(:) || :
done
[ "$(cat "$work/code" 2>/dev/null)" = 0 ] || fail "the console exited with $(cat "$work/code" 2>/dev/null || echo nothing)"
[ -z "$(cat "$work"/*.log)" ] || fail "valgrind complained"
echo "ok console"
