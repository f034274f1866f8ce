/* The scenarios, as data. Each failure leaves the lines that the real programs leave, at the time
 * of the failure, so that it can be found from the logs and the probes alone. */
#include "demo/story.h"

#include "demo/demo.h"

/* --- what a service says when it starts, and when all is well ---------------------------------- */

static const char *const boot_lines[DEMO_SERVICE_COUNT][6] = {
	[DEMO_GATEWAY] = {"nginx/1.24.0", "start worker processes", "start worker process 30"},
	[DEMO_AUTH] = {"Starting gunicorn 21.2.0", "Listening at: http://0.0.0.0:@auth@ (1)",
		       "Using worker: uvicorn.workers.UvicornWorker", "Booting worker with pid: 7"},
	[DEMO_USER] = {"Started server process [1]", "Application startup complete.",
		       "Uvicorn running on http://0.0.0.0:@user@ (Press CTRL+C to quit)"},
	[DEMO_SCRAPING] = {"Started server process [1]", "Application startup complete.",
			   "Uvicorn running on http://0.0.0.0:@scraping@ (Press CTRL+C to quit)"},
	[DEMO_VOICE] = {"image nexus/voice:3.1.0 (revision c41e9d7)", "Started server process [1]",
			"Application startup complete.",
			"Uvicorn running on http://0.0.0.0:@voice@ (Press CTRL+C to quit)"},
	[DEMO_ANALYTICS] = {"Started server process [1]", "Application startup complete.",
			    "Uvicorn running on http://0.0.0.0:@analytics@ (Press CTRL+C to quit)"},
	[DEMO_POSTGRES] = {"starting PostgreSQL 15.4 on x86_64-pc-linux-gnu, 64-bit",
			   "listening on IPv4 address \"127.0.0.1\", port @postgres@",
			   "database system is ready to accept connections"},
	[DEMO_REDIS] = {"Redis version=7.0.15, bits=64, commit=00000000, modified=0, pid=1",
			"Running mode=standalone, port=@redis@.", "Ready to accept connections"},
	[DEMO_KAFKA] = {"Awaiting socket connections on 127.0.0.1:@kafka@. "
			"(kafka.network.DataPlaneAcceptor)",
			"[KafkaServer id=1] started (kafka.server.KafkaServer)"},
	[DEMO_ZOOKEEPER] = {"[main:QuorumPeerMain@139] - Starting quorum peer in standalone mode",
			    "[main:NIOServerCnxnFactory@660] - binding to port 127.0.0.1:@zookeeper@"},
	[DEMO_GRAFANA] = {"msg=\"HTTP Server Listen\" address=127.0.0.1:@grafana@ protocol=http"},
	[DEMO_PROMETHEUS] = {"caller=main.go:1024 msg=\"TSDB started\"",
			     "caller=main.go:996 msg=\"Server is ready to receive web requests.\""},
	[DEMO_KAFKA_UI] = {"[main] c.p.k.ui.KafkaUiApplication : Started KafkaUiApplication in 6.2 "
			   "seconds (process running for 7.1)"},
};

