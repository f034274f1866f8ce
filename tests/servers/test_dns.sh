#!/usr/bin/env bash
# dns against dnsmasq and against name servers that misbehave.
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
. "$srcdir/tests/servers/lib.sh" || exit 99
need dnsmasq dnsmasq-base

port=$(free_port)
start dnsmasq dnsmasq --no-daemon --port="$port" --listen-address=127.0.0.1,::1 --bind-interfaces --no-resolv --no-hosts \
	--local=/example.com/ --conf-file=/dev/null --user="$(id -un)" --pid-file= --local-ttl=300 \
	--host-record=example.com,10.0.0.1,fd00::1 --host-record=www.example.com,10.0.0.2 --host-record=www.example.com,10.0.0.3 \
	--cname=alias.example.com,www.example.com --mx-host=example.com,mail.example.com,10 \
	'--txt-record=example.com,v=spf1 -all' --srv-host=_sip._tcp.example.com,sip.example.com,5060,10,20 \
	$(for i in 0 1 2 3 4 5 6 7 8 9; do printf -- '--txt-record=long.example.com,%0200d ' "$i"; done) \
	--ptr-record=1.0.0.10.in-addr.arpa,example.com '--caa-record=example.com,0,issue,ca.example.com'
wait_port "$port" || finish
at="server: \"127.0.0.1:$port\""

# --- records --------------------------------------------------------------------------------------
one "A" "{dns: example.com, $at}" \
	'c["state"] == "pass" and v["answer"] == ["10.0.0.1"] and v["rcode"] == "NOERROR" and v["ttl_ms"] == 300000'
one "AAAA" "{dns: example.com, record: AAAA, $at}" 'c["state"] == "pass" and v["answer"] == ["fd00::1"]'
one "several, sorted" "{dns: www.example.com, $at}" 'v["answer"] == ["10.0.0.2", "10.0.0.3"]'
one "an alias is followed" "{dns: alias.example.com, $at}" 'c["state"] == "pass" and len(v["answer"]) == 2'
one "CNAME" "{dns: alias.example.com, record: CNAME, $at}" 'v["answer"] == ["www.example.com."]'
one "MX" "{dns: example.com, record: MX, $at}" 'v["answer"] == ["10 mail.example.com."]'
one "TXT" "{dns: example.com, record: TXT, $at}" 'v["answer"] == ["\"v=spf1 -all\""]'
one "SRV" "{dns: _sip._tcp.example.com, record: SRV, $at}" 'v["answer"] == ["10 20 5060 sip.example.com."]'
one "CAA" "{dns: example.com, record: CAA, $at}" 'v["answer"] == ["0 issue \"ca.example.com\""]'
one "PTR of an address" "{dns: 10.0.0.1, record: PTR, $at}" 'c["state"] == "pass" and v["answer"] == ["example.com."]'
one "IPv6" "{dns: example.com, server: \"[::1]:$port\"}" 'c["state"] == "pass"'
one "phases" "{dns: example.com, $at, expect: [\"wait < 2s\"]}" \
	'c["state"] == "pass" and c["phases_ms"]["wait"] is not None and c["phases_ms"]["connect"] is None'
check "the manual's example" example dns "127.0.0.53=127.0.0.1:$port"
check "and it passes" passes

# --- assertions about a list ----------------------------------------------------------------------
one "one record is enough" "{dns: www.example.com, $at, expect: [answer == 10.0.0.3]}" 'c["state"] == "pass"'
one "none is it" "{dns: www.example.com, $at, expect: [answer == 10.0.0.9]}" \
	'c["state"] == "fail" and m == "answer is 10.0.0.2, 10.0.0.3, wanted == 10.0.0.9"'
one "!= of all" "{dns: www.example.com, $at, expect: [answer != 10.0.0.3]}" 'c["state"] == "fail"'
one "a pattern" "{dns: example.com, record: TXT, $at, expect: [answer ~ \"v=spf1\"]}" 'c["state"] == "pass"'

# --- answers that are none ------------------------------------------------------------------------
one "NXDOMAIN" "{dns: nope.example.com, $at}" \
	'c["state"] == "fail" and m == "dns nope.example.com does not exist: 127.0.0.1:'"$port"' says NXDOMAIN"'
one "NXDOMAIN that is wanted" "{dns: nope.example.com, $at, expect: [rcode == NXDOMAIN]}" 'c["state"] == "pass"'
one "no such record" "{dns: www.example.com, record: MX, $at}" \
	'c["state"] == "fail" and "has no MX record" in m and v["rcode"] == "NOERROR"'
one "no such record, wanted" "{dns: www.example.com, record: MX, $at, expect: [answer absent]}" 'c["state"] == "pass"'
one "refused" "{dns: example.org, $at}" 'c["state"] == "fail" and "gets REFUSED" in m'
one "diagnosed" "{dns: nope.example.com, $at}" '"dns-name-missing" in d'

