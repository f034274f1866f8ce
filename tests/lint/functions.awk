# Lengths of functions, from the line of the name to the closing brace; the style puts both
# braces of a function at the start of a line. EXCEPTIONS: `path:function TAB limit TAB reason`.
function finish_file() {
	depth_open = 0
	head = ""
}
BEGIN {
	while ((getline line < EXCEPTIONS) > 0) {
		if (line ~ /^#/ || line == "")
			continue
		n = split(line, field, "\t")
		if (n != 3 || field[2] + 0 <= 80 || field[2] + 0 > 120 || length(field[3]) < 10)
			print "tests/lint/exceptions: '" line "' is not: path:function, limit of 81 to 120, reason"
		limit[field[1]] = field[2] + 0
		if (++exceptions == 11)
			print "tests/lint/exceptions: more than 10 exceptions"
	}
}
$2 == 1 { finish_file() }
{
	if ($1 !~ /\.[ch]$/)
		next
	if (depth_open) {
		if ($3 ~ /^[}]/) {
			lines = $2 - start + 1
			depth_open = 0
			head = ""
			if ($1 ~ /^src\//)
				lengths[++count] = lines
			key = $1 ":" name
			# Tests are tables for the most part.
			allowed = key in limit ? limit[key] : $1 ~ /^tests\// ? 120 : 80
			used[key] = lines > 80
			if (lines > allowed)
				print $1 ":" start ": " name "() has " lines " lines, more than " allowed
		}
		next
	}
	if ($3 ~ /^[{]/) {
		if (head ~ /\)[ \t]*$/) {
			name = head
			sub(/[ \t]*\(.*$/, "", name)
			sub(/^.*[^A-Za-z_0-9]/, "", name)
			depth_open = 1
			start = head_line
		}
		head = ""
		next
	}
	if ($3 ~ /^[A-Za-z_].*\)[ \t]*[{]/)
		print $1 ":" $2 ": the brace of a function starts its own line"
	if ($3 ~ /^#/ || $3 ~ /^[ \t]*$/ || $3 ~ /[;}][ \t]*$/) {
		head = ""
		next
	}
	if (head == "")
		head_line = $2
	head = head $3
}
END {
	for (key in limit) {
		if (!used[key])
			print "tests/lint/exceptions: " key " is not needed: no such function over 80 lines"
	}
	for (i = 1; i <= count; i++)
		seen[lengths[i]]++
	for (p90 = 0; below < 0.9 * count; p90++)
		below += seen[p90 + 1]
	if (p90 > 45)
		print "90% of the functions of src/ have up to " p90 " lines, wanted 45"
}
