/* The packets of Engine.IO 4 that a handshake needs (its protocol document, v4): the open packet, and the
 * errors that a server answers in JSON. Pure. */
#ifndef PROBE_ENGINEIO_H
#define PROBE_ENGINEIO_H

#include "base/strbuf.h"

#define ENGINEIO_SID 128

enum engineio_kind {
	ENGINEIO_OPEN,
	ENGINEIO_OLD,   /* the framing of version 3 and before: "97:0{…}" */
	ENGINEIO_OTHER, /* no open packet */
};
struct engineio_open {
	char sid[3 * ENGINEIO_SID + 1]; /* as it stands in a URL: percent-encoded */
	bool upgrades_websocket;
	double ping_interval_ms; /* 0 where it is not said */
};
/* An open packet, alone or in front of others (U+001E between them). */
enum engineio_kind engineio_open_read(const char *bytes, size_t len, struct engineio_open *open);

/* {"code":1,"message":"Session ID unknown"}, or the message alone: adds what it says and what it means;
 * false where the bytes are no such answer. */
bool engineio_error(const char *bytes, size_t len, struct strbuf *out);

#endif
