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

/* The codes of the reference server (engine.io, lib/server.ts). */
static const char *const meanings[] = {
	[0] = "the server does not offer this transport",
	[1] = "the request reached an instance that does not know the session: the load balancer has no "
	      "sticky sessions",
	[2] = "the handshake did not come as a GET; something between changes the method",
	[3] = "the server takes the request for a bad one; a proxy may drop the headers Upgrade and "
	      "Connection",
	[4] = "the server forbids it: origin or credentials are not those that it wants",
	[5] = "the server speaks another version of the protocol than 4 (Socket.IO 3 and later)",
};

bool engineio_error(const char *bytes, size_t len, struct strbuf *out)
{
	struct json_doc *doc = json_parse(bytes, len, NULL);
	const struct json *root = json_root(doc);
	double code = json_number(json_get(root, "code"), -1);
	const char *message = json_string(json_get(root, "message"));
	bool is_one = doc != NULL && message != NULL && code >= 0 && code < (double)BASE_LEN(meanings) &&
		      code == (double)(int)code;

	if (is_one)
		strbuf_addf(out, "\"%.100s\" (code %d): %s", message, (int)code,
			    meanings[(int)code]);
	json_free(doc);
	return is_one;
}
