# C without comments and without what is inside of strings: `path SEP line SEP code` for every
# line, so that the checks behind it never stumble over prose. #include lines stay as they are.
FNR == 1 { inside = 0 }
{
	rest = $0
	code = ""
	if (!inside && rest ~ /^[ \t]*#[ \t]*include/) {
		code = rest
		rest = ""
	}
	while (rest != "") {
		if (inside) {
			at = index(rest, "*/")
			if (at == 0)
				break
			rest = substr(rest, at + 2)
			inside = 0
			code = code " "
			continue
		}
		if (!match(rest, /\/\*|\/\/|["']/)) {
			code = code rest
			break
		}
		what = substr(rest, RSTART, RLENGTH)
		code = code substr(rest, 1, RSTART - 1)
		rest = substr(rest, RSTART + RLENGTH)
		if (what == "/*") {
			inside = 1
		} else if (what == "//") {
			break
		} else {
			while (match(rest, /\\.|["']/)) {
				mark = substr(rest, RSTART, RLENGTH)
				rest = substr(rest, RSTART + RLENGTH)
				if (mark == what)
					break
			}
			code = code what what
		}
	}
	path = FILENAME
	sub(/^\.\//, "", path)
	print path SEP FNR SEP code
}
