/* Engine.IO packets, read from strangers' bytes. Invariant: a session id that gets out is at most
 * ENGINEIO_SID bytes and harmless in a URL. See engineio.h. */
#include "probe/engineio.h"

#include "base/json.h"

#define SEPARATOR '\x1e'

static bool is_unreserved(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("-._~", c) != NULL);
}

static bool take_sid(const char *sid, struct engineio_open *open)
{
	size_t len = sid != NULL ? strlen(sid) : 0, at = 0;

	if (len == 0 || len > ENGINEIO_SID)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (is_unreserved(sid[i]))
			open->sid[at++] = sid[i];
		else
			at += (size_t)snprintf(open->sid + at, 4, "%%%02X", (unsigned char)sid[i]);
	}
	open->sid[at] = '\0';
	return true;
}

/* "97:0{": a length in front of the packet, of version 3 and before. */
static bool is_old(const char *bytes, size_t len)
{
	size_t digits = 0;

	while (digits < len && digits < 8 && bytes[digits] >= '0' && bytes[digits] <= '9')
		digits++;
	return digits != 0 && len - digits > 2 && memcmp(bytes + digits, ":0{", 3) == 0;
}

enum engineio_kind engineio_open_read(const char *bytes, size_t len, struct engineio_open *open)
{
	const char *end = len != 0 ? memchr(bytes, SEPARATOR, len) : NULL;
	struct json_doc *doc;
	const struct json *root, *upgrades;
	bool sound;

	*open = (struct engineio_open){0};
	if (end != NULL)
		len = (size_t)(end - bytes);
	if (is_old(bytes, len))
		return ENGINEIO_OLD;
	if (len < 2 || bytes[0] != '0')
		return ENGINEIO_OTHER;
	doc = json_parse(bytes + 1, len - 1, NULL);
	root = json_root(doc);
	sound = doc != NULL && take_sid(json_string(json_get(root, "sid")), open);
	upgrades = json_get(root, "upgrades");
	for (const struct json *one = json_first(upgrades); one != NULL; one = json_next(one))
		if (json_string(one) != NULL && strcmp(json_string(one), "websocket") == 0)
			open->upgrades_websocket = true;
	open->ping_interval_ms = json_number(json_get(root, "pingInterval"), 0);
	json_free(doc);
	return sound ? ENGINEIO_OPEN : ENGINEIO_OTHER;
}

/* The errors of the reference server (engine.io, lib/server.ts) by their codes. */
static const struct {
	const char *message;
	const char *meaning;
} errors[] = {
	[0] = {"Transport unknown", "the server does not offer this transport"},
	[1] = {"Session ID unknown", "the request reached an instance that does not know the session: the "
				     "load balancer has no sticky sessions"},
	[2] = {"Bad handshake method", "the handshake did not come as a GET; something between changes it"},
	[3] = {"Bad request", "no upgrade reached it; does a proxy drop the headers Upgrade and Connection?"},
	[4] = {"Forbidden", "origin or credentials are not those that the server wants"},
	[5] = {"Unsupported protocol version", "the server speaks another version than Engine.IO 4 "
					       "(Socket.IO 3 and later)"},
};

/* An upgrade is refused with the message alone. */
static size_t error_named(const char *bytes, size_t len)
{
	size_t code = 0;

	while (code < BASE_LEN(errors) && (strlen(errors[code].message) != len ||
					   memcmp(errors[code].message, bytes, len) != 0))
		code++;
	return code;
}

bool engineio_error(const char *bytes, size_t len, struct strbuf *out)
{
	struct json_doc *doc = json_parse(bytes, len, NULL);
	double number = json_number(json_get(json_root(doc), "code"), -1);
	size_t code = error_named(bytes, len);

	if (number >= 0 && number < (double)BASE_LEN(errors) && number == (double)(size_t)number &&
	    json_string(json_get(json_root(doc), "message")) != NULL)
		code = (size_t)number;
	json_free(doc);
	if (code < BASE_LEN(errors))
		strbuf_addf(out, "\"%s\" (code %zu): %s", errors[code].message, code,
			    errors[code].meaning);
	return code < BASE_LEN(errors);
}
