# What every file owes its reader, over the raw text: a paragraph on top, fewer than 800 lines, no
# notes to oneself, and tests that wait for conditions instead of sleeping.
function finish() {
	if (path == "")
		return
	if (lines >= 800)
		print "length " path ": " lines " lines; files stay under 800"
	if (top_open || length(top) < 30 || top !~ /[a-z][a-z][a-z]/)
		print "paragraph " path ":1: no paragraph on top that says what the file is"
}
FNR == 1 {
	finish()
	path = FILENAME
	sub(/^\.\//, "", path)
	top = ""
	top_open = 1
	hash = path !~ /\.(c|h|def)$/
	loop = -10
}
{
	lines = FNR
	if (hash && top_open && $0 !~ /^#!/) {
		if ($0 ~ /^#/)
			top = top substr($0, 2)
		else if ($0 ~ /^("""|$)/ && top == "")
			top = top $0
		else
			top_open = 0
	} else if (!hash && top_open) {
		if (FNR == 1 && $0 !~ /^\/\*/) {
			top = ""
			top_open = 0
		}
		top = top $0
		if ($0 ~ /\*\//)
			top_open = 0
	}
	if (path !~ /^tests\/lint\// && $0 ~ /(^|[^A-Za-z_])(TODO|FIXME|XXX|HACK)([^A-Za-z_]|$)/)
		print "notes " path ":" FNR ": a note to oneself (" $0 ")"
	if (path ~ /^tests\// && path !~ /^tests\/lint\//) {
		comment = $0 ~ /^[ \t]*(#|\/\*|\*|\/\/)/
		if (!comment && $0 ~ /(^|[^A-Za-z_])(while|until|for)([^A-Za-z_]|$)/)
			loop = FNR
		if (!comment && FNR - loop > 4 &&
		    $0 ~ /(^|[^A-Za-z_.])((time\.)?sleep|u?sleep|nanosleep)([ \t]*\(|[ \t]+[0-9.$])/)
			print "sleep " path ":" FNR ": sleeps; wait for the condition in a loop"
	}
}
END { finish() }
