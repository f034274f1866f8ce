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
	found = 0
	for (i = 1; i <= libraries; i++) {
		if (matches(name, library[i])) {
			found = 1
			if (!matches($1, library_files[i]))
				print where "<" name "> belongs into " library_files[i] " only"
		}
	}
	if (!found && !(name in known))
		print where "<" name "> is neither a library nor a system header of layers.tsv"
}
END {
	for (name in includers) {
		if (split(includers[name], parts, " ") > 1)
			print "<" name "> is included by more than one file:" includers[name]
	}
}
