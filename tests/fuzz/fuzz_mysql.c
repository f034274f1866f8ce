/* What a MySQL or MariaDB server sends: packets, and each reader on each of them. All that is read lies
 * inside the packet. */
#include "fuzz.h"

#include "probe/mysql_wire.h"

static void check_inside(const struct mysql_packet *packet, const char *text, size_t len)
{
	if (len == 0)
		return;
	PROMISE(text >= packet->body && text + len <= packet->body + packet->len);
}

static void check_login(const struct mysql_packet *packet)
{
	struct mysql_greeting greeting;
	struct mysql_switch wanted;
	struct mysql_error error;

	if (mysql_read_greeting(packet, &greeting)) {
		PROMISE(greeting.protocol == 9 || greeting.protocol == 10);
		check_inside(packet, greeting.version, greeting.version_len);
		check_inside(packet, greeting.plugin, strlen(greeting.plugin));
	}
	if (mysql_read_switch(packet, &wanted))
		PROMISE(packet->len == 1 || wanted.salt_len < packet->len);
	if (mysql_read_error(packet, &error)) {
		PROMISE(error.code != 0 && strlen(error.state) <= 5);
		check_inside(packet, error.message, error.message_len);
	}
}

static void check_row(const struct mysql_packet *packet, size_t count)
{
	struct mysql_field fields[4];
	bool flag;

	if (!mysql_read_row(packet, fields, count))
		return;
	for (size_t i = 0; i < count; i++) {
		check_inside(packet, fields[i].text, fields[i].len);
		PROMISE(mysql_read_number(&fields[i]) >= -1);
		if (mysql_read_flag(&fields[i], &flag))
			PROMISE(fields[i].len != 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data;
	struct mysql_packet packet;

	while (mysql_read(at, size, &packet) == MYSQL_WHOLE) {
		PROMISE(packet.len != 0 && packet.used == packet.len + 4 && packet.used <= size);
		PROMISE(mysql_kind(&packet) <= 0xff);
		PROMISE(mysql_read_columns(&packet) <= 4096);
		check_login(&packet);
		for (size_t count = 0; count <= 4; count++)
			check_row(&packet, count);
		at += packet.used;
		size -= packet.used;
	}
	return 0;
}
