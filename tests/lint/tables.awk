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
	if (FNR == 1) {
		themes[FILENAME] = 1
		section = ""
	}
	if ($0 ~ /^[a-z]+:/) {
		section = $1
		if (section == "base:")
			base[FILENAME] = "themes/" $2 ".yaml"
	} else if (section == "styles:" && $0 ~ /^ +[a-z]/) {
		role = $1
		sub(/:.*$/, "", role)
		defined[FILENAME, role] = 1
		if (!(role in roles))
			print FILENAME ":" FNR ": no role '" role "' in styles.def"
	}
}
# What a theme does not say, the one it is based on does; a circle of them ends somewhere.
function gives(theme, role,    hops) {
	for (hops = 0; theme != "" && hops < 9; hops++) {
		if ((theme, role) in defined)
			return 1
		theme = theme in base ? base[theme] : ""
	}
	return 0
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
			if (!gives(theme, role))
				print theme ": gives role '" role "' no look"
		}
	}
}
