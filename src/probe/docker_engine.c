/* Finding the engine. Nothing is connected to here. See docker_engine.h. */
#include "probe/docker_engine.h"

#include "base/userinfo.h"

#include <errno.h>
#include <sys/stat.h>

static const char *skip(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

static void use_socket(struct docker_engine *engine, struct arena *arena, const char *path)
{
	engine->unix_path = arena_strdup(arena, path);
	engine->base = "http://localhost";
	engine->shown = arena_printf(arena, "unix:%s", path);
}

static const char *own(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* The certificates of the docker command's environment, for a DOCKER_HOST that wants TLS. */
static void use_docker_certs(struct docker_engine *engine, struct arena *arena)
{
	const char *folder = own("DOCKER_CERT_PATH");
	const char *home = own("HOME");

	if (folder == NULL)
		folder = arena_printf(arena, "%s/.docker", home != NULL ? home : "");
	engine->tls = (struct tls_options){.ca = arena_printf(arena, "%s/ca.pem", folder),
					   .cert = arena_printf(arena, "%s/cert.pem", folder),
					   .key = arena_printf(arena, "%s/key.pem", folder),
					   .verify = true};
}

static const char *shown(struct arena *arena, const char *text)
{
	const char *kept;
	struct strbuf out;

	strbuf_init(&out, strlen(text) + 8);
	userinfo_mask(&out, text);
	kept = arena_strndup(arena, out.data, out.len);
	strbuf_release(&out);
	return kept;
}

/* `unix:/path`, `unix:///path`, `tcp://host:port`, http and https URLs. */
static bool use_address(struct docker_engine *engine, struct arena *arena, const char *text)
{
	const char *rest;
	bool secure = engine->tls.ca != NULL || engine->tls.cert != NULL;
	size_t len = strlen(text);

	while (len > 1 && text[len - 1] == '/')
		len--;
	text = arena_strndup(arena, text, len);
	if ((rest = skip(text, "unix:")) != NULL) {
		while (rest[0] == '/' && rest[1] == '/')
			rest++;
		use_socket(engine, arena, rest);
		return rest[0] == '/';
	}
	if ((rest = skip(text, "tcp://")) != NULL)
		engine->base = arena_printf(arena, "%s://%s", secure ? "https" : "http", rest);
	else if (skip(text, "http://") != NULL || skip(text, "https://") != NULL)
		engine->base = text;
	engine->shown = shown(arena, text);
	return engine->base != NULL;
}

static bool is_socket(const char *path)
{
	struct stat status;

	/* A folder that may not be looked into may well hold it. */
	return stat(path, &status) == 0 ? S_ISSOCK(status.st_mode) : errno == EACCES;
}

static enum failure use_usual(struct docker_engine *engine, struct arena *arena,
			      struct strbuf *sentence)
{
	const char *runtime = own("XDG_RUNTIME_DIR");
	const char *places[] = {
		"/var/run/docker.sock",
		runtime != NULL ? arena_printf(arena, "%s/podman/podman.sock", runtime) : NULL,
		"/run/podman/podman.sock",
	};

	for (size_t i = 0; i < BASE_LEN(places); i++)
		if (places[i] != NULL && is_socket(places[i])) {
			use_socket(engine, arena, places[i]);
			return FAILURE_NONE;
		}
	strbuf_adds(sentence, "cannot be asked: no container engine listens on this host; looked for");
	for (size_t i = 0; i < BASE_LEN(places); i++)
		if (places[i] != NULL)
			strbuf_addf(sentence, "%s %s", i != 0 ? "," : "", places[i]);
	strbuf_adds(sentence, "; start it, or say where it is by 'engine' or DOCKER_HOST");
	return FAILURE_NOT_FOUND;
}

enum failure docker_engine_find(const struct check *check, struct arena *arena,
				struct docker_engine *engine, struct strbuf *sentence)
{
	const char *said = check_text(check, CHECK_KEY_ENGINE, NULL);
	const char *host = said != NULL ? said : own("DOCKER_HOST");

	*engine = (struct docker_engine){.tls = *check_tls(check)};
	if (host == NULL)
		return use_usual(engine, arena, sentence);
	if (said == NULL && own("DOCKER_TLS_VERIFY") != NULL)
		use_docker_certs(engine, arena);
	if (use_address(engine, arena, host))
		return FAILURE_NONE;
	strbuf_addf(sentence, "cannot be asked: %s is '%s'; wanted unix:PATH, tcp://host:port or an https URL",
		    said != NULL ? "'engine'" : "DOCKER_HOST", shown(arena, host));
	return FAILURE_CONFIG;
}

const char *docker_engine_advice(const struct docker_engine *engine, enum failure failure)
{
	if (engine->unix_path == NULL)
		return "";
	switch ((int)failure) {
	case FAILURE_DENIED:
		return "this user may not open the engine's socket; put it into the socket's group "
		       "(usermod -aG docker USER) and log in again";
	case FAILURE_NOT_FOUND:
		return "the engine's socket is not there; start the engine, or correct 'engine' or DOCKER_HOST";
	case FAILURE_REFUSED:
		return "the engine's socket is there but nobody listens; is the engine stopped "
		       "(systemctl start docker)?";
	default:
		return "";
	}
}
