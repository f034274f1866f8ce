/* The bytes of MySQL's client/server protocol, as far as a check speaks it to MySQL, MariaDB and their
 * look-alikes: packets, the greeting, errors, the log-in's answers, text rows. No socket, no state;
 * what is read points into the bytes it was read from.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html and
 * https://mariadb.com/kb/en/clientserver-protocol/ */
#ifndef PROBE_MYSQL_WIRE_H
#define PROBE_MYSQL_WIRE_H

#include "base/strbuf.h"

#define MYSQL_PACKET_MOST 65536

/* Capability flags. */
#define MYSQL_LONG_PASSWORD 0x00000001u /* MariaDB clears it, so it is how both are told apart */
#define MYSQL_PROTOCOL_41 0x00000200u
#define MYSQL_SSL 0x00000800u
#define MYSQL_TRANSACTIONS 0x00002000u
#define MYSQL_SECURE_CONNECTION 0x00008000u
#define MYSQL_PLUGIN_AUTH 0x00080000u
#define MYSQL_CONNECT_ATTRIBUTES 0x00100000u

enum mysql_read { MYSQL_MORE, MYSQL_WHOLE, MYSQL_GARBAGE };

struct mysql_packet {
	unsigned sequence;
	const char *body;
	size_t len;  /* never 0 */
	size_t used; /* bytes of the whole packet */
};
enum mysql_read mysql_read(const char *bytes, size_t len, struct mysql_packet *packet);
/* The first byte of a packet's body says what it is; 0 is OK. */
#define MYSQL_IS_OK 0x00
#define MYSQL_IS_MORE 0x01
#define MYSQL_IS_EOF 0xfe /* while logging in: another plugin is wanted */
#define MYSQL_IS_ERROR 0xff
unsigned mysql_kind(const struct mysql_packet *packet);

struct mysql_error {
	unsigned code;
	char state[6]; /* SQLSTATE; "" where there is none */
	const char *message;
	size_t message_len;
};
bool mysql_read_error(const struct mysql_packet *packet, struct mysql_error *error);

#define MYSQL_SALT 20
struct mysql_greeting {
	unsigned protocol;      /* 10; nothing else is set where it is another */
	const char *product;    /* "MySQL", "MariaDB", "TiDB"; a constant */
	const char *version;    /* without "5.5.5-" and what is behind the number */
	size_t version_len;
	uint32_t capabilities;
	char salt[MYSQL_SALT];
	const char *plugin;     /* NUL-terminated; "" where it names none */
};
bool mysql_read_greeting(const struct mysql_packet *packet, struct mysql_greeting *greeting);

/* AuthSwitchRequest. */
struct mysql_switch {
	const char *plugin; /* NUL-terminated; mysql_old_password where the packet is a bare 0xfe */
	char salt[MYSQL_SALT];
	size_t salt_len;    /* bytes that came, without a NUL behind; more than fit are not kept */
};
bool mysql_read_switch(const struct mysql_packet *packet, struct mysql_switch *out);

/* A row of the text protocol: exactly `count` fields. */
struct mysql_field {
	const char *text; /* NULL: SQL's NULL */
	size_t len;
};
bool mysql_read_row(const struct mysql_packet *packet, struct mysql_field *fields, size_t count);
/* The number of columns that an answer begins with; 0 where it is no such packet. */
size_t mysql_read_columns(const struct mysql_packet *packet);
/* A number that is not negative; -1 where the field is none. */
double mysql_read_number(const struct mysql_field *field);
/* 0, OFF, FALSE, NO are no; NULL is not known. */
bool mysql_read_flag(const struct mysql_field *field, bool *flag);

/* Appends packets of the client. */
void mysql_put(struct strbuf *out, unsigned sequence, const void *body, size_t len);
void mysql_put_ssl_request(struct strbuf *out, unsigned sequence, uint32_t capabilities);
void mysql_put_response(struct strbuf *out, unsigned sequence, uint32_t capabilities, const char *user,
			const struct strbuf *proof, const char *plugin);
/* What a plugin answers to a salt, nothing for an empty password: mysql_native_password,
 * SHA1(p) ^ SHA1(salt + SHA1(SHA1(p))); caching_sha2_password, SHA256(p) ^ SHA256(SHA256(SHA256(p)) + salt). */
void mysql_prove_native(struct strbuf *out, const char *password, const char salt[MYSQL_SALT]);
void mysql_prove_sha2(struct strbuf *out, const char *password, const char salt[MYSQL_SALT]);

#endif
