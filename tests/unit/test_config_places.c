/* Where checks go: servers of HTTP behind unix sockets, and to which places a service's credentials go along. */
#include "config_dir.h"

/* A URL whose server is behind a unix socket, of the service and of the check. */
static void test_socket_urls(void **state)
{
	static const struct {
		const char *url, *check;
		const char *path, *asked, *target;
	} rows[] = {
		{"unix:/s", "http: /x", "/s", "http://localhost/x", "http://unix:/s:/x"},
		{"unix:/s", "http: ", "/s", "http://localhost/", "http://unix:/s:/"},
		{"http://unix:/s:", "http: /x", "/s", "http://localhost/x", "http://unix:/s:/x"},
		{"https://unix:/s:/api/", "http: /x?a=b:/c", "/s", "https://localhost/api/x?a=b:/c", "https://unix:/s:/api/x?a=b:/c"},
		{"unix:/run/me@1/s", "route: POST /x", "/run/me@1/s", "http://localhost/x", "http://unix:/run/me@1/s:/x"},
		{"unix:/s", "socketio: ", "/s", "http://localhost/socket.io/", "ws://unix:/s:/socket.io/"},
		{"unix:/s", "websocket: \"wss://unix:/t:/x\"", "/t", "https://localhost/x", "wss://unix:/t:/x"},
		{"unix:/s", "http: \"HEAD unix:/t\"", "/t", "http://localhost/", "http://unix:/t:/"},
		{"unix:/s", "http: \"http://u@unix:/t:/x\"", "/t", "http://u@localhost/x", "http://u@unix:/t:/x"},
		{"unix:/s", "http: \"http://unix:81/x\"", NULL, "http://unix:81/x", "http://unix:81/x"},
		{"unix:/s", "http: \"http://h/unix:/x\"", NULL, "http://h/unix:/x", "http://h/unix:/x"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		char *yaml = xasprintf("services: [{name: a, url: \"%s\", checks: [{%s}]}]\n", rows[i].url, rows[i].check);
		struct fleet *fleet = load(yaml, 0);
		const struct check *check = &fleet->checks[0];

		if (rows[i].path == NULL)
			assert_null(check->unix_path);
		else
			assert_string_equal(check->unix_path, rows[i].path);
		assert_string_equal(check->url, rows[i].asked);
		assert_string_equal(check->target, rows[i].target);
		fleet_unref(fleet);
		free(yaml);
	}
}

static void test_socket_twins(void **state)
{
	struct fleet *fleet = load("services: [{name: a, url: \"unix:/s\", direct: \"http://h\", checks: [{http: /x}]}]\n", 0);

	(void)state;
	assert_string_equal(fleet->checks[0].unix_path, "/s");
	assert_null(fleet->checks[1].unix_path);
	assert_string_equal(fleet->checks[1].url, "http://h/x");
	fleet_unref(fleet);
}

/* Beside a URL, a service's credentials are for its hosts; a password without a user only stores have. */
static void test_credentials_stay_home(void **state)
{
	static const struct {
		const char *keys, *check;
		enum auth_kind kind;
	} rows[] = {
		{"url: \"https://app:8443/x\", auth: {basic: {user: u, password: swordfish}}", "redis: \"store:1\"", AUTH_NONE},
		{"url: \"https://app:8443/x\", auth: {basic: {user: u, password: swordfish}}", "redis: \"unix:/s\"", AUTH_NONE},
		{"url: \"https://app:8443/x\", auth: {basic: {user: u, password: swordfish}}", "redis: \"APP:1\"", AUTH_BASIC},
		{"url: \"http://p\", direct: \"http://app\", auth: {basic: {user: u, password: swordfish}}", "redis: \"app:1\"", AUTH_BASIC},
		{"url: \"https://app\", auth: {password: swordfish}", "redis: \"store:1\"", AUTH_PASSWORD},
		{"auth: {basic: {user: u, password: swordfish}}", "redis: \"store:1\"", AUTH_BASIC},
		{"url: \"https://app\", auth: {bearer: swordfish}", "grpc: \"other:1\"", AUTH_NONE},
		{"url: \"https://app\", auth: {bearer: swordfish}", "grpc: \"app:1\"", AUTH_BEARER},
		{"url: \"https://app\", auth: {bearer: swordfish}", "http: \"https://APP:443/x\"", AUTH_BEARER},
		{"url: \"https://app\", auth: {bearer: swordfish}", "http: \"https://me@app/x\"", AUTH_NONE},
		{"url: \"https://app\", auth: {bearer: swordfish}", "http: \"http://app/x\"", AUTH_NONE},
		{"url: \"https://app\", auth: {bearer: swordfish}", "http: \"https://app:444/x\"", AUTH_NONE},
		{"url: \"https://app\", auth: {bearer: swordfish}", "http: \"https://app.evil/x\"", AUTH_NONE},
		{"url: \"https://app\", auth: {bearer: swordfish}", "http: \"https://app@evil/x\"", AUTH_NONE},
		{"url: \"https://[::1]:8\", auth: {bearer: swordfish}", "websocket: \"wss://[::1]:8/x\"", AUTH_BEARER},
		{"url: \"unix:/s\", auth: {bearer: swordfish}", "http: \"http://unix:/s:/x\"", AUTH_BEARER},
		{"url: \"unix:/s\", auth: {bearer: swordfish}", "grpc: \"unix:/s\"", AUTH_BEARER},
		{"url: \"unix:/s\", auth: {bearer: swordfish}", "http: \"unix:/S\"", AUTH_NONE},
		{"url: \"unix:/s\", auth: {bearer: swordfish}", "http: \"https://unix:/s\"", AUTH_NONE},
		{"url: \"unix:/s\", auth: {bearer: swordfish}", "http: \"http://localhost/\"", AUTH_NONE},
		{"url: \"unix:/s\", auth: {bearer: swordfish}", "grpc: \"localhost:80\"", AUTH_NONE},
		{"url: \"unix:/s\", auth: {bearer: swordfish}", "prometheus: up, server: \"unix:/s\"", AUTH_BEARER},
		{"url: \"unix:/s\", auth: {bearer: swordfish}", "prometheus: up, server: \"unix:/t\"", AUTH_NONE},
		{"url: \"http://localhost\", auth: {bearer: swordfish}", "http: \"unix:/s\"", AUTH_NONE},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		char yaml[400];
		struct fleet *fleet;

		(void)snprintf(yaml, sizeof(yaml), "services:\n  - {name: s, %s, checks: [{%s}]}\n",
			       rows[i].keys, rows[i].check);
		fleet = load(yaml, 0);
		if (check_auth(&fleet->checks[0])->kind != rows[i].kind)
			fail_msg("%s, %s: %d, wanted %d", rows[i].keys, rows[i].check,
				 check_auth(&fleet->checks[0])->kind, rows[i].kind);
		fleet_unref(fleet);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_socket_urls),
		cmocka_unit_test(test_socket_twins),
		cmocka_unit_test(test_credentials_stay_home),
	};

	return cmocka_run_group_tests(tests, config_dir_setup, NULL);
}
