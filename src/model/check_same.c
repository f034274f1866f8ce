/* Whether two checks, one of them of a file that was read again, are one and the same: then what is known
 * of it stays true, and its connection may be kept. See fleet.h. */
#include "model/fleet.h"

#include "base/strbuf.h"

bool auth_same(const struct auth *a, const struct auth *b)
{
	return a == b || (a->kind == b->kind && same_text(a->user, b->user) &&
			  same_text(a->secret, b->secret) && same_text(a->token_url, b->token_url) &&
			  same_text(a->scope, b->scope) && same_text(a->audience, b->audience));
}

bool tls_options_same(const struct tls_options *a, const struct tls_options *b)
{
	return a == b || (a->verify == b->verify && same_text(a->ca, b->ca) &&
			  same_text(a->cert, b->cert) && same_text(a->key, b->key) &&
			  same_text(a->server_name, b->server_name));
}

static bool same_texts(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return true;
}

static bool same_setting(const struct setting *a, const struct setting *b)
{
	size_t count;

	if (a->key != b->key)
		return false;
	switch (check_keys(&count)[a->key].kind) {
	case KEY_TEXT:
	case KEY_FILE:
		return strcmp(a->as.text, b->as.text) == 0;
	case KEY_FLAG:
		return a->as.flag == b->as.flag;
	case KEY_NUMBER:
	case KEY_DURATION:
		return a->as.number == b->as.number;
	case KEY_TEXTS:
		return same_texts(a->as.texts.at, a->as.texts.count, b->as.texts.at,
				  b->as.texts.count);
	case KEY_PAIRS:
		if (a->as.pairs.count != b->as.pairs.count)
			return false;
		for (size_t i = 0; i < a->as.pairs.count; i++)
			if (strcmp(a->as.pairs.at[i].name, b->as.pairs.at[i].name) != 0 ||
			    strcmp(a->as.pairs.at[i].value, b->as.pairs.at[i].value) != 0)
				return false;
		return true;
	case KEY_OPTION:
		break;
	}
	BUG("the key %d has no setting", (int)a->key);
}

static bool same_settings(const struct check *a, const struct check *b)
{
	if (a->setting_count != b->setting_count ||
	    !same_texts(a->words, a->word_count, b->words, b->word_count))
		return false;
	for (size_t i = 0; i < a->setting_count; i++)
		if (!same_setting(&a->settings[i], &b->settings[i]))
			return false;
	return true;
}

static bool same_headers(const struct check *a, const struct check *b)
{
	if (a->header_count != b->header_count)
		return false;
	for (size_t i = 0; i < a->header_count; i++)
		if (strcmp(a->headers[i].name, b->headers[i].name) != 0 ||
		    strcmp(a->headers[i].value, b->headers[i].value) != 0)
			return false;
	return true;
}

static bool same_captures(const struct flow_step *a, const struct flow_step *b)
{
	if (a->capture_count != b->capture_count)
		return false;
	for (size_t i = 0; i < a->capture_count; i++)
		if (strcmp(a->captures[i].name, b->captures[i].name) != 0 ||
		    strcmp(a->captures[i].text, b->captures[i].text) != 0)
			return false;
	return true;
}

static bool same_steps(const struct flow *a, const struct flow *b)
{
	if (a == NULL || b == NULL || a->count != b->count)
		return a == b;
	for (size_t i = 0; i < a->count; i++)
		if (!check_same_question(a->steps[i].check, b->steps[i].check) ||
		    !check_same_demands(a->steps[i].check, b->steps[i].check) ||
		    !same_captures(&a->steps[i], &b->steps[i]))
			return false;
	return true;
}

bool check_same_question(const struct check *a, const struct check *b)
{
	return a->type == b->type && a->writes == b->writes && a->follow == b->follow &&
	       a->keepalive == b->keepalive && a->secure == b->secure && a->http2 == b->http2 &&
	       a->port == b->port && auth_same(check_auth(a), check_auth(b)) &&
	       same_text(a->method, b->method) && same_text(a->url, b->url) && same_text(a->body, b->body) &&
	       same_text(a->host, b->host) && same_text(a->unix_path, b->unix_path) &&
	       same_text(a->proxy, b->proxy) && same_text(a->error, b->error) &&
	       tls_options_same(check_tls(a), check_tls(b)) && same_headers(a, b) && same_settings(a, b) &&
	       same_steps(a->flow, b->flow);
}

static bool same_assertions(const struct assertion *a, size_t a_count, const struct assertion *b,
			    size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++) {
		if (!same_text(a[i].text, b[i].text) ||
		    !same_assertions(a[i].any, a[i].any_count, b[i].any, b[i].any_count))
			return false;
	}
	return true;
}

bool check_same_demands(const struct check *a, const struct check *b)
{
	return a->via == b->via && a->severity == b->severity && a->ignore_health == b->ignore_health &&
	       a->own_status == b->own_status &&
	       same_assertions(a->expect, a->expect_count, b->expect, b->expect_count) &&
	       same_assertions(a->warn, a->warn_count, b->warn, b->warn_count);
}