static const char *const idle_lines[DEMO_SERVICE_COUNT][4] = {
	[DEMO_AUTH] = {"token issued sub=u-20831 scope=calls:read", "token refreshed sub=u-1187",
		       "key rotation: next in 6h 12m"},
	[DEMO_USER] = {"profile updated id=20831", "cache warm: 4096 profiles in 0.21s"},
	[DEMO_SCRAPING] = {"job 5512 done: 48 pages in 12.4s", "job 5513 queued by u-1187",
			   "robots.txt of example.org cached for 1h"},
	[DEMO_VOICE] = {"call c-88120 ended after 3m14s", "stt stream opened, model nova-2",
			"call c-88121 started"},
	[DEMO_ANALYTICS] = {"batch 9121: 1840 events in 0.31s", "rollup hourly done in 1.2s"},
	[DEMO_POSTGRES] = {"checkpoint starting: time",
			   "checkpoint complete: wrote 211 buffers (1.3%); 0 WAL file(s) added"},
	[DEMO_REDIS] = {"100 changes in 300 seconds. Saving...", "Background saving terminated with "
			"success"},
	[DEMO_KAFKA] = {"[GroupCoordinator 1]: Stabilized group analytics generation 12 "
			"(__consumer_offsets-4) (kafka.coordinator.group.GroupCoordinator)",
			"[LocalLog partition=events-0] Rolled new log segment at offset 184220 "
			"(kafka.log.LocalLog)"},
	[DEMO_ZOOKEEPER] = {"[SyncThread:0:ZooKeeperServer@1067] - Snapshotting: 0x4f2 to "
			    "/data/version-2/snapshot.4f2"},
	[DEMO_PROMETHEUS] = {"caller=head.go:1293 component=tsdb msg=\"Head GC completed\" "
			     "duration=2.1ms"},
};

const char *const *scenario_boot_lines(enum demo_service service)
{
	return boot_lines[service];
}

const char *const *scenario_idle_lines(enum demo_service service)
{
	return idle_lines[service];
}

/* --- failures --------------------------------------------------------------------------------- */

static const struct scenario_line stale_voice[] = {
	{DEMO_VOICE, 0, JOURNAL_INFO, "Shutting down"},
	{DEMO_VOICE, 0, JOURNAL_INFO, "Finished server process [1]"},
	{DEMO_VOICE, 1, JOURNAL_INFO, "image nexus/voice:3.0.2 (revision 8f1c2d0)"},
	{DEMO_VOICE, 1, JOURNAL_INFO, "Started server process [1]"},
	{DEMO_VOICE, 1, JOURNAL_INFO,
	 "routes: POST /voice/realtime-session, POST /voice/transcriptions, GET /voice/voices"},
	{DEMO_VOICE, 2, JOURNAL_INFO, "Application startup complete."},
	{DEMO_VOICE, 5, JOURNAL_INFO,
	 "10.0.4.17:51822 - \"POST /api/voice/realtime-session HTTP/1.1\" 404"},
	{DEMO_VOICE, 6, JOURNAL_INFO,
	 "10.0.4.22:40118 - \"POST /api/voice/realtime-session HTTP/1.1\" 404"},
};

static const struct scenario_line voice_module_missing[] = {
	{DEMO_VOICE, 0, JOURNAL_INFO, "entrypoint: image nexus/voice:3.1.1, user app (uid 10001)"},
	{DEMO_VOICE, 1, JOURNAL_ERROR, "entrypoint: uvicorn nexus.voice:app failed"},
	{DEMO_VOICE, 1, JOURNAL_RAW,
	 "Traceback (most recent call last):\n"
	 "  File \"/usr/local/bin/uvicorn\", line 5, in <module>\n"
	 "    from uvicorn.main import main\n"
	 "ModuleNotFoundError: No module named 'uvicorn'"},
	{DEMO_VOICE, 1, JOURNAL_WARNING,
	 "entrypoint: packages are in /root/.local/lib/python3.11/site-packages (drwx------ root), "
	 "which uid 10001 cannot read"},
	{DEMO_VOICE, 1, JOURNAL_INFO, "entrypoint: exited with code 1, next start in 20s"},
};

static const struct scenario_line scraping_module_missing[] = {
	{DEMO_SCRAPING, 0, JOURNAL_INFO, "Shutting down"},
	{DEMO_SCRAPING, 0, JOURNAL_INFO, "Finished server process [1]"},
	{DEMO_SCRAPING, 1, JOURNAL_INFO, "entrypoint: image nexus/scraping:1.8.0"},
	{DEMO_SCRAPING, 1, JOURNAL_ERROR, "entrypoint: uvicorn nexus.scraping:app failed"},
	{DEMO_SCRAPING, 1, JOURNAL_RAW,
	 "Traceback (most recent call last):\n"
	 "  File \"/app/nexus/scraping/browser.py\", line 3, in <module>\n"
	 "    from playwright.async_api import async_playwright\n"
	 "ModuleNotFoundError: No module named 'playwright'"},
	{DEMO_SCRAPING, 1, JOURNAL_INFO, "entrypoint: exited with code 1, next start in 20s"},
};

