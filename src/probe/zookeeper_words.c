/* Reading of ZooKeeper's answers, line by line. See zookeeper_words.h. */
#include "probe/zookeeper_words.h"

#define NUMBER_DIGITS 15

void zookeeper_init(struct zookeeper *zookeeper)
{
	*zookeeper = (struct zookeeper){.connections = -1, .outstanding = -1, .followers = -1};
}

struct line {
	const char *at;
	size_t len;
};

/* The value behind `name`, or none (at == NULL). */
static struct line value_of(struct line line, const char *name)
{
	size_t len = strlen(name);
	struct line value = {0};

	if (line.len < len || memcmp(line.at, name, len) != 0)
		return value;
	value = (struct line){line.at + len, line.len - len};
	while (value.len != 0 && (*value.at == ' ' || *value.at == '\t')) {
		value.at++;
		value.len--;
	}
	return value;
}

static bool take_number(struct line line, const char *name, double *number)
{
	struct line value = value_of(line, name);
	double read = 0;

	if (value.at == NULL || value.len == 0 || value.len > NUMBER_DIGITS)
		return false;
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return false;
		read = read * 10 + (value.at[i] - '0');
	}
	*number = read;
	return true;
}

/* Up to the first byte of `until`. */
static bool take_text(struct line line, const char *name, const char *until, char *out, size_t size)
{
	struct line value = value_of(line, name);
	size_t len = 0;

	if (value.at == NULL || value.len == 0)
		return false;
	while (len < value.len && len < size - 1 && value.at[len] != '\0' &&
	       strchr(until, value.at[len]) == NULL)
		len++;
	if (len == 0)
		return false;
	memcpy(out, value.at, len);
	out[len] = '\0';
	return true;
}

/* "3.8.0-5a02a05eddb59aee6ac762f7ea82e92a68eb9c0f, built on …"; an unreleased one has a second dash. */
static bool take_version(struct line line, const char *name, struct zookeeper *zookeeper)
{
	return take_text(line, name, ",-", zookeeper->version, sizeof(zookeeper->version));
}

static bool take_srvr(struct line line, struct zookeeper *zookeeper)
{
	return take_version(line, "Zookeeper version:", zookeeper) ||
	       take_text(line, "Mode:", "", zookeeper->mode, sizeof(zookeeper->mode)) ||
	       take_number(line, "Connections:", &zookeeper->connections) ||
	       take_number(line, "Outstanding:", &zookeeper->outstanding);
}

static bool take_mntr(struct line line, struct zookeeper *zookeeper)
{
	return take_version(line, "zk_version\t", zookeeper) ||
	       take_text(line, "zk_server_state\t", "", zookeeper->mode, sizeof(zookeeper->mode)) ||
	       take_number(line, "zk_num_alive_connections\t", &zookeeper->connections) ||
	       take_number(line, "zk_outstanding_requests\t", &zookeeper->outstanding) ||
	       take_number(line, "zk_synced_followers\t", &zookeeper->followers);
}

bool zookeeper_begins(const char bytes[4])
{
	return memcmp(bytes, "imok", 4) == 0 || memcmp(bytes, "ruok", 4) == 0 ||
	       memcmp(bytes, "This", 4) == 0;
}

static bool holds(const char *bytes, size_t len, const char *words)
{
	return memmem(bytes, len, words, strlen(words)) != NULL;
}

enum zookeeper_answer zookeeper_read(const char *word, const char *bytes, size_t len,
				     struct zookeeper *zookeeper)
{
	bool (*take)(struct line, struct zookeeper *) = word[0] == 's' ? take_srvr : take_mntr;
	size_t first = len < 300 ? len : 300;
	size_t known = 0;

	if (holds(bytes, first, "is not executed because it is not in the whitelist"))
		return ZOOKEEPER_NOT_ALLOWED;
	if (holds(bytes, first, "not currently serving requests"))
		return ZOOKEEPER_NOT_SERVING;
	if (word[0] == 'r')
		return len >= 4 && memcmp(bytes, "imok", 4) == 0 ? ZOOKEEPER_ANSWERED : ZOOKEEPER_OTHER;
	while (len != 0) {
		const char *newline = memchr(bytes, '\n', len);
		size_t used = newline != NULL ? (size_t)(newline - bytes) + 1 : len;
		struct line line = {bytes, newline != NULL ? used - 1 : used};

		if (line.len != 0 && line.at[line.len - 1] == '\r')
			line.len--;
		known += take(line, zookeeper);
		bytes += used;
		len -= used;
	}
	return known >= 2 ? ZOOKEEPER_ANSWERED : ZOOKEEPER_OTHER;
}
