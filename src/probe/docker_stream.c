/* The engine's log stream. Invariant: a length that the bytes do not have is never believed. See
 * docker_stream.h. */
#include "probe/docker_stream.h"

#define HEAD 8

static bool is_head(const unsigned char *head)
{
	return head[0] <= 2 && head[1] == 0 && head[2] == 0 && head[3] == 0;
}

static size_t frame_len(const unsigned char *head)
{
	return (size_t)head[4] << 24 | (size_t)head[5] << 16 | (size_t)head[6] << 8 | head[7];
}

bool docker_stream_read(const char *bytes, size_t len, struct strbuf *text)
{
	size_t at = 0, before = text->len;

	while (len - at >= HEAD) {
		const unsigned char *head = (const unsigned char *)bytes + at;
		size_t size = frame_len(head);

		if (!is_head(head)) {
			strbuf_cut(text, before);
			return false;
		}
		at += HEAD;
		if (size > len - at)
			size = len - at;
		strbuf_add(text, bytes + at, size);
		at += size;
	}
	return at != 0 || len == 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void docker_last_lines(struct strbuf *text, size_t most)
{
	size_t from = 0;
	const char *newline;

	while (text->len != 0 && is_blank(text->data[text->len - 1]))
		strbuf_cut(text, text->len - 1);
	if (text->len <= most)
		return;
	from = text->len - most;
	newline = memchr(text->data + from, '\n', text->len - from);
	if (newline != NULL)
		from = (size_t)(newline - text->data) + 1;
	memmove(text->data, text->data + from, text->len - from);
	strbuf_cut(text, text->len - from);
}

static bool speaks_of_error(const char *line, size_t len)
{
	static const char *const words[] = {"rror", "xception", "FATAL", "fatal", "panic", "PANIC",
					    "not found", "denied", "refused", "cannot", "Cannot"};

	for (size_t i = 0; i < BASE_LEN(words); i++)
		if (memmem(line, len, words[i], strlen(words[i])) != NULL)
			return true;
	return false;
}

const char *docker_telling_line(const char *text, size_t len, size_t *line_len)
{
	const char *last = NULL;
	size_t last_len = 0;

	while (len != 0) {
		const char *newline = memrchr(text, '\n', len);
		const char *line = newline != NULL ? newline + 1 : text;
		size_t size = len - (size_t)(line - text);

		len = newline != NULL ? (size_t)(newline - text) : 0;
		while (size != 0 && is_blank(line[size - 1]))
			size--;
		if (size == 0)
			continue;
		if (last == NULL) {
			last = line;
			last_len = size;
		}
		if (!is_blank(line[0]) && speaks_of_error(line, size)) {
			*line_len = size;
			return line;
		}
	}
	*line_len = last_len;
	return last;
}
