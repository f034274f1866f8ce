# Who includes what, after table.awk: the layers, the outside libraries, one file for curses.
{
	if ($3 !~ /^[ \t]*#[ \t]*include/ || $1 !~ /^src\//)
		next
	split($1, parts, "/")
	layer = parts[2]
	name = $3
	sub(/^[^<"]*[<"]/, "", name)
	sub(/[>"].*$/, "", name)
	where = $1 ":" $2 ": "
	if ($3 ~ /"/) {
		if (name == "config.h")
			next
		if (split(name, parts, "/") < 2)
			print where "includes \"" name "\"; write it from src/ on (\"" layer "/" name "\")"
		else if (!(layer in may))
			print where layer "/ is no layer of layers.tsv"
		else if (may[layer] !~ / \* / && index(may[layer], " " parts[1] " ") == 0)
			print where layer "/ may not include " name
		next
	}
	if (name in only_one)
		includers[name] = includers[name] " " $1
	found = ""
	for (i = 1; i <= libraries; i++) {
		if (matches(name, library[i])) {
			if (matches($1, library_files[i]))
				next
			found = found " " library_files[i]
		}
	}
	if (found != "")
		print where "<" name "> belongs into" found " only"
	else if (!(name in known))
		print where "<" name "> is neither a library nor a system header of layers.tsv"
}
END {
	for (name in includers) {
		if (split(includers[name], parts, " ") > 1)
			print "<" name "> is included by more than one file:" includers[name]
	}
}
