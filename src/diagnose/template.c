/* Filling captures into sentences and commands. Values come from strangers (logs, bodies): they
 * are cut, and in a command a value that could be read as an option, or is empty, is replaced by
 * `<name>`; commands are shown, never run, and quoted for a shell. */
#include "base/utf8.h"
#include "diagnose/rule.h"

#define VALUE_SHOWN 200 /* bytes of one filled-in value */

bool template_names(const char *text, bool (*visit)(void *context, const char *name, size_t len),
		    void *context)
{
	for (const char *at = text; (at = strchr(at, '{')) != NULL;) {
		const char *end = strchr(at, '}');

		if (end == NULL)
			return false;
		for (at++; *at != '|' && *at != '}'; at += *at == ',') {
			size_t len = strcspn(at, ",|}");

			if (!visit(context, at, len))
				return true;
			at += len;
		}
		at = end + 1;
	}
	return true;
}

static bool fact_value(const struct bindings *bindings, const char *name, size_t len,
		       struct strbuf *out)
{
	enum fact_id id = fact_find(name, len);
	const struct fact *fact;

	if (id == FACT_COUNT || bindings->facts == NULL)
		return false;
	if (bindings->scope[fact_info(id)->scope] == SCOPE_NOWHERE)
		return false;
	fact = facts_get(bindings->facts, id, bindings->scope[fact_info(id)->scope]);
	if (fact == NULL)
		fact = facts_get(bindings->facts, id, SIZE_MAX);
	if (fact == NULL || fact->value.type == VALUE_NULL)
		return false;
	if (fact->value.type == VALUE_STRING)
		strbuf_add(out, fact->value.as.string.bytes, fact->value.as.string.len);
	else
		value_format(out, &fact->value);
	return true;
}

/* Appends the value of a name; false where there is none. */
static bool add_value(const struct bindings *bindings, const char *name, size_t len,
		      struct strbuf *out)
{
	for (size_t i = 0; i < bindings->list.len; i++) {
		const struct binding *one = &bindings->list.at[i];

		if (strlen(one->name) == len && memcmp(one->name, name, len) == 0) {
			strbuf_add(out, one->value,
				   utf8_clip(one->value, strlen(one->value), VALUE_SHOWN, NULL));
			return one->value[0] != '\0';
		}
	}
	return fact_value(bindings, name, len, out);
}

/* `{a,b|words}`: the value of the first name that has one. */
static bool add_first(const struct bindings *bindings, const char *names, size_t len,
		      struct strbuf *value)
{
	for (size_t at = 0; at < len;) {
		size_t one = strcspn(names + at, ",|}");

		strbuf_reset(value);
		if (add_value(bindings, names + at, one, value))
			return true;
		at += one + 1;
	}
	return false;
}

static void fill(struct strbuf *out, const char *text, const struct bindings *bindings,
		 bool argument)
{
	struct strbuf value;

	strbuf_init(&value, VALUE_SHOWN * 4);
	for (;;) {
		size_t plain = strcspn(text, "{");
		size_t name, whole;

		strbuf_add(out, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		name = strcspn(text + 1, "|}");
		whole = strcspn(text, "}");
		if (add_first(bindings, text + 1, name, &value) &&
		    !(argument && (value.data[0] == '-' || value.data[0] == '~')))
			strbuf_add(out, value.data, value.len);
		else if (text[1 + name] == '|')
			strbuf_add(out, text + 2 + name, whole - name - 2);
		else
			strbuf_addf(out, "<%.*s>", (int)strcspn(text + 1, ",|}"), text + 1);
		text += whole + (text[whole] == '}');
	}
	strbuf_release(&value);
}

void template_fill(struct strbuf *out, const char *text, const struct bindings *bindings)
{
	fill(out, text, bindings, false);
}

void template_fill_argument(struct strbuf *out, const char *text, const struct bindings *bindings)
{
	fill(out, text, bindings, true);
}

void shell_quote(struct strbuf *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-./:=@%+,";

	if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
		strbuf_adds(out, word);
		return;
	}
	strbuf_addc(out, '\'');
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			strbuf_adds(out, "'\\''");
		else
			strbuf_addc(out, *word);
	}
	strbuf_addc(out, '\'');
}
