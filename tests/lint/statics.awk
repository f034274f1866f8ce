# Mutable data that outlives a call, after table.awk: variables outside of functions, and static
# ones inside. A variable is constant where `const` stands behind its last `*`, or anywhere when
# it is no pointer.
function is_constant(text) {
	sub(/[=\[].*$/, "", text)
	if (text ~ /^[^(]*\(\*/)
		return text ~ /\(\*[ \t]*const/
	if (text ~ /\*/)
		return text ~ /\*[ \t]*const[^*]*$/
	return text ~ /(^|[^A-Za-z_])const([^A-Za-z_]|$)/
}
function check(text, line) {
	gsub(/[ \t]+/, " ", text)
	sub(/^ /, "", text)
	if (text ~ /^((__extension__ )?typedef|extern|_Static_assert|struct [a-z_0-9]+$|enum|union [a-z_0-9]+$)/)
		return
	if (text ~ /^(struct|union|enum) [A-Za-z_0-9]* ?BODY ?$/ || text !~ /[A-Za-z_]/)
		return
	# A prototype or a macro call: a parenthesis that is no function pointer, and no value.
	if (text !~ /=/ && text ~ /\(/ && text !~ /^[^(]*\(\*/)
		return
	if (text ~ /^(struct|union|enum) [A-Za-z_0-9]* ?;?$/)
		return
	if (!is_constant(text))
		print path ":" line ": mutable file-scope data: " substr(text, 1, 60)
}
function finish_line(code,    i, c) {
	# In a body only `static` matters; the braces are counted all the same.
	if (depth > 0 && in_function && code ~ /^[ \t]+static[ \t]/ && !is_constant(code))
		print path ":" $2 ": mutable static data in a function"
	while (match(code, /[{};]/)) {
		c = substr(code, RSTART, 1)
		if (depth == 0)
			text = text substr(code, 1, RSTART - 1) " "
		code = substr(code, RSTART + 1)
		if (c == "{") {
			if (depth++ == 0)
				in_function = text ~ /\)[ \t]*$/ && text !~ /=/
		} else if (c == "}") {
			if (--depth == 0) {
				if (in_function)
					text = ""
				else
					text = text " BODY "
				in_function = 0
			}
		} else if (depth == 0) {
			check(text, $2)
			text = ""
		}
	}
	if (depth == 0)
		text = text code " "
}
$1 !~ /^src\/.*\.[ch]$/ || matches($1, mutable_files) { next }
$2 == 1 {
	path = $1
	depth = 0
	text = ""
	continued = 0
	in_function = 0
}
{
	if (continued || $3 ~ /^[ \t]*#/) {
		continued = $3 ~ /\\$/
		next
	}
	finish_line($3)
}
