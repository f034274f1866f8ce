# The tables that people see, after table.awk: no key is bound twice on its way through the
# views, every key's action exists, every theme gives every role a look.
function argument(text, n,    list) {
	sub(/^[A-Z_]+\(/, "", text)
	sub(/\)[ \t]*(\/\*.*)?$/, "", text)
	# A key may be a comma or a parenthesis: split outside of quotes only.
	if (n == 2) {
		sub(/^[^"]*"/, "", text)
		return substr(text, 1, match(text, /[^\\]"/) ? RSTART : 0)
	}
	if (n == 3)
		sub(/^.*,[ \t]*/, "", text)
	else
		sub(/[ \t]*,.*$/, "", text)
	return text
}
FILENAME ~ /actions\.def$/ && /^ACTION\(/ { action[argument($0, 1)] = 1 }
FILENAME ~ /keys\.def$/ && /^KEY\(/ {
	view = argument($0, 1)
	key = argument($0, 2)
	name = argument($0, 3)
	if (!(view in chain))
		print "src/ui/keys.def:" FNR ": view " view " is not in layers.tsv"
	if ((view, key) in bound)
		print "src/ui/keys.def:" FNR ": " view " binds '" key "' twice"
	if (!(name in action))
		print "src/ui/keys.def:" FNR ": no action " name
	bound[view, key] = FNR
	views[view] = 1
}
FILENAME ~ /styles\.def$/ && /^STYLE\(/ {
	role = argument($0, 2)
	roles[role] = 1
}
FILENAME ~ /themes\/[^\/]*\.yaml$/ {
	if (FNR == 1)
		themes[FILENAME] = 1
	line = $0
	if (match(line, /^[ \t]*["']?[a-z][a-z-]*["']?[ \t]*:/)) {
		role = substr(line, RSTART, RLENGTH)
		gsub(/[ \t"':]/, "", role)
		defined[FILENAME, role] = 1
	}
}
END {
	for (pair in bound) {
		split(pair, part, SUBSEP)
		count = split(chain[part[1]], next_view, " ")
		for (i = 1; i <= count; i++) {
			if ((next_view[i], part[2]) in bound)
				print "src/ui/keys.def:" bound[pair] ": " part[1] " binds '" part[2] \
					"', which " next_view[i] " binds too"
		}
	}
	for (theme in themes) {
		for (role in roles) {
			if (!((theme, role) in defined))
				print theme ": gives role '" role "' no look"
		}
	}
}
