/* PromQL as text: see promql.h. */
#include "model/promql.h"

#include <ctype.h>
#include <strings.h>

static const char *skip_blanks(const char *at)
{
	while (isspace((unsigned char)*at))
		at++;
	return at;
}

/* Behind a quoted text; NULL where it does not end. PromQL quotes with ", ' and `. */
static const char *skip_quoted(const char *at)
{
	char quote = *at++;

	for (; *at != '\0'; at++) {
		if (*at == quote)
			return at + 1;
		if (*at == '\\' && quote != '`' && *++at == '\0')
			return NULL;
	}
	return NULL;
}

/* Behind the closing brace; NULL where there is none. */
static const char *skip_matchers(const char *at)
{
	while (at != NULL && *at != '\0' && *at != '}')
		at = strchr("\"'`", *at) != NULL ? skip_quoted(at) : at + 1;
	return at != NULL && *at == '}' ? at + 1 : NULL;
}

bool promql_is_selector(const char *query)
{
	const char *name = skip_blanks(query);
	const char *at = name;

	while (isalnum((unsigned char)*at) || *at == '_' || *at == ':')
		at++;
	if (at == name || isdigit((unsigned char)*name))
		return false;
	if (at - name == 3 && (strncasecmp(name, "inf", 3) == 0 || strncasecmp(name, "nan", 3) == 0))
		return false;
	at = skip_blanks(at);
	if (*at == '{')
		at = skip_matchers(at + 1);
	return at != NULL && *skip_blanks(at) == '\0';
}

/* The bytes that stay as they are in a query (RFC 3986 section 3.4), without those that separate
 * parameters: Go takes neither & nor ; raw. */
static void add_encoded(struct strbuf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;

		if (isalnum(byte) || strchr("-._~!$'()*,:@/?=", byte) != NULL)
			strbuf_addc(out, *text);
		else
			strbuf_addf(out, "%%%02X", byte);
	}
}

void promql_url(struct strbuf *out, const char *base, const char *query)
{
	size_t len = strlen(base);

	while (len != 0 && base[len - 1] == '/')
		len--;
	strbuf_add(out, base, len);
	strbuf_adds(out, "/api/v1/query?query=");
	add_encoded(out, query);
	if (!promql_is_selector(query))
		return;
	add_encoded(out, " or label_replace(timestamp(");
	add_encoded(out, query);
	add_encoded(out, "), \"" PROMQL_MARK "\", \"" PROMQL_MARK_VALUE "\", \"\", \"\")");
}
