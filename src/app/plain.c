/* --plain. Lines come from the engine's service edges, so that each change is told exactly once
 * and in order; a reader that has gone (EPIPE) ends the program. */
#include "app/plain.h"

#include "base/scrub.h"
#include "base/xalloc.h"

#include <signal.h>

#define PLAIN_MAGIC 0x91a14001u

struct plain {
	unsigned magic;
	struct net *net;
	struct watch *watch;
	const struct fleet *loaded; /* the first one: its wrong services are told before there is a watch */
	const struct options *options;
	struct net_signal *signals[4];
	char *banner; /* the last one that was told */
	int exit_code;
};

static void print_time(struct strbuf *out, struct wall_time at, bool local)
{
	struct civil_time civil = civil_from_wall(at, local ? clock_utc_offset(at) : 0);

	if (!local) {
		wall_format(out, at, false);
		return;
	}
	strbuf_addf(out, "%04d-%02d-%02dT%02d:%02d:%02d", civil.year, civil.month, civil.day,
		    civil.hour, civil.minute, civil.second);
}

static void on_event(void *context, const struct event *event)
{
	struct plain *plain = context;
	const struct service *service;
	struct strbuf line, shown;

	CHECK_MAGIC(plain, PLAIN_MAGIC);
	if (event->kind != EVENT_EDGE || event->as.edge.check_id != 0)
		return;
	service = fleet_service(plain->watch != NULL ? watch_fleet(plain->watch) : plain->loaded,
				event->service_id);
	if (service == NULL)
		return;
	strbuf_init(&line, 4096);
	print_time(&line, event->wall, plain->options->local_time);
	strbuf_addf(&line, "  %-8s  %s",
		    service_state_name((enum service_state)event->as.edge.to), service->name);
	if (event->as.edge.why != NULL && event->as.edge.why[0] != '\0')
		strbuf_addf(&line, "  %s", event->as.edge.why);
	/* The last guard: an event is one line, whoever wrote its words. */
	strbuf_init(&shown, 4096);
	scrub(&shown, line.data, line.len, SCRUB_LINE);
	if (puts(shown.data) == EOF || fflush(stdout) != 0) {
		plain->exit_code = 128 + SIGPIPE;
		net_stop(plain->net);
	}
	strbuf_release(&line);
	strbuf_release(&shown);
}

/* There is no screen for a banner, so each is told once, among the words. */
static void on_changed(void *context)
{
	struct plain *plain = context;
	const char *banner;

	CHECK_MAGIC(plain, PLAIN_MAGIC);
	if (plain->watch == NULL)
		return;
	banner = watch_banner(plain->watch);
	if (banner != NULL && plain->banner != NULL && strcmp(banner, plain->banner) == 0)
		return;
	if (banner != NULL)
		(void)fprintf(stderr, "sitrep: %s\n", banner);
	free(plain->banner);
	plain->banner = banner != NULL ? xstrdup(banner) : NULL;
}

static void on_signal(void *context, int signum)
{
	struct plain *plain = context;

	CHECK_MAGIC(plain, PLAIN_MAGIC);
	if (signum == SIGUSR1) {
		watch_reload(plain->watch);
		return;
	}
	plain->exit_code = 128 + signum;
	net_stop(plain->net);
}

int plain_run(struct net *net, struct fleet *fleet, const struct options *options,
	      const struct config_request *request)
{
	static const int signums[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
	struct plain plain = {.magic = PLAIN_MAGIC, .net = net, .loaded = fleet, .options = options};
	struct watch_options watch_options = {
		.config = *request, .live = true, .logs = true, .record = options->record};
	struct watch_events events = {
		.changed = on_changed, .event = on_event, .context = &plain};
	struct strbuf err;

	strbuf_init(&err, 1024);
	plain.watch = watch_new(net, fleet, &watch_options, &events, &err);
	if (plain.watch == NULL) {
		(void)fprintf(stderr, "sitrep: %s\n", err.data);
		plain.exit_code = 3;
	} else {
		for (size_t i = 0; i < BASE_LEN(signums); i++)
			plain.signals[i] = net_signal_new(net, signums[i], on_signal, &plain);
		watch_start(plain.watch);
		net_run(net);
		for (size_t i = 0; i < BASE_LEN(signums); i++)
			net_signal_free(plain.signals[i]);
		watch_free(plain.watch);
		free(plain.banner);
	}
	strbuf_release(&err);
	return plain.exit_code;
}
