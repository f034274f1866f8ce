# Reads layers.tsv (the first file) for the checks behind it. matches() is shell-like: a trailing
# or inner * stands for anything.
function matches(path, globs,    list, count, i, glob) {
	count = split(globs, list, " ")
	for (i = 1; i <= count; i++) {
		glob = list[i]
		gsub(/\./, "[.]", glob)
		gsub(/\*/, ".*", glob)
		if (path ~ ("^" glob "$"))
			return 1
	}
	return 0
}
FILENAME ~ /layers\.tsv$/ {
	if ($0 !~ /^#/ && $0 != "") {
		fields = split($0, field, "\t")
		kind = field[1]
		if (kind == "layer")
			may[field[2]] = " " field[2] " " field[3] " "
		else if (kind == "library") {
			library[++libraries] = field[2]
			library_files[libraries] = field[3]
		} else if (kind == "one")
			only_one[field[2]] = 1
		else if (kind == "system") {
			count = split(field[2], list, " ")
			for (i = 1; i <= count; i++)
				known[list[i]] = 1
		} else if (kind == "banned") {
			banned_in[field[2]] = field[3]
			banned_but[field[2]] = field[4]
		} else if (kind == "mutable")
			mutable_files = field[2]
		else if (kind == "keys")
			chain[field[2]] = field[3]
	}
	next
}