# --- what cannot be asked -------------------------------------------------------------------------
one "a server that is a name" "{dns: example.com, server: ns1.example.com}" \
	'c["state"] == "unknown" and "is an IP address" in m'
one "no domain name" "{dns: \"a..b\", $at}" 'c["state"] == "unknown" and "no domain name" in m'
one "a name that is not ASCII" "{dns: ä.de, $at}" 'c["state"] == "unknown" and "ASCII form" in m and "xn--" in m'
ask "{dns: example.com, record: SPF, $at}"
check "an unknown record is an error of the file" grep -q "'record'.*SPF" "$work/answer.json" "$work/answer.err"
one "nothing listens" "{dns: example.com, server: \"127.0.0.1:$(free_port)\"}" \
	'c["state"] == "fail" and "connection refused: 127.0.0.1:" in m and "on that UDP port" in m'

# --- what is on the wire --------------------------------------------------------------------------
relay "$port"
ask "{dns: www.example.com, record: AAAA, server: \"127.0.0.1:$relay_port\"}" \
	"{dns: long.example.com, record: TXT, server: \"127.0.0.1:$relay_port\"}"
check "cut by UDP, whole by TCP" answer 'len(cs[1]["values"]["answer"]) == 10'
only_these dns wire '
	sorted(questions(data) for data in packets) == [[("long.example.com", 16)], [("www.example.com", 28)]] and
	[questions(data, length=2) for data in sent] == [[("long.example.com", 16)]]'

# --- servers that misbehave -----------------------------------------------------------------------
name_server() { # KIND
	rm -f "$work/bad.port"
	python3 "$tools/dns_server.py" "$1" >"$work/bad.port" 2>"$work/bad.log" &
	bad_pid=$!
	servers="$servers $!"
	within 10 test -s "$work/bad.port" || echo "# no bad server $1"
	bad_port=$(cat "$work/bad.port")
}
bad() { # KIND EXPRESSION
	name_server "$1"
	ask_timeout=700ms one "$1" "{dns: example.com, server: \"127.0.0.1:$bad_port\"}" "$2"
	bad_stop
}
bad silent 'c["state"] == "fail" and "timed out after 700ms in phase wait: no answer came from 127.0.0.1:" in m'
bad garbage 'c["state"] == "fail" and "1 packet" in m or "2 packets" in m'
bad wrong-id 'c["state"] == "fail" and "not those of the question" in m'
bad wrong-name 'c["state"] == "fail" and "not those of the question" in m'
bad flood 'c["state"] == "fail" and "something else" in m'
bad loop 'c["state"] == "fail" and "something else: a " in m'
bad oversized 'c["state"] == "fail" and "something else: " in m'
bad empty 'c["state"] == "fail" and "not those of the question" in m'
bad servfail 'c["state"] == "fail" and "SERVFAIL" in m'
for kind in old older newer; do
	bad "$kind" 'c["state"] == "pass" and v["answer"] == ["10.0.0.7"] and v["rcode"] == "NOERROR"'
done
bad zero 'c["state"] == "pass" and v["ttl_ms"] == 0'
bad late 'c["state"] == "pass" and v["answer"] == ["10.0.0.7"]'
bad cut 'c["state"] == "pass" and len(v["answer"]) == 100 and c["phases_ms"]["connect"] is not None'
bad cut-silent 'c["state"] == "fail" and "was cut by UDP, and over TCP: timed out" in m'
bad cut-garbage 'c["state"] == "fail" and "over TCP does not fit" in m'
bad cut-close 'c["state"] == "fail" and "was cut by UDP, and over TCP: " in m'
name_server record
ask "{dns: example.com, record: TXT, server: \"127.0.0.1:$bad_port\"}" >/dev/null
check "one question is sent: recursion desired, EDNS" grep -xqE \
	'[0-9a-f]{4}01000001000000000001076578616d706c6503636f6d000010000100002904d0000000000000' "$work/bad.log"
check "and no other" same 1 "$(wc -l <"$work/bad.log")"
bad_stop
bad cut-refused 'c["state"] == "fail" and "was cut by UDP, and over TCP: connection refused" in m'
if unshare -m true 2>/dev/null; then
	without_resolver() {
		unshare -m sh -c "mount --bind /dev/null /etc/resolv.conf && exec '$sitrep' --once -o json -c '$work/services.yaml'" \
			>"$work/answer.json" 2>"$work/answer.err" </dev/null
		answer 'c["state"] == "unknown" and "names no name server" in m'
	}
	ask '{dns: example.com, timeout: 100ms}'
	check "no resolver is configured" without_resolver
fi
finish
