# shellcheck shell=bash
# Sourced by the scripts of tests/e2e: TAP output, a home of the test's own, the console inside a
# tmux server of the test's own, and waiting for a condition with a bound. Whatever a script starts
# is ended by its id when the script ends.
set -u
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${builddir:=$srcdir/build}"
sitrep=${SITREP:-$builddir/sitrep}
# The system's Python has the modules that tests need; one of a version manager may stand before it.
PATH=/usr/bin:/bin:$PATH
work=$(mktemp -d /tmp/sitrep-e2e-XXXXXX) || exit 1
mkdir -p "$work/home" "$work/tmp" "$work/state"
export HOME=$work/home TMPDIR=$work/tmp XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/home
export TMUX_TMPDIR=$work LC_ALL=C.UTF-8 TERM=screen-256color
unset NO_COLOR COLUMNS LINES SITREP_CONFIG SITREP_ENV TMUX http_proxy https_proxy all_proxy

tap_count=0
tap_ok() { tap_count=$((tap_count + 1)); echo "ok $tap_count - $1"; }
tap_not_ok() { # NAME, then what was seen, as comments
	tap_count=$((tap_count + 1))
	echo "not ok $tap_count - $1"
	shift
	[ $# = 0 ] || printf '%s\n' "$*" | sed 's/^/# /'
}
check() { # NAME COMMAND...: ok where the command succeeds; its words go to the log
	local name=$1 words
	shift
	if words=$("$@" 2>&1); then tap_ok "$name"; else tap_not_ok "$name" "$words"; fi
}
same() { # WANTED GOT
	[ "$1" = "$2" ] || { printf 'wanted: %s\ngot:    %s\n' "$1" "$2"; return 1; }
}
finish() { echo "1..$tap_count"; exit 0; }
skip_all() { # WHY: in CI everything can be installed, so there a skip is a failure
	if [ -n "${CI:-}" ]; then
		echo "not ok 1 - $1"
		echo "1..1"
		exit 1
	fi
	echo "1..0 # SKIP $1"
	exit 0
}

# within SECONDS COMMAND...: repeats the command until it succeeds or the time is over.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# --- processes ----------------------------------------------------------------------------------
alive() { kill -0 "$1" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }
gone() { ! alive "$1"; }
nothing_left() { # no demo folder of ours, and no process whose command line names our folder
	local left
	left=$(ls -A "$work/tmp")
	[ -z "$left" ] || { echo "left in TMPDIR: $left"; return 1; }
	left=$(grep -laz -- "$work/tmp/sitrep-demo" /proc/[0-9]*/cmdline 2>/dev/null)
	[ -z "$left" ] || { echo "still runs: $left"; return 1; }
}

# start_server KIND: tests/e2e/server.py in the background; its port in port_KIND. Ended by cleanup.
servers=
start_server() {
	python3 "$srcdir/tests/e2e/server.py" "$1" >"$work/port.$1" &
	servers="$servers $!"
	within 10 test -s "$work/port.$1" || echo "# no server $1"
	printf -v "port_$1" %s "$(cat "$work/port.$1")"
}
# Whether process PID has a connection to PORT.
asked_by() { ss -tnpH state established "dport = :$2" 2>/dev/null | grep -q "pid=$1,"; }

# --- a console in tmux --------------------------------------------------------------------------
# One tmux server per script; each screen is a session of one pane that runs a plain shell, so that
# job control, stty and exit codes are those that a person has.
tmux_() { tmux -L e2e -f /dev/null "$@"; }
need_tmux() { command -v tmux >/dev/null 2>&1 || skip_all "tmux is not installed"; }
screen_open() { # NAME COLUMNSxROWS [VAR=VALUE...]
	local name=$1 size=$2
	shift 2
	# A session that stays keeps the server when the last screen closes.
	tmux_ has-session -t base 2>/dev/null || tmux_ new-session -d -s base cat
	tmux_ new-session -d -s "$name" -x "${size%x*}" -y "${size#*x}" \
		env PS1='e2e$ ' "$@" bash --norc --noprofile -i
	tmux_ set-option -t "$name" status off >/dev/null
	tmux_ resize-window -t "$name" -x "${size%x*}" -y "${size#*x}"
	within 10 screen_has "$name" 'e2e\$ *$' || echo "# no shell in $name"
}
screen_close() { tmux_ kill-session -t "$1" 2>/dev/null; }
screen_resize() { tmux_ resize-window -t "$1" -x "${2%x*}" -y "${2#*x}"; }
screen_keys() { local name=$1; shift; tmux_ send-keys -t "$name" "$@"; }
screen_type() { tmux_ send-keys -t "$1" -l "$2"; tmux_ send-keys -t "$1" Enter; }
screen_text() { tmux_ capture-pane -p -t "$1" 2>/dev/null; }
screen_has() { screen_text "$1" | grep -qE -- "$2"; }
screen_lacks() { ! screen_has "$1" "$2"; }
# sees NAME PATTERN [SECONDS]: waits for it; shows the screen where it does not come
sees() {
	within "${3:-15}" screen_has "$1" "$2" && return 0
	printf 'no /%s/ on the screen:\n' "$2"
	screen_text "$1"
	return 1
}
loses() {
	within "${3:-15}" screen_lacks "$1" "$2" && return 0
	printf 'still /%s/ on the screen:\n' "$2"
	screen_text "$1"
	return 1
}
screen_shell() { tmux_ display-message -p -t "$1" '#{pane_pid}'; }
screen_alternate() { tmux_ display-message -p -t "$1" '#{alternate_on}'; }
# The sitrep in front of a screen's shell: its child that is no demo server.
screen_program() { pgrep -P "$(screen_shell "$1")" | head -n 1; }
console_open() { # NAME COLUMNSxROWS ARGUMENTS [VAR=VALUE...]: opens a screen and starts the console
	local name=$1 size=$2 arguments=$3
	shift 3
	screen_open "$name" "$size" "$@"
	screen_type "$name" "$sitrep $arguments; echo code=\$?"
}

# end_children PID: all that it has started and that it started in turn.
end_children() {
	local pid
	for pid in $(pgrep -P "$1"); do
		end_children "$pid"
		kill "$pid" 2>/dev/null
	done
}
childless() { ! pgrep -P $$ >/dev/null; }
cleanup() {
	trap '' HUP INT TERM
	tmux_ kill-server 2>/dev/null
	# shellcheck disable=SC2086
	[ -z "$servers" ] || kill $servers 2>/dev/null
	end_children $$
	within 5 childless
	within 5 nothing_left >/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
# HUP and TERM end a bash at once; INT would only end the command that runs.
trap 'exit 130' INT
