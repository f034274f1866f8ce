/* The demo's services.yaml reads like one that a person would write: the same keys, checks and
 * dependencies as the fleet that is shipped, only with ports of this run. */
#include "demo/folder.h"

#include "demo/demo.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG_MAX (64u << 10)

/* @name@ is the port of that service; files are beside this one. */
static const char config[] =
	"# The fleet of sitrep --demo: 13 services on free ports of this host, gone when it ends.\n"
	"version: 1\n"
	"fleet: nexus\n"
	"defaults: {interval: 2s, timeout: 1500ms, fall: 2, rise: 1, proxy: none}\n"
	"environments:\n"
	"  " DEMO_ENVIRONMENT ": {default: true, gateway: \"http://127.0.0.1:@gateway@\"}\n"
	"\n"
	"templates:\n"
	"  python-api:\n"
	"    group: core\n"
	"    checks:\n"
	"      - http: /health\n"
	"        expect: [\"json .status == healthy\"]\n"
	"        warn: [\"latency < 300ms\"]\n"
	"      - http: /ready\n"
	"\n"
	"services:\n"
	"  - name: gateway\n"
	"    group: edge\n"
	"    url: \"${gateway}\"\n"
	"    depends_on: [auth, user, scraping, voice, analytics]\n"
	"    checks:\n"
	"      - http: /health\n"
	"        warn: [\"latency < 300ms\"]\n"
	"      - http: /openapi.json\n"
	"        expect: [\"json .openapi exists\"]\n"
	"    logs: [{file: gateway-error.log}, {file: gateway-access.log}]\n"
	"\n"
	"  - name: auth\n"
	"    use: python-api\n"
	"    url: \"http://127.0.0.1:@auth@\"\n"
	"    depends_on: [postgres, redis]\n"
	"    checks:\n"
	"      - route: POST /api/auth/token\n"
	"    logs: [{file: auth.log}]\n"
	"\n"
	"  - name: user\n"
	"    use: python-api\n"
	"    url: \"http://127.0.0.1:@user@\"\n"
	"    depends_on: [postgres]\n"
	"    auth: {bearer: \"${file:token}\"}\n"
	"    checks:\n"
	"      - http: /api/users/me\n"
	"        expect: [\"json .role == monitor\"]\n"
	"    logs: [{file: user.log}]\n"
	"\n"
	"  - name: scraping\n"
	"    use: python-api\n"
	"    url: \"http://127.0.0.1:@scraping@\"\n"
	"    depends_on: [redis, kafka]\n"
	"    checks:\n"
	"      - route: POST /api/scraping/jobs\n"
	"    logs: [{file: scraping.log}]\n"
	"\n"
	"  - name: voice\n"
	"    use: python-api\n"
	"    url: \"http://127.0.0.1:@voice@\"\n"
	"    depends_on: [redis]\n"
	"    checks:\n"
	"      - openapi: /openapi.json             # its routes are evidence when one is missing\n"
	"      - route: POST /api/voice/realtime-session\n"
	"      - route: \"POST ${gateway}/api/voice/realtime-session\"\n"
	"        name: realtime-session by the gateway\n"
	"      - cors: POST /api/voice/realtime-session\n"
	"        origin: https://app.example.com\n"
	"      - websocket: /ws/transcriptions\n"
	"    logs: [{file: voice.log}]\n"
	"\n"
	"  - name: analytics\n"
	"    use: python-api\n"
	"    url: \"http://127.0.0.1:@analytics@\"\n"
	"    depends_on: [postgres, kafka]\n"
	"    checks:\n"
	"      - route: POST /api/analytics/events\n"
	"    logs: [{file: analytics.log}]\n"
	"\n"
	"  - name: postgres\n"
	"    group: data\n"
	"    checks: [{postgres: \"127.0.0.1:@postgres@\"}]\n"
	"    logs: [{file: postgres.log}]\n"
	"  - name: redis\n"
	"    group: data\n"
	"    auth: {password: \"${file:token}\"}\n"
	"    checks:\n"
	"      - redis: \"127.0.0.1:@redis@\"\n"
	"        expect: [\"role == master\"]\n"
	"    logs: [{file: redis.log}]\n"
	"  - name: kafka\n"
	"    group: data\n"
	"    depends_on: [zookeeper]\n"
	"    checks: [{kafka: \"127.0.0.1:@kafka@\"}]\n"
	"    logs: [{file: kafka.log}]\n"
	"  - name: zookeeper\n"
	"    group: data\n"
	"    checks: [{zookeeper: \"127.0.0.1:@zookeeper@\"}]\n"
	"    logs: [{file: zookeeper.log}]\n"
	"\n"
	"  - name: grafana\n"
	"    group: tools\n"
	"    url: \"http://127.0.0.1:@grafana@\"\n"
	"    depends_on: [prometheus]\n"
	"    checks:\n"
	"      - http: /api/health\n"
	"        expect: [\"json .database == ok\"]\n"
	"    logs: [{file: grafana.log}]\n"
	"  - name: prometheus\n"
	"    group: tools\n"
	"    url: \"http://127.0.0.1:@prometheus@\"\n"
	"    checks:\n"
	"      - http: /-/healthy\n"
	"        expect: [\"body ~ Healthy\"]\n"
	"      - http: /-/ready\n"
	"    logs: [{file: prometheus.log}]\n"
	"  - name: kafka-ui\n"
	"    group: tools\n"
	"    url: \"http://127.0.0.1:@kafka-ui@\"\n"
	"    depends_on: [kafka]\n"
	"    checks:\n"
	"      - http: /actuator/health\n"
	"    logs: [{file: kafka-ui.log}]\n";

static bool write_file(int folder_fd, const char *name, const char *bytes, size_t len,
		       struct strbuf *err)
{
	int fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool good = fd >= 0 && write(fd, bytes, len) == (ssize_t)len;

	if (!good)
		strbuf_addf(err, "cannot write %s: %s", name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return good;
}

bool folder_write(const struct world *world, int folder_fd, struct strbuf *err)
{
	struct strbuf text;
	bool good;

	strbuf_init(&text, CONFIG_MAX);
	world_expand(world, config, &text);
	good = write_file(folder_fd, DEMO_TOKEN_NAME, world->token, strlen(world->token), err) &&
	       write_file(folder_fd, DEMO_CONFIG_NAME, text.data, text.len, err);
	strbuf_release(&text);
	return good;
}

void demo_clean(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct stat info;

	if (fd < 0)
		return;
	if (fstat(fd, &info) != 0 || info.st_uid != geteuid()) {
		close(fd);
		return;
	}
	unlinkat(fd, DEMO_CONFIG_NAME, 0);
	unlinkat(fd, DEMO_TOKEN_NAME, 0);
	for (size_t i = 0; i < JOURNAL_FILES; i++)
		unlinkat(fd, journal_file_name(i), 0);
	close(fd);
	rmdir(folder);
}
