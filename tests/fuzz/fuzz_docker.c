/* A container engine's answers: the first byte says which reader gets the rest. Every text is there, the
 * log stream gives no more than came, and what is quoted lies inside it. */
#include "fuzz.h"

#include "base/limits.h"
#include "base/xalloc.h"
#include "probe/container_answer.h"
#include "probe/docker_stream.h"

static void read_container(const char *bytes, size_t len, struct arena *arena)
{
	struct container_answer answer = {.now = {2000000000LL * NS_PER_S}};
	struct exchange_header headers[CONTAINER_HEADERS];
	struct sample_value values[CONTAINER_VALUES];
	struct restart_history history = {0};
	struct docker_container box;
	struct restart_look look;
	struct strbuf text;
	int64_t since, until;

	if (!docker_read_container(bytes, len, arena, &box))
		return;
	PROMISE(box.id != NULL && box.error != NULL && box.image != NULL && box.revision != NULL);
	PROMISE(box.health[0] != '\0' && box.health_output != NULL);
	look = (struct restart_look){&box, answer.now, {1}};
	(void)restart_history_note(&history, &look, &since, &until);
	PROMISE(restart_history_rate(&history, look.mono) <= box.restarts);
	box.restarts++;
	PROMISE(!restart_history_note(&history, &look, &since, &until));
	answer.box = &box;
	answer.restart_rate = restart_history_rate(&history, look.mono);
	PROMISE(answer.restart_rate <= box.restarts);
	PROMISE(container_values(&answer, values) <= CONTAINER_VALUES);
	strbuf_init(&text, LIMIT_MESSAGE);
	container_sentence(&answer, &text);
	strbuf_reset(&text);
	PROMISE(container_evidence(&answer, headers, &text, arena) <= CONTAINER_HEADERS);
	strbuf_release(&text);
}

static void read_list(const char *bytes, size_t len, struct arena *arena)
{
	const char *similar[3];
	size_t found, count = docker_read_similar(bytes, len, "nexus-voice", NULL, arena, similar, 3, &found);

	PROMISE(found <= 3 && (count == SIZE_MAX || found <= count));
	for (size_t i = 0; i < found; i++)
		PROMISE(similar[i][0] != '\0' && strlen(similar[i]) < 200);
}

static void read_lines(const char *bytes, size_t len)
{
	struct strbuf text;
	size_t line_len = 0;
	const char *line;

	strbuf_init(&text, len);
	if (!docker_stream_read(bytes, len, &text)) {
		PROMISE(text.len == 0);
		strbuf_add(&text, bytes, len);
	}
	PROMISE(text.len <= len);
	docker_last_lines(&text, 100);
	PROMISE(text.len <= 100);
	line = docker_telling_line(text.data, text.len, &line_len);
	PROMISE(line == NULL || (line >= text.data && line + line_len <= text.data + text.len));
	strbuf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data + 1;
	struct wall_time ends[3];
	struct docker_image image;
	struct arena arena;

	if (size == 0)
		return 0;
	arena_init(&arena);
	switch (data[0]) {
	case 'c':
		read_container(bytes, size - 1, &arena);
		break;
	case 'e':
		PROMISE(docker_read_ends(bytes, size - 1, ends, BASE_LEN(ends)) <= BASE_LEN(ends));
		break;
	case 'i':
		PROMISE(!docker_read_image(bytes, size - 1, &arena, &image) || image.revision != NULL);
		break;
	case 'l':
		read_list(bytes, size - 1, &arena);
		break;
	case 'm':
		(void)docker_read_message(bytes, size - 1, &arena);
		break;
	default:
		read_lines(bytes, size - 1);
		break;
	}
	arena_release(&arena);
	return 0;
}
