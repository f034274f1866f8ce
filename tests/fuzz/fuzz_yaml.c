/* YAML and config: any bytes as a YAML document, and as the one services.yaml of a fleet. What is
 * wrong with them is said in complaints with places, never by a crash. */
#include "fuzz.h"

#include "config/config.h"

#include <sys/mman.h>
#include <unistd.h>

static size_t walk(const struct node *node)
{
	size_t count = 1;

	PROMISE(node->pos.line >= 0 && node->pos.col >= 0);
	if (node->kind == NODE_SCALAR)
		PROMISE(node->text[node->text_len] == '\0' && strlen(node->text) == node->text_len);
	for (size_t i = 0; node->kind != NODE_SCALAR && i < node->len; i++) {
		if (node->kind == NODE_MAP) {
			PROMISE(node->keys[i]->kind == NODE_SCALAR);
			PROMISE(node_get(node, node->keys[i]->text) == node->items[i]);
		}
		count += walk(node->items[i]);
	}
	return count;
}

static void print(const struct diags *diags)
{
	struct strbuf out;

	strbuf_init(&out, 1 << 20);
	diags_print(diags, &out);
	strbuf_release(&out);
}

static void read_alone(const char *bytes, size_t len)
{
	struct arena arena;
	struct diags diags;
	const struct node *node;

	arena_init(&arena);
	diags_init(&diags);
	node = config_read_yaml(&arena, "f.yaml", bytes, len, &diags);
	PROMISE(node != NULL || diags.errors != 0);
	if (node != NULL)
		(void)walk(node);
	print(&diags);
	diags_release(&diags);
	arena_release(&arena);
}

/* config_load() wants a path: one of memory. */
static void load(const char *bytes, size_t len)
{
	int fd = memfd_create("services.yaml", 0);
	char path[64];
	const char *paths[] = {path};
	struct config_request request = {.paths = paths, .path_count = 1};
	struct diags diags;
	struct fleet *fleet;

	PROMISE(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	diags_init(&diags);
	fleet = config_load(&request, &diags);
	PROMISE(fleet != NULL || diags.errors != 0);
	if (fleet != NULL)
		fleet_unref(fleet);
	print(&diags);
	diags_release(&diags);
	(void)close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_alone((const char *)data, size);
	load((const char *)data, size);
	return 0;
}
