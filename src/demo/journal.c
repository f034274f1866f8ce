/* Formats as found in the wild: uvicorn and gunicorn with Python's logging, nginx's combined and
 * error logs, PostgreSQL with log_line_prefix '%m [%p] ', Redis, log4j of Kafka and ZooKeeper,
 * logfmt of Grafana and Prometheus, Spring Boot. All times are UTC, as in containers. */
#include "demo/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define JOURNAL_MAX_BYTES (4u << 20)
#define JOURNAL_LINE_MAX 8192

static const char *const months[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

const char *journal_file_name(size_t file)
{
	static const char *const names[JOURNAL_FILES] = {
		[DEMO_GATEWAY] = "gateway-access.log", [DEMO_AUTH] = "auth.log",
		[DEMO_USER] = "user.log",	       [DEMO_SCRAPING] = "scraping.log",
		[DEMO_VOICE] = "voice.log",	       [DEMO_ANALYTICS] = "analytics.log",
		[DEMO_POSTGRES] = "postgres.log",      [DEMO_REDIS] = "redis.log",
		[DEMO_KAFKA] = "kafka.log",	       [DEMO_ZOOKEEPER] = "zookeeper.log",
		[DEMO_GRAFANA] = "grafana.log",	       [DEMO_PROMETHEUS] = "prometheus.log",
		[DEMO_KAFKA_UI] = "kafka-ui.log",      [JOURNAL_GATEWAY_ERRORS] = "gateway-error.log",
	};

	if (file >= JOURNAL_FILES)
		BUG("no such log file: %zu", file);
	return names[file];
}

bool journal_init(struct journal *journal, int folder_fd, struct strbuf *err)
{
	memset(journal, 0, sizeof(*journal));
	for (size_t i = 0; i < JOURNAL_FILES; i++)
		journal->fds[i] = -1;
	for (size_t i = 0; i < JOURNAL_FILES; i++) {
		journal->fds[i] = openat(folder_fd, journal_file_name(i),
					 O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
		if (journal->fds[i] < 0) {
			strbuf_addf(err, "cannot create %s: %s", journal_file_name(i),
				    strerror(errno));
			return false;
		}
	}
	return true;
}

void journal_release(struct journal *journal)
{
	for (size_t i = 0; i < JOURNAL_FILES; i++) {
		if (journal->fds[i] >= 0)
			close(journal->fds[i]);
		journal->fds[i] = -1;
	}
}

/* Appends the line and a newline in one write, so that no reader sees half of it. A full disk
 * costs the demo its lines, nothing else. */
static void put(struct journal *journal, size_t file, struct strbuf *line)
{
	ssize_t wrote;

	strbuf_addc(line, '\n');
	if (journal->sizes[file] + line->len > JOURNAL_MAX_BYTES &&
	    ftruncate(journal->fds[file], 0) == 0)
		journal->sizes[file] = 0;
	wrote = write(journal->fds[file], line->data, line->len);
	if (wrote > 0)
		journal->sizes[file] += (size_t)wrote;
}

static int milliseconds(const struct civil_time *t)
{
	return (int)(t->nanosecond / NS_PER_MS);
}

/* "2026-11-21 12:03:41,123"; `mark` stands before the milliseconds, 0 leaves them out. */
static void iso(struct strbuf *line, const struct civil_time *t, char mark)
{
	strbuf_addf(line, "%04d-%02d-%02d %02d:%02d:%02d", t->year, t->month, t->day, t->hour,
		    t->minute, t->second);
	if (mark != '\0')
		strbuf_addf(line, "%c%03d", mark, milliseconds(t));
}

static const char *word(enum journal_level level, const char *warning, const char *fatal)
{
	switch (level) {
	case JOURNAL_INFO:
	case JOURNAL_RAW:
		return "INFO";
	case JOURNAL_WARNING:
		return warning;
	case JOURNAL_ERROR:
		return "ERROR";
	case JOURNAL_FATAL:
		return fatal;
	}
	BUG("no such level: %d", (int)level);
}

static void nginx_error_prefix(struct journal *journal, struct strbuf *line,
			       const struct civil_time *t, enum journal_level level)
{
	const char *name = level == JOURNAL_WARNING ? "warn" :
			   level == JOURNAL_INFO    ? "notice" :
						      "error";

	strbuf_addf(line, "%04d/%02d/%02d %02d:%02d:%02d [%s] 29#29: ", t->year, t->month, t->day,
		    t->hour, t->minute, t->second, name);
	if (level == JOURNAL_ERROR)
		strbuf_addf(line, "*%lu ", ++journal->connections);
}

static const char *lower(enum journal_level level)
{
	return level == JOURNAL_WARNING ? "warn" : level == JOURNAL_INFO ? "info" : "error";
}

/* What stands before the message, up to where it starts. */
static void prefix(struct journal *journal, enum demo_service service, struct strbuf *line,
		   const struct civil_time *t, enum journal_level level)
{
	switch (demo_service_info(service)->format) {
	case DEMO_FORMAT_UVICORN:
		iso(line, t, ',');
		strbuf_addf(line, " %-8s ", word(level, "WARNING", "CRITICAL"));
		break;
	case DEMO_FORMAT_GUNICORN:
		strbuf_addc(line, '[');
		iso(line, t, '\0');
		strbuf_addf(line, " +0000] [7] [%s] ", word(level, "WARNING", "CRITICAL"));
		break;
	case DEMO_FORMAT_NGINX:
		nginx_error_prefix(journal, line, t, level);
		break;
	case DEMO_FORMAT_POSTGRES:
		iso(line, t, '.');
		strbuf_addf(line, " UTC [%d] %s:  ", level == JOURNAL_INFO ? 27 : 61,
			    level == JOURNAL_INFO ? "LOG" : word(level, "WARNING", "FATAL"));
		break;
	case DEMO_FORMAT_REDIS:
		strbuf_addf(line, "1:M %02d %s %04d %02d:%02d:%02d.%03d %c ", t->day,
			    months[t->month - 1], t->year, t->hour, t->minute, t->second,
			    milliseconds(t), level == JOURNAL_INFO ? '*' : '#');
		break;
	case DEMO_FORMAT_KAFKA:
		strbuf_addc(line, '[');
		iso(line, t, ',');
		strbuf_addf(line, "] %s ", word(level, "WARN", "FATAL"));
		break;
	case DEMO_FORMAT_ZOOKEEPER:
		iso(line, t, ',');
		strbuf_addf(line, " [myid:1] - %-5s ", word(level, "WARN", "FATAL"));
		break;
	case DEMO_FORMAT_GRAFANA:
		strbuf_addf(line, "logger=context t=%04d-%02d-%02dT%02d:%02d:%02d.%03dZ level=%s ",
			    t->year, t->month, t->day, t->hour, t->minute, t->second,
			    milliseconds(t), lower(level));
		break;
	case DEMO_FORMAT_PROMETHEUS:
		strbuf_addf(line, "ts=%04d-%02d-%02dT%02d:%02d:%02d.%03dZ level=%s ", t->year,
			    t->month, t->day, t->hour, t->minute, t->second, milliseconds(t),
			    lower(level));
		break;
	case DEMO_FORMAT_SPRING:
		iso(line, t, '.');
		strbuf_addf(line, " %5s 1 --- ", word(level, "WARN", "ERROR"));
		break;
	}
}

void journal_write(struct journal *journal, enum demo_service service, struct wall_time at,
		   enum journal_level level, const char *text)
{
	struct civil_time t = civil_from_wall(at, 0);
	size_t file = service == DEMO_GATEWAY ? (size_t)JOURNAL_GATEWAY_ERRORS : (size_t)service;
	struct strbuf line;

	strbuf_init(&line, JOURNAL_LINE_MAX);
	if (level != JOURNAL_RAW)
		prefix(journal, service, &line, &t, level);
	strbuf_adds(&line, text);
	put(journal, file, &line);
	strbuf_release(&line);
}

static void nginx_access(struct strbuf *line, const struct civil_time *t,
			 const struct journal_access *a)
{
	strbuf_addf(line, "127.0.0.1 - - [%02d/%s/%04d:%02d:%02d:%02d +0000] \"%s %s HTTP/1.1\" "
			  "%d %zu \"-\" \"-\" rt=%.3f",
		    t->day, months[t->month - 1], t->year, t->hour, t->minute, t->second, a->method,
		    a->path, a->status, a->bytes, (double)a->took_ns / 1e9);
}

void journal_access(struct journal *journal, enum demo_service service, struct wall_time at,
		    const struct journal_access *a)
{
	enum demo_format format = demo_service_info(service)->format;
	struct civil_time t = civil_from_wall(at, 0);
	struct strbuf line;

	/* Prometheus and Spring Boot write no access log unless told to. */
	if (format == DEMO_FORMAT_PROMETHEUS || format == DEMO_FORMAT_SPRING)
		return;
	strbuf_init(&line, JOURNAL_LINE_MAX);
	if (format == DEMO_FORMAT_NGINX) {
		nginx_access(&line, &t, a);
	} else {
		prefix(journal, service, &line, &t, JOURNAL_INFO);
		if (format == DEMO_FORMAT_GRAFANA)
			strbuf_addf(&line, "msg=\"Request Completed\" method=%s path=%s status=%d "
					   "duration=%.3fms size=%zu",
				    a->method, a->path, a->status, (double)a->took_ns / 1e6,
				    a->bytes);
		else
			strbuf_addf(&line, "127.0.0.1:%d - \"%s %s HTTP/1.1\" %d", a->client_port,
				    a->method, a->path, a->status);
	}
	put(journal, (size_t)service, &line);
	strbuf_release(&line);
}
