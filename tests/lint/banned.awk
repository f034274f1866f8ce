# Calls that are banned somewhere, after table.awk. A member of that name (x.open, x->open) is
# none, nor is a declaration of a longer name.
{
	code = $3
	while (match(code, /[A-Za-z_][A-Za-z_0-9]*[ \t]*\(/)) {
		name = substr(code, RSTART, RLENGTH)
		sub(/[ \t]*\($/, "", name)
		before = RSTART > 1 ? substr(code, 1, RSTART - 1) : ""
		code = substr(code, RSTART + RLENGTH)
		if (!(name in banned_in) || before ~ /(\.|->)$/ || before ~ /#[ \t]*(define|undef)[ \t]+$/)
			continue
		if (matches($1, banned_in[name]) && !matches($1, banned_but[name]))
			print $1 ":" $2 ": calls " name "(), which is banned here"
	}
}
