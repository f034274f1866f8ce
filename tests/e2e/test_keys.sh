#!/usr/bin/env bash
# Keys and prompts in a real terminal: each key's effect is seen on the screen.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
# shellcheck source=tests/e2e/lib.sh disable=SC2154
. "$(dirname "$0")/lib.sh"
need_tmux

console_open keys 100x30 "--demo=route-404"
check "starts" sees keys 'voice.*DOWN'
press() { screen_keys keys "$@"; }

press '?'
check "?: the keys" sees keys 'Everywhere'
press Escape
check "Esc: back" sees keys 'gateway.*UP'
press /
screen_keys keys -l graf
press Enter
check "/: rows that match stay" sees keys 'grafana.*UP'
check "/: others go" loses keys 'gateway.*UP'
press Escape
check "Esc: all rows are back" sees keys 'gateway.*UP'
press z
check "z: what is up is hidden" loses keys 'gateway.*UP'
check "z: the failure stays" sees keys 'voice.*DOWN'
press z
check "z: and back" sees keys 'gateway.*UP'
press o
check "o: groups" sees keys 'core.*[0-9]'
press o
press T
check "T: the tree" sees keys 'voice'
press T
press w
check "w: the wall" sees keys 'data [0-9]+s old'
press w
check "w: and back" sees keys 'SERVICE'
press I
check "I: incidents" sees keys 'voice'
press Escape
check "back at the table" sees keys 'SERVICE'
press :
screen_keys keys -l "open voice"
press Enter
check ":open: the page" sees keys '97%|prefix'
press 3
press v
check "v: the proof is run" sees keys 'realtime-session'
press 2
press /
screen_keys keys -l "realtime"
press Enter
check "/ in the log: finds" sees keys 'POST /api/voice/realtime-session HTTP/1.1'
press Escape
press y
press Escape
press Escape
press Escape
check "back at the table again" sees keys 'SERVICE'
press :
screen_keys keys -l quit
press Enter
check ":quit" sees keys 'code=0'
screen_close keys
finish
