/* The first packet of an MQTT broker: the first byte chooses the version. What is found lies inside. */
#include "fuzz.h"

#include "probe/mqtt_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mqtt_connack connack;
	const char *bytes = (const char *)data + 1;
	size_t used = 0;
	enum mqtt_fit fit;

	if (size == 0)
		return 0;
	fit = mqtt_read_connack(bytes, size - 1, (data[0] & 1) != 0 ? MQTT_5 : MQTT_3_1_1, &connack, &used);
	PROMISE(fit != MQTT_WHOLE || (used >= 4 && used <= size - 1));
	PROMISE(fit != MQTT_WHOLE || connack.reason == NULL ||
		(connack.reason >= bytes && connack.reason + connack.reason_len <= bytes + used));
	return 0;
}