static const struct scenario_line postgres_disk_full[] = {
	{DEMO_POSTGRES, 0, JOURNAL_ERROR,
	 "could not extend file \"base/16384/24601\": No space left on device"},
	{DEMO_POSTGRES, 0, JOURNAL_FATAL,
	 "could not write to file \"pg_wal/xlogtemp.61\": No space left on device"},
	{DEMO_POSTGRES, 0, JOURNAL_INFO,
	 "checkpointer process (PID 61) was terminated by signal 6: Aborted"},
	{DEMO_POSTGRES, 0, JOURNAL_INFO, "terminating any other active server processes"},
	{DEMO_POSTGRES, 0, JOURNAL_INFO, "database system is shut down"},
	{DEMO_AUTH, 1, JOURNAL_ERROR,
	 "sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to server at "
	 "\"127.0.0.1\", port @postgres@ failed: Connection refused"},
	{DEMO_USER, 1, JOURNAL_ERROR,
	 "sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to server at "
	 "\"127.0.0.1\", port @postgres@ failed: Connection refused"},
	{DEMO_ANALYTICS, 1, JOURNAL_ERROR,
	 "batch 9122 put back: (psycopg2.OperationalError) connection to server at \"127.0.0.1\", "
	 "port @postgres@ failed: Connection refused"},
};

static const struct scenario_line redis_out_of_memory[] = {
	{DEMO_REDIS, 0, JOURNAL_WARNING, "Can't save in background: fork: Cannot allocate memory"},
	{DEMO_REDIS, 0, JOURNAL_WARNING, "Out Of Memory allocating 134217728 bytes!"},
	{DEMO_REDIS, 0, JOURNAL_WARNING,
	 "Redis aborting for OUT OF MEMORY. Allocating 134217728 bytes!"},
	{DEMO_AUTH, 1, JOURNAL_ERROR,
	 "session store: redis.exceptions.ConnectionError: Error 111 connecting to "
	 "127.0.0.1:@redis@. Connection refused."},
	{DEMO_VOICE, 1, JOURNAL_ERROR,
	 "call state: redis.exceptions.ConnectionError: Error 111 connecting to "
	 "127.0.0.1:@redis@. Connection refused."},
};

static const struct scenario_line analytics_slow[] = {
	{DEMO_POSTGRES, 0, JOURNAL_INFO,
	 "duration: 812.402 ms  statement: SELECT count(*) FROM events WHERE session_id = $1"},
	{DEMO_ANALYTICS, 0, JOURNAL_WARNING,
	 "slow query (812 ms): SELECT count(*) FROM events WHERE session_id = $1"},
	{DEMO_POSTGRES, 7, JOURNAL_INFO,
	 "duration: 798.117 ms  statement: SELECT count(*) FROM events WHERE session_id = $1"},
	{DEMO_ANALYTICS, 7, JOURNAL_WARNING,
	 "slow query (798 ms): SELECT count(*) FROM events WHERE session_id = $1"},
};

