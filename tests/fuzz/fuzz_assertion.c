/* Assertions: any line of `expect:` of any check type. It is put into a services.yaml as a quoted
 * scalar; the first byte chooses the type. */
#include "fuzz.h"

#include "base/json.h"
#include "config/config.h"

#include <sys/mman.h>
#include <unistd.h>

static const char *const checks[] = {
	"http: /", "tcp: \"127.0.0.1:1\"", "tls: \"127.0.0.1:1\"", "postgres: \"127.0.0.1:1\"",
	"redis: \"127.0.0.1:1\"", "container: x", "kafka: \"127.0.0.1:1\"", "dns: example.com",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	const char *paths[] = {path};
	struct config_request request = {.paths = paths, .path_count = 1};
	struct json_writer quoted;
	struct diags diags;
	struct strbuf yaml;
	struct fleet *fleet;
	int fd = memfd_create("services.yaml", 0);

	if (size == 0) {
		(void)close(fd);
		return 0;
	}
	strbuf_init(&yaml, 1 << 20);
	strbuf_addf(&yaml,
		    "version: 1\nfleet: f\nservices:\n  - name: a\n    url: http://127.0.0.1\n"
		    "    checks:\n      - %s\n        expect: [",
		    checks[data[0] % BASE_LEN(checks)]);
	json_writer_init(&quoted, &yaml, false);
	json_add_bytes(&quoted, (const char *)data + 1, size - 1);
	strbuf_adds(&yaml, "]\n");
	PROMISE(fd >= 0 && write(fd, yaml.data, yaml.len) == (ssize_t)yaml.len);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	diags_init(&diags);
	fleet = config_load(&request, &diags);
	PROMISE(fleet != NULL || diags.errors != 0);
	if (fleet != NULL)
		fleet_unref(fleet);
	diags_release(&diags);
	strbuf_release(&yaml);
	(void)close(fd);
	return 0;
}
