#!/bin/bash
# How far a check's time-out is overrun: services that accept and never answer, that trickle, and that
# answer at once, all asked by one --once. Usage: overrun.sh SITREP. Prints the largest overrun of the
# hanging ones and the slowest of the healthy ones.
set -eu
sitrep=$1
tmp=$(mktemp -d "${TMPDIR:-/tmp}/sitrep-overrun.XXXXXX")
cat >"$tmp/server.py" <<'P'
import asyncio, sys
async def serve(reader, writer):
    line = await reader.readline()
    try:
        if b"/hang" in line:
            await asyncio.sleep(60)
        elif b"/trickle" in line:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(60):
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(1)
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            await writer.drain()
        writer.close()
    except (ConnectionError, asyncio.CancelledError):
        pass
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    asyncio.get_running_loop().add_reader(sys.stdin, lambda: sys.exit(0))
    await server.serve_forever()
asyncio.run(main())
P
mkfifo "$tmp/hold"
python3 "$tmp/server.py" <"$tmp/hold" >"$tmp/port" 2>/dev/null &
exec 9>"$tmp/hold"
trap 'exec 9>&-; wait || :; rm -rf "$tmp"' EXIT
until [ -s "$tmp/port" ]; do read -rt 0.05 <> <(:) || :; done
awk -v port="$(cat "$tmp/port")" 'BEGIN {
	printf "version: 1\nfleet: overrun\ndefaults: {timeout: 700ms, fall: 1}\nservices:\n"
	split("hang trickle ok", kinds, " ")
	for (i = 0; i < 300; i++)
		printf "  - {name: %s-%d, checks: [{http: \"http://127.0.0.1:%s/%s\"}]}\n", kinds[i % 3 + 1], i, port, kinds[i % 3 + 1]
}' >"$tmp/fleet.yaml"
"$sitrep" --once --record "$tmp/events" -c "$tmp/fleet.yaml" >/dev/null 2>&1 || :
python3 - "$tmp/events" <<'P'
import json, sys
over, well, count = 0, 0, 0
for line in open(sys.argv[1]):
    sample = json.loads(line).get("sample")
    if sample is None:
        continue
    ms = sample["latency"] / 1e6
    if "failure" not in sample:
        well = max(well, ms)
    else:
        count += 1
        over = max(over, ms - 700)
print(f"overrun of a 700 ms time-out over {count} hanging and trickling checks: at most {over:.1f} ms (goal 100); "
      f"slowest of 100 healthy ones beside them: {well:.1f} ms")
P
