/* `command`: runs a monitoring plugin (monitoring-plugins.org, developer guidelines): exit code 0 is
 * ok, 1 a warning, 2 critical, 3 unknown; its first line is the check's sentence. Whether a code is
 * good is not said here but by the lines that hold for the type; 3 alone means that the question could
 * not be put, unless the check has a line of its own about exit codes. See run.h. */
#include "probe/run.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/redact.h"
#include "net/process.h"
#include "probe/perfdata.h"

#define OUTPUT_MAX (4u * LIMIT_BODY_KEPT)
#define EXIT_UNKNOWN 3
#define VALUES_MAX (PERFDATA_MOST + 2)

struct command_probe {
	struct probe probe;
	struct process *process;   /* while it runs */
	struct exchange *exchange; /* of the last run */
	uint64_t digest;           /* of what the evidence is made from */
};

/* --- evidence ----------------------------------------------------------------------------- */

/* A command that prints the same again is the same evidence. */
static struct exchange *evidence(struct command_probe *command, const struct process_result *result)
{
	const struct check *check = command->probe.check;
	struct strbuf asked, said;
	uint64_t digest;
	struct exchange draft = {.body_size = result->out_len + result->err_len,
				 .body_cut = result->out_cut || result->err_cut};
	char *request, *body;

	strbuf_init(&asked, PROBE_RAW);
	strbuf_init(&said, 3 * OUTPUT_MAX);
	for (size_t i = 0; i < check->word_count; i++)
		strbuf_addf(&asked, "%s%s", i != 0 ? " " : "", check->words[i]);
	strbuf_add(&said, result->out, result->out_len);
	if (result->err_len != 0)
		strbuf_addf(&said, "%sstderr:\n%.*s", said.len != 0 ? "\n" : "",
			    (int)result->err_len, result->err);
	digest = digest_fast(asked.data, asked.len) ^ digest_fast(said.data, said.len);
	if (command->exchange == NULL || digest != command->digest) {
		exchange_unref(command->exchange);
		command->digest = digest;
		request = probe_shown(&command->probe, asked.data, asked.len, LIMIT_BODY_KEPT);
		body = probe_shown(&command->probe, said.data, said.len, LIMIT_BODY_KEPT);
		draft.request = request;
		draft.body = body;
		draft.body_len = strlen(body);
		draft.body_cut |= said.len > LIMIT_BODY_KEPT;
		command->exchange = exchange_new(&draft);
		free(request);
		free(body);
	}
	strbuf_release(&asked);
	strbuf_release(&said);
	return command->exchange;
}

/* --- the answer --------------------------------------------------------------------------- */

/* What it says of itself: its first line, or how it ended. */
static void say(const struct command_probe *command, const struct process_result *result,
		const struct plugin_output *output, struct strbuf *message)
{
	struct plugin_output errors;
	struct strbuf rest;
	struct arena arena;

	arena_init(&arena);
	plugin_output_read(&errors, result->err, result->err_len, &arena);
	strbuf_init(&rest, PROBE_RAW);
	if (result->signal != 0)
		strbuf_addf(&rest, "was killed by signal %d (%s)", result->signal,
			    strsignal(result->signal));
	else if (output->line[0] == '\0')
		strbuf_addf(&rest, "exited %d and printed nothing", result->exit_code);
	if (rest.len != 0 && errors.line[0] != '\0')
		strbuf_addf(&rest, "; its standard error says: %s", errors.line);
	if (rest.len == 0) {
		char *own = probe_shown(&command->probe, output->line, strlen(output->line),
					LIMIT_MESSAGE);

		strbuf_adds(message, own);
		free(own);
	} else {
		probe_sentence(&command->probe, rest.data, message);
	}
	strbuf_release(&rest);
	arena_release(&arena);
}

/* 128 and its number for a signal, as shells say it. */
static int exit_code(const struct process_result *result)
{
	return result->signal != 0 ? 128 + result->signal : result->exit_code;
}

static size_t fill_values(const struct command_probe *command, const struct process_result *result,
			  const struct plugin_output *output, struct sample_value *values)
{
	size_t count = 0, len = output->text_len;

	if (len > LIMIT_BODY_KEPT)
		len = redact_whole(probe_redactor(&command->probe), output->text, LIMIT_BODY_KEPT);

	values[count++] = (struct sample_value){.subject = SUBJECT_EXIT_CODE,
						.value = value_number(exit_code(result))};
	values[count] = (struct sample_value){.subject = SUBJECT_OUTPUT,
					      .value = {.type = VALUE_STRING}};
	values[count].value.as.string.bytes = output->text;
	values[count++].value.as.string.len = len;
	for (size_t i = 0; i < output->count; i++)
		values[count++] = (struct sample_value){.subject = SUBJECT_PERFDATA,
							.argument = output->data[i].label,
							.value = value_number(output->data[i].value)};
	return count;
}

/* What it printed, where it was cut without the beginning of a secret. */
static struct process_result whole_result(const struct command_probe *command,
					  const struct process_result *result)
{
	const struct redactor *redactor = probe_redactor(&command->probe);
	struct process_result whole = *result;

	if (whole.out_cut)
		whole.out_len = redact_whole(redactor, whole.out, whole.out_len);
	if (whole.err_cut)
		whole.err_len = redact_whole(redactor, whole.err, whole.err_len);
	return whole;
}

static void on_done(void *context, const struct process_result *came)
{
	struct command_probe *command = context;
	const struct process_result whole = whole_result(command, came), *result = &whole;
	const struct check *check = command->probe.check;
	struct process *process = command->process;
	struct sample_value values[VALUES_MAX];
	struct plugin_output output;
	struct strbuf message;
	struct arena arena;
	struct sample sample = {.failure = result->failure,
				.failed_phase = PHASE_NONE,
				.latency_ns = result->latency_ns,
				.phases = phases_unmeasured(),
				.values = values};

	CHECK_MAGIC(&command->probe, PROBE_MAGIC);
	command->process = NULL;
	arena_init(&arena);
	strbuf_init(&message, LIMIT_MESSAGE);
	plugin_output_read(&output, result->out, result->out_len, &arena);
	if (result->failure == FAILURE_NONE) {
		sample.value_count = fill_values(command, result, &output, values);
		say(command, result, &output, &message);
		/* Where the check has a line of its own, exit codes are not what they are to a plugin. */
		if (result->exit_code == EXIT_UNKNOWN && check_holds(check, SUBJECT_EXIT_CODE))
			sample.failure = FAILURE_PLUGIN;
	} else {
		probe_sentence(&command->probe, result->message, &message);
	}
	sample.message = message.data;
	sample.exchange = evidence(command, result);
	probe_finish(&command->probe, &sample);
	process_free(process);
	strbuf_release(&message);
	arena_release(&arena);
}

static void start(struct probe *probe)
{
	struct command_probe *command = (struct command_probe *)probe;
	const struct check *check = probe->check;
	struct process_options options = {.argv = check->words, .argc = check->word_count,
					  .timeout_ns = probe_time_left(probe),
					  .output_max = OUTPUT_MAX};

	options.env = check_pairs(check, CHECK_KEY_ENVIRONMENT, &options.env_count);
	command->process = process_start(probe->prober->net, &options, on_done, command);
}

static void cancel(struct probe *probe)
{
	struct command_probe *command = (struct command_probe *)probe;

	process_free(command->process);
	command->process = NULL;
}

static void release(struct probe *probe)
{
	exchange_unref(((struct command_probe *)probe)->exchange);
}

const struct probe_type probe_command = {
	.size = sizeof(struct command_probe),
	.start = start,
	.cancel = cancel,
	.release = release,
};
