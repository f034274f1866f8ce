/* The bytes of PostgreSQL's frontend/backend protocol 3.0, as far as a check speaks it: frames, what
 * is inside of them, and the one query with the reader of its row. No socket, no state; everything
 * that is read points into the bytes it was read from.
 * https://www.postgresql.org/docs/15/protocol-message-formats.html */
#ifndef PROBE_POSTGRES_WIRE_H
#define PROBE_POSTGRES_WIRE_H

#include "base/strbuf.h"

#define POSTGRES_FRAME_MOST 65536

enum postgres_read { POSTGRES_MORE, POSTGRES_WHOLE, POSTGRES_GARBAGE };

/* A message of the server. `old`: an error in the form of protocol 2 (a text and a NUL), which a server
 * sends that could not even start a process for the connection. */
struct postgres_message {
	char type;
	bool old;
	const char *body;
	size_t len;
	size_t used; /* bytes of the whole frame */
};
enum postgres_read postgres_read(const char *bytes, size_t len, struct postgres_message *message);

/* ErrorResponse and NoticeResponse; "" where a field is missing. NUL-terminated. */
struct postgres_error {
	const char *severity; /* FATAL, ERROR */
	const char *code;     /* SQLSTATE: five characters */
	const char *message;
	const char *detail;
	const char *hint;
};
bool postgres_read_error(const struct postgres_message *message, struct postgres_error *error);

enum postgres_login {
	POSTGRES_LOGIN_OK = 0,
	POSTGRES_LOGIN_KERBEROS = 2,
	POSTGRES_LOGIN_CLEARTEXT = 3,
	POSTGRES_LOGIN_MD5 = 5,
	POSTGRES_LOGIN_SCM = 6,
	POSTGRES_LOGIN_GSS = 7,
	POSTGRES_LOGIN_GSS_CONTINUE = 8,
	POSTGRES_LOGIN_SSPI = 9,
	POSTGRES_LOGIN_SASL = 10,
	POSTGRES_LOGIN_SASL_CONTINUE = 11,
	POSTGRES_LOGIN_SASL_FINAL = 12
};
struct postgres_request {
	int32_t kind;      /* enum postgres_login, or what this program does not know */
	const char *data;  /* behind the kind: the salt, the mechanisms, SASL's data */
	size_t len;
	bool scram;        /* SASL: SCRAM-SHA-256 is among the mechanisms */
};
bool postgres_read_request(const struct postgres_message *message, struct postgres_request *request);
/* How people call a log-in: "SCRAM-SHA-256", "GSSAPI" …; "log-in method 99". */
void postgres_name_request(struct strbuf *out, const struct postgres_request *request);

/* ParameterStatus. */
bool postgres_read_parameter(const struct postgres_message *message, const char **name,
			     const char **value);

/* What the one query of a check asks, in a read-only transaction; `postgres_query_least` is for servers that
 * lack some of its functions (Aurora's readers, older ones, look-alikes), once the other has failed. Both give one row of POSTGRES_COLUMNS. */
#define POSTGRES_COLUMNS 5
extern const char postgres_query[];
extern const char postgres_query_least[];
struct postgres_vitals {
	bool in_recovery;
	bool read_only_known, read_only; /* for sessions of this user in this database */
	double lag_s;       /* -1: not known, and on a primary */
	double connections; /* -1: not known */
	double allowed;     /* max_connections; -1: not known */
};
bool postgres_read_vitals(const struct postgres_message *message, struct postgres_vitals *vitals);

/* Appends messages of the client. `pairs` are names and values of the start-up, NULL-terminated. */
void postgres_put_ssl_request(struct strbuf *out);
void postgres_put_startup(struct strbuf *out, const char *const *pairs);
void postgres_put(struct strbuf *out, char type, const void *body, size_t len);
/* SASLInitialResponse: mechanism and first message. */
void postgres_put_sasl(struct strbuf *out, const char *mechanism, const struct strbuf *first);
/* PasswordMessage of MD5: "md5" + hex(md5(hex(md5(password + user)) + salt)). */
void postgres_put_md5(struct strbuf *out, const char *user, const char *password,
		      const char salt[4]);

#endif
