#!/usr/bin/env bash
# usage: screens.sh SITREP FOLDER: the main screens in a real xterm under Xvfb, as PNG files, so that
# a person can look at them. Not a test: nothing is judged.
set -u
sitrep=$(realpath "$1")
out=$2
mkdir -p "$out" || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/sitrep-screens.XXXXXX") || exit 1
pids=
trap 'kill $pids 2>/dev/null; tmux -S "$work/tmux" kill-server 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT

mkfifo "$work/display.fifo" && exec 3<>"$work/display.fifo" || exit 1
Xvfb -displayfd 3 -screen 0 1800x1200x24 -nolisten tcp >"$work/xvfb.log" 2>&1 &
pids="$pids $!"
read -rt 20 number <&3 || { cat "$work/xvfb.log"; exit 1; }
export DISPLAY=:$number

pause() { read -rt "$1" <> <(:) || :; }

# shot NAME GEOMETRY ARGS... -- KEYS...: an xterm, keys typed, one picture; $paper is its ground
paper=black ink=grey90
shot() {
	local name=$1 geometry=$2 args=() key id i
	shift 2
	while [ $# -gt 0 ] && [ "$1" != -- ]; do args+=("$1"); shift; done
	[ $# = 0 ] || shift
	rm -rf "$work/tmux"
	xterm -fa 'DejaVu Sans Mono' -fs 10 -bg "$paper" -fg "$ink" -geometry "$geometry" -title "$name" \
		-e tmux -S "$work/tmux" -f /dev/null new-session "TERM=tmux-256color '$sitrep' ${args[*]}" &
	local pid=$!
	for i in $(seq 100); do
		tmux -S "$work/tmux" capture-pane -p 2>/dev/null | grep -q . && break
		pause 0.1
	done
	tmux -S "$work/tmux" set -g status off
	pause 4
	for key in "$@"; do
		tmux -S "$work/tmux" send-keys "$key"
		pause 0.7
	done
	pause 1
	id=$(xwininfo -root -tree 2>/dev/null | awk -v n="\"$name\"" 'index($0, n) { print $1; exit }')
	import -window "${id:-root}" "$out/$name.png" && echo "$out/$name.png"
	tmux -S "$work/tmux" kill-server 2>/dev/null
	kill $pid 2>/dev/null
	wait $pid 2>/dev/null
}

shot table-200x50 200x50 --demo=route-404
shot table-80x24 80x24 --demo=route-404
shot page-160x45 160x45 --demo=route-404 -- Enter
shot page-80x24 80x24 --demo=route-404 -- Enter
shot diagnosis-120x40 120x40 --demo=module-missing -- Enter 3
shot help-120x40 120x40 --demo=route-404 -- '?'
shot wall-160x45 160x45 --wall --demo=outage
paper=white ink=black
shot outage-light-120x40 120x40 --demo=outage --theme light
paper=black ink=grey90
shot outage-mono-120x40 120x40 --demo=outage --theme mono
