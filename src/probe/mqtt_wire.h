/* The bytes of MQTT 3.1.1 and 5.0 (OASIS standards) as far as a client that connects and leaves meets
 * them: CONNECT, CONNACK, DISCONNECT. Pure: no socket, no copy; what is found points into the bytes. */
#ifndef PROBE_MQTT_WIRE_H
#define PROBE_MQTT_WIRE_H

#include "base/strbuf.h"

enum mqtt_level { MQTT_3_1_1 = 4, MQTT_5 = 5 };

/* Appends CONNECT with a clean session and a keep-alive of a minute; `user` may be NULL. No text may be
 * longer than 65,535 bytes: false, and nothing of use is in `out`. */
bool mqtt_connect(struct strbuf *out, enum mqtt_level level, const char *client_id, const char *user,
		  const char *password);
void mqtt_disconnect(struct strbuf *out);

enum mqtt_fit { MQTT_PARTIAL, MQTT_GARBAGE, MQTT_WHOLE };
struct mqtt_connack {
	uint8_t code;       /* return code of 3.1.1 (section 3.2.2.3), reason code of 5 (3.2.2.2) */
	bool session;       /* a session was there, which a clean start forbids */
	const char *reason; /* 5: the server's own words; NULL; not terminated */
	size_t reason_len;
};
/* The first packet of a server's answer. `used` gets the bytes that it takes, where it is whole. */
enum mqtt_fit mqtt_read_connack(const char *bytes, size_t len, enum mqtt_level level,
				struct mqtt_connack *connack, size_t *used);

#endif
