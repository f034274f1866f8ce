/* Fleets for tests, read from YAML by the real reader, and samples to feed them with. */
#ifndef TESTS_FLEETS_H
#define TESTS_FLEETS_H

#include "unit.h"

#include "base/limits.h"
#include "base/scrub.h"
#include "base/vec.h"
#include "config/config.h"
#include "model/sample.h"

#include <unistd.h>

BASE_UNUSED static struct fleet *fleet_of(const char *yaml)
{
	char path[] = "/tmp/sitrep-test-XXXXXX.yaml";
	int fd = mkstemps(path, 5);
	const char *const paths[] = {path};
	struct config_request request = {.paths = paths, .path_count = 1};
	struct strbuf text;
	struct diags diags;
	struct fleet *fleet;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, yaml, strlen(yaml)), strlen(yaml));
	(void)close(fd);
	diags_init(&diags);
	fleet = config_load(&request, &diags);
	if (fleet == NULL || diags.errors != 0) {
		strbuf_init(&text, 4096);
		diags_print(&diags, &text);
		fail_msg("%s", text.data);
	}
	(void)unlink(path);
	diags_release(&diags);
	return fleet;
}

/* The check called `name` ("service/check"; of the service's only check: "service"). */
BASE_UNUSED static const struct check *check_of(const struct fleet *fleet, const char *name)
{
	for (size_t i = 0; i < fleet->check_count; i++) {
		const struct check *check = &fleet->checks[i];
		size_t len = strlen(check->service->name);

		if (strncmp(name, check->service->name, len) != 0)
			continue;
		if (name[len] == '\0' ||
		    (name[len] == '/' && strcmp(name + len + 1, check->name) == 0))
			return check;
	}
	fail_msg("no check %s", name);
	return NULL;
}

/* An answer as a table writes it. 0 and NULL: as usual, not there. */
struct answer {
	int status;
	const char *body;
	const char *message;
	enum failure failure;
	int64_t latency_ms; /* 0: 10 ms */
	const char *header, *header_value;
	double cert_days;   /* 0: none */
	int sibling;
	const char *routes[4]; /* the list of subject ROUTES; "" alone: an empty one */
	bool reused; /* connect was not measured */
};

struct answer_sample {
	struct sample sample;
	struct sample_value values[8];
	struct exchange_header headers[1];
	struct exchange draft;
	char *shown;
};

BASE_UNUSED static void answer_value(struct answer_sample *made, enum subject subject,
				     struct value value)
{
	made->values[made->sample.value_count++] =
		(struct sample_value){.subject = subject, .value = value};
}

/* The sample of an answer; it borrows from `answer`, and holds one reference to an exchange. */
BASE_UNUSED static void answer_make(struct answer_sample *made, const struct answer *answer,
				    uint64_t check_id, int64_t mono_ns, int64_t wall_ns)
{
	struct sample *sample = &made->sample;
	size_t routes = 0;

	*made = (struct answer_sample){0};
	*sample = (struct sample){.check_id = check_id,
				  .observed_at = {wall_ns},
				  .delivered_at = {mono_ns},
				  .failure = answer->failure,
				  .failed_phase = answer->failure != FAILURE_NONE ? PHASE_CONNECT
										  : PHASE_NONE,
				  .latency_ns = (answer->latency_ms != 0 ? answer->latency_ms : 10) *
						NS_PER_MS,
				  .phases = phases_unmeasured(),
				  .message = answer->message,
				  .values = made->values,
				  .body = answer->body,
				  .body_len = answer->body != NULL ? strlen(answer->body) : 0};
	if (!answer->reused && answer->failure == FAILURE_NONE)
		sample->phases.ns[PHASE_CONNECT] = NS_PER_MS;
	if (answer->status != 0)
		answer_value(made, SUBJECT_STATUS, value_number(answer->status));
	if (answer->sibling != 0)
		answer_value(made, SUBJECT_SIBLING_STATUS, value_number(answer->sibling));
	if (answer->cert_days != 0)
		answer_value(made, SUBJECT_CERT,
			     value_duration((int64_t)(answer->cert_days * 86400e9)));
	while (routes < 4 && answer->routes[routes] != NULL)
		routes++;
	if (routes > 0)
		answer_value(made, SUBJECT_ROUTES,
			     (struct value){.type = VALUE_LIST,
					    .as.list = {answer->routes,
							answer->routes[0][0] != '\0' ? routes : 0}});
	made->headers[0] = (struct exchange_header){answer->header, answer->header_value};
	/* Evidence is clean, as a probe makes it; the body to be judged is what came. */
	if (sample->body != NULL)
		made->shown = scrub_dup(sample->body, sample->body_len, LIMIT_BODY_KEPT, SCRUB_TEXT);
	made->draft = (struct exchange){.request = "GET /",
					.http_status = answer->status,
					.headers = made->headers,
					.header_count = answer->header != NULL ? 1 : 0,
					.body = made->shown,
					.body_len = made->shown != NULL ? strlen(made->shown) : 0,
					.body_size = sample->body_len};
	sample->exchange = exchange_new(&made->draft);
}

BASE_UNUSED static void answer_release(struct answer_sample *made)
{
	exchange_unref(made->sample.exchange);
	free(made->shown);
}

#endif