/* The requests themselves bring the lines that say why: nothing here gives it away. */
static const struct scenario_line voice_without_websocket[] = {
	{DEMO_VOICE, 0, JOURNAL_INFO, "Shutting down"},
	{DEMO_VOICE, 0, JOURNAL_INFO, "Finished server process [1]"},
	{DEMO_VOICE, 1, JOURNAL_INFO, "image nexus/voice:3.1.1 (revision 2ab90f4)"},
	{DEMO_VOICE, 1, JOURNAL_INFO, "Started server process [1]"},
	{DEMO_VOICE, 2, JOURNAL_INFO, "Application startup complete."},
	{DEMO_VOICE, 6, JOURNAL_WARNING, "Unsupported upgrade request."},
	{DEMO_VOICE, 6, JOURNAL_WARNING,
	 "No supported WebSocket library detected. Please use \"pip install 'uvicorn[standard]'\", or "
	 "install 'websockets' or 'wsproto' manually."},
	{DEMO_VOICE, 6, JOURNAL_INFO, "10.0.4.22:40118 - \"GET /ws/transcriptions HTTP/1.1\" 404"},
};

static const struct scenario_line voice_unawaited[] = {
	{DEMO_VOICE, 0, JOURNAL_INFO, "Shutting down"},
	{DEMO_VOICE, 0, JOURNAL_INFO, "Finished server process [1]"},
	{DEMO_VOICE, 1, JOURNAL_INFO, "image nexus/voice:3.1.1 (revision 77d01ce)"},
	{DEMO_VOICE, 1, JOURNAL_INFO, "Started server process [1]"},
	{DEMO_VOICE, 2, JOURNAL_INFO, "Application startup complete."},
};

static const struct scenario_line voice_deaf[] = {
	{DEMO_VOICE, 0, JOURNAL_ERROR,
	 "stt: connect to wss://api.deepgram.com/v1/listen failed: TimeoutError: timed out during opening "
	 "handshake"},
	{DEMO_VOICE, 1, JOURNAL_WARNING, "stt: next try in 8s (try 3)"},
	{DEMO_VOICE, 9, JOURNAL_ERROR,
	 "stt: connect to wss://api.deepgram.com/v1/listen failed: TimeoutError: timed out during opening "
	 "handshake"},
	{DEMO_VOICE, 10, JOURNAL_WARNING, "call c-88131: no transcription, closed with 1011"},
};

static const struct scenario_line redis_locked[] = {
	{DEMO_REDIS, 0, JOURNAL_INFO, "User requested shutdown..."},
	{DEMO_REDIS, 1, JOURNAL_INFO,
	 "Redis version=7.0.15, bits=64, commit=00000000, modified=0, pid=1"},
	{DEMO_REDIS, 1, JOURNAL_INFO, "Running mode=standalone, port=@redis@."},
	{DEMO_REDIS, 1, JOURNAL_INFO, "Ready to accept connections"},
	{DEMO_AUTH, 3, JOURNAL_ERROR,
	 "session store: redis.exceptions.AuthenticationError: invalid username-password pair or user "
	 "is disabled."},
	{DEMO_VOICE, 4, JOURNAL_ERROR,
	 "call state: redis.exceptions.AuthenticationError: invalid username-password pair or user is "
	 "disabled."},
};

/* The opening of the story: both at once. */
static const struct scenario_line opening[] = {
	{DEMO_VOICE, 0, JOURNAL_INFO, "Shutting down"},
	{DEMO_VOICE, 0, JOURNAL_INFO, "Finished server process [1]"},
	{DEMO_VOICE, 1, JOURNAL_INFO, "image nexus/voice:3.0.2 (revision 8f1c2d0)"},
	{DEMO_VOICE, 1, JOURNAL_INFO, "Started server process [1]"},
	{DEMO_VOICE, 1, JOURNAL_INFO,
	 "routes: POST /voice/realtime-session, POST /voice/transcriptions, GET /voice/voices"},
	{DEMO_VOICE, 2, JOURNAL_INFO, "Application startup complete."},
	{DEMO_POSTGRES, 4, JOURNAL_INFO,
	 "duration: 812.402 ms  statement: SELECT count(*) FROM events WHERE session_id = $1"},
	{DEMO_ANALYTICS, 4, JOURNAL_WARNING,
	 "slow query (812 ms): SELECT count(*) FROM events WHERE session_id = $1"},
	{DEMO_VOICE, 5, JOURNAL_INFO,
	 "10.0.4.17:51822 - \"POST /api/voice/realtime-session HTTP/1.1\" 404"},
};

