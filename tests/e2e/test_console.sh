#!/usr/bin/env bash
# The console as a person meets it, in a terminal of several sizes: from the red row to the cause,
# resizing, leaving and coming back, and what the terminal is like afterwards.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
# shellcheck source=tests/e2e/lib.sh disable=SC2154
. "$(dirname "$0")/lib.sh"
need_tmux

whole_path() { # NAME SIZE: table, page, panes, back, quit
	local name=$1 size=$2
	console_open "$name" "$size" "--demo=route-404"
	check "$size: the failure is there" sees "$name" 'voice.*DOWN'
	check "$size: fleet and environment" sees "$name" 'nexus/demo'
	check "$size: a service that is well" sees "$name" 'gateway.*UP'
	check "$size: the count" sees "$name" '1 down'
	screen_keys "$name" Enter
	check "$size: the page of the service, with its top cause" sees "$name" '[0-9]+%'
	check "$size: what failed" sees "$name" 'realtime-session'
	screen_keys "$name" 3
	check "$size: the diagnosis" sees "$name" 'prefix'
	screen_keys "$name" 1
	check "$size: expected against got" sees "$name" '404'
	screen_keys "$name" 2
	check "$size: a line of its log" sees "$name" 'POST /api/voice/realtime-session HTTP/1.1|nexus/voice:3.0.2|GET /health'
	screen_keys "$name" Escape
	check "$size: back to the table" sees "$name" 'gateway.*UP'
	screen_keys "$name" q
	check "$size: q quits" sees "$name" 'code=0'
	check "$size: nothing is left" within 5 nothing_left
	screen_close "$name"
}
whole_path small 80x24
whole_path large 200x50

# --- sizes ----------------------------------------------------------------------------------------
console_open size 80x24 "--demo=route-404"
check "resize: starts" sees size 'voice.*DOWN'
screen_resize size 40x12
check "resize: 40x12 still names the failure" sees size 'voice'
screen_resize size 1x1
program=$(screen_program size)
check "resize: alive at 1x1" alive "$program"
screen_resize size 200x50
check "resize: 200x50" sees size 'voice.*DOWN'
screen_resize size 80x24
check "resize: back at 80x24" sees size 'kafka-ui.*UP'
no_tail() { [ "$(screen_text size | grep -c 'kafka-ui')" = 1 ]; }
check "resize: no leftovers" within 10 no_tail

# --- leaving and coming back ------------------------------------------------------------------------
screen_keys size C-z
check "Ctrl-Z: the shell is back" sees size 'Stopped'
check "Ctrl-Z: the first screen" same 0 "$(screen_alternate size)"
stopped() { grep -q '^State:.T' "/proc/$program/status"; }
check "Ctrl-Z: is stopped" within 5 stopped
screen_type size 'fg; echo code=$?'
check "fg: the table is drawn again" sees size 'voice.*DOWN'
screen_keys size q
check "fg: keys work" sees size 'code=0'
screen_close size

# --- what is left of the terminal ---------------------------------------------------------------------
stty_is() { # NAME WANTED-FILE: stty -a of the pane's shell
	screen_type "$1" "stty -a > $work/stty.now; echo stty-done"
	within 5 screen_has "$1" '^stty-done' || return 1
	diff "$2" "$work/stty.now"
}
screen_open tty 80x24
screen_type tty "stty -a > $work/stty.before; echo saved"
within 10 screen_has tty '^saved'
screen_type tty "clear; $sitrep --demo=healthy; echo code=\$?"
check "stty: starts" sees tty 'voice.*UP'
screen_keys tty q
check "stty: quits" sees tty 'code=0'
check "stty: the same after q" stty_is tty "$work/stty.before"

# SIGNAL NAME CODE: the terminal is sane after it, the exit code is right, nothing is left
after_signal() {
	local signal=$1 code=$2 program
	screen_type tty "clear; $sitrep --demo=healthy; echo code=\$?"
	check "$signal: starts" sees tty 'voice.*UP'
	program=$(screen_program tty)
	kill -"$signal" "$program"
	check "$signal: ends with $code" sees tty "code=$code"
	check "$signal: the first screen" same 0 "$(screen_alternate tty)"
	screen_type tty 'clear'
	check "$signal: the terminal is as before" stty_is tty "$work/stty.before"
	check "$signal: nothing is left" within 5 nothing_left
}
after_signal TERM 143
after_signal INT 130
after_signal HUP '[0-9]+'
after_signal SEGV 139
screen_close tty

# --- a terminal that is gone ----------------------------------------------------------------------------
console_open hang 80x24 "--demo=healthy"
check "gone terminal: starts" sees hang 'voice.*UP'
program=$(screen_program hang)
tmux_ kill-server
check "gone terminal: the program ends" within 10 gone "$program"
check "gone terminal: nothing is left" within 5 nothing_left

# --- kinds of terminals ---------------------------------------------------------------------------------
kind() { # NAME VAR=VALUE...
	local name=$1
	shift
	console_open "$name" 80x24 "--demo=route-404" "$@"
	check "$*: shows the failure" sees "$name" 'voice.*DOWN'
	screen_keys "$name" q
	check "$*: quits" sees "$name" 'code=0'
	screen_close "$name"
}
kind vt100 TERM=vt100
kind linux TERM=linux
kind screen256 TERM=screen-256color
kind tmux256 TERM=tmux-256color
kind nocolor NO_COLOR=1

console_open ascii 80x24 "--demo=route-404" LC_ALL=C
check "LC_ALL=C: shows the failure" sees ascii 'voice.*DOWN'
only_ascii() { ! screen_text ascii | LC_ALL=C grep -q '[^ -~]'; }
check "LC_ALL=C: ASCII alone" only_ascii
screen_keys ascii q
check "LC_ALL=C: quits" sees ascii 'code=0'
screen_close ascii

no_colour() { ! tmux_ capture-pane -e -p -t plain | grep -qP '\033\[([0-9;]*;)?(3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]'; }
console_open plain 80x24 "--demo=route-404" NO_COLOR=1
check "NO_COLOR: starts" sees plain 'voice.*DOWN'
check "NO_COLOR: no colour on the screen" no_colour
screen_keys plain q
check "NO_COLOR: quits" sees plain 'code=0'
screen_close plain

# A dumb terminal gets a line a change, and Ctrl-C ends it.
console_open dumb 80x24 "--demo=route-404" TERM=dumb
check "TERM=dumb: says the failure" sees dumb 'DOWN +voice'
check "TERM=dumb: no second screen" same 0 "$(screen_alternate dumb)"
screen_keys dumb C-c
check "TERM=dumb: Ctrl-C ends it" sees dumb 'code=130'
screen_close dumb
check "nothing is left of all" within 10 nothing_left
finish