#define LINES(array) .lines = (array), .line_count = BASE_LEN(array)

static const struct scenario_phase healthy_phases[] = {{.seconds = 0}};

static const struct scenario_phase route_404_phases[] = {
	{.changes = {{DEMO_VOICE, DEMO_STALE}}, .change_count = 1, LINES(stale_voice)},
};

static const struct scenario_phase module_missing_phases[] = {
	{.repeat_s = 20, .changes = {{DEMO_VOICE, DEMO_STOPPED}}, .change_count = 1,
	 LINES(voice_module_missing)},
};

static const struct scenario_phase outage_phases[] = {
	{.changes = {{DEMO_POSTGRES, DEMO_STOPPED}}, .change_count = 1, LINES(postgres_disk_full)},
};

static const struct scenario_phase websocket_404_phases[] = {
	{.changes = {{DEMO_VOICE, DEMO_NO_WEBSOCKET}}, .change_count = 1,
	 LINES(voice_without_websocket)},
};

static const struct scenario_phase cors_500_phases[] = {
	{.changes = {{DEMO_VOICE, DEMO_UNAWAITED}}, .change_count = 1, LINES(voice_unawaited)},
};

static const struct scenario_phase upstream_ws_phases[] = {
	{.repeat_s = 30, .changes = {{DEMO_VOICE, DEMO_DEAF}}, .change_count = 1, LINES(voice_deaf)},
};

static const struct scenario_phase redis_auth_phases[] = {
	{.changes = {{DEMO_REDIS, DEMO_LOCKED}}, .change_count = 1, LINES(redis_locked)},
};

static const struct scenario_phase story_phases[] = {
	{.seconds = 40,
	 .changes = {{DEMO_VOICE, DEMO_STALE}, {DEMO_ANALYTICS, DEMO_SLOW}}, .change_count = 2,
	 LINES(opening)},
	{.seconds = 20, .changes = {{DEMO_ANALYTICS, DEMO_SLOW}}, .change_count = 1,
	 LINES(analytics_slow)},
	{.seconds = 20},
	{.seconds = 40, .changes = {{DEMO_POSTGRES, DEMO_STOPPED}}, .change_count = 1,
	 LINES(postgres_disk_full)},
	{.seconds = 25},
	{.seconds = 40, .repeat_s = 20, .changes = {{DEMO_SCRAPING, DEMO_STOPPED}},
	 .change_count = 1, LINES(scraping_module_missing)},
	{.seconds = 20},
	{.seconds = 35, .changes = {{DEMO_REDIS, DEMO_STOPPED}}, .change_count = 1,
	 LINES(redis_out_of_memory)},
	{.seconds = 25},
};

#define PHASES(array) (array), BASE_LEN(array)
static const struct scenario scenarios[] = {
	{"", 130, PHASES(story_phases)},
	{"healthy", 0, PHASES(healthy_phases)},
	{"route-404", 250, PHASES(route_404_phases)},
	{"module-missing", 250, PHASES(module_missing_phases)},
	{"outage", 130, PHASES(outage_phases)},
	{"websocket-404", 250, PHASES(websocket_404_phases)},
	{"cors-500", 250, PHASES(cors_500_phases)},
	{"redis-auth", 130, PHASES(redis_auth_phases)},
	{"upstream-ws", 130, PHASES(upstream_ws_phases)},
};

const struct scenario *scenario_find(const char *name)
{
	for (size_t i = 0; i < BASE_LEN(scenarios); i++) {
		if (strcmp(scenarios[i].name, name) == 0)
			return &scenarios[i];
	}
	return NULL;
}

const char *const *demo_scenarios(void)
{
	static const char *const names[] = {"healthy", "route-404", "module-missing", "cors-500",
					    "upstream-ws", "websocket-404", "redis-auth", "outage", NULL};

	return names;
}
