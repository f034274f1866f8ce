/* `← parent`: when a service that is not well is another's symptom. Only where the parent is DOWN, went
 * down at most two intervals after the child, and the child has nothing to answer for itself: a missing
 * route, a bad certificate, a missing module or a crash is a finding of its own, whoever else is down. */
#include "engine/state.h"

/* Causes that lie in the service itself. */
static const char *const own_classes[] = {
	"python-module-missing", "node-module-missing", "dependency-version-conflict",
	"env-var-missing",	 "exec-format-error",	"oom-killed",
	"port-in-use",		 "stale-pid-or-lock",	"image-pull-failure",
	"route-prefix-mismatch", "stale-image",
};

static int64_t interval_of(const struct service_node *node)
{
	int64_t interval = 0;

	for (size_t i = 0; i < node->check_count; i++)
		if (node->checks[i]->check->interval_ns > interval)
			interval = node->checks[i]->check->interval_ns;
	return interval;
}

static bool check_is_own_finding(const struct check_node *check)
{
	switch ((enum failure)check->failure) {
	case FAILURE_TLS_EXPIRED:
	case FAILURE_TLS_NOT_YET_VALID:
	case FAILURE_TLS_UNTRUSTED:
	case FAILURE_TLS_WRONG_NAME:
	case FAILURE_TLS_FAILED:
	case FAILURE_CREDENTIALS:
		return true;
	case FAILURE_NONE:
	case FAILURE_REFUSED:
	case FAILURE_RESET:
	case FAILURE_CLOSED:
	case FAILURE_TIMEOUT:
	case FAILURE_DNS_NOT_FOUND:
	case FAILURE_DNS_FAILED:
	case FAILURE_UNREACHABLE:
	case FAILURE_PROTOCOL:
	case FAILURE_TOO_LARGE:
	case FAILURE_SERVER:
	case FAILURE_UPGRADE:
	case FAILURE_CLOSE_CODE:
	case FAILURE_STEP:
	case FAILURE_TOKEN:
	case FAILURE_PROXY:
	case FAILURE_REDIRECTS:
	case FAILURE_NO_ROUTE:
	case FAILURE_NO_FAMILY:
	case FAILURE_RESOLVER:
	case FAILURE_NO_DESCRIPTORS:
	case FAILURE_DENIED:
	case FAILURE_NOT_FOUND:
	case FAILURE_CONFIG:
	case FAILURE_READ_ONLY:
	case FAILURE_SUSPENDED:
	case FAILURE_STALE:
	case FAILURE_DEADLINE:
	case FAILURE_PLUGIN:
	case FAILURE_COUNT:
		break;
	}
	for (size_t i = 0; check->values != NULL && i < check->values->count; i++) {
		const struct sample_value *value = &check->values->at[i];

		if (value->subject == SUBJECT_STATUS && value->value.type == VALUE_NUMBER)
			return value->value.as.number == 404 || value->value.as.number == 405;
	}
	return false;
}

static bool has_own_finding(const struct service_node *node)
{
	const struct service_trouble *trouble = service_trouble(node);

	for (size_t i = 0; i < node->check_count; i++)
		if (node->checks[i]->series.state == CHECK_FAIL &&
		    check_is_own_finding(node->checks[i]))
			return true;
	if (trouble->diagnosis_count == 0 || trouble->diagnoses[0].confidence < DIAGNOSIS_SURE)
		return false;
	for (size_t i = 0; i < BASE_LEN(own_classes); i++)
		if (strcmp(trouble->diagnoses[0].id, own_classes[i]) == 0)
			return true;
	return false;
}

static bool is_caused_by(const struct service_node *child, const struct service_node *parent)
{
	int64_t child_interval = interval_of(child);
	int64_t parent_interval = interval_of(parent);
	int64_t interval = child_interval > parent_interval ? child_interval : parent_interval;

	return parent->state == SERVICE_DOWN && parent->since.ns - child->since.ns <= 2 * interval;
}

void service_find_causes(struct engine *engine, struct service_node *node)
{
	uint64_t *causes = NULL;
	size_t count = 0;

	if ((node->state == SERVICE_DOWN || node->state == SERVICE_DEGRADED) &&
	    node->parent_count > 0 && !has_own_finding(node)) {
		causes = xcalloc(node->parent_count, sizeof(*causes));
		for (size_t i = 0; i < node->parent_count; i++)
			if (is_caused_by(node, node->parents[i]))
				causes[count++] = node->parents[i]->id;
	}
	if (count != node->caused_count ||
	    (count > 0 && memcmp(causes, node->caused_by, count * sizeof(*causes)) != 0))
		engine->dirty = true;
	free(node->caused_by);
	node->caused_by = causes;
	node->caused_count = count;
}

bool service_is_incident(const struct service_node *node)
{
	return node->state == SERVICE_DOWN && node->caused_count == 0 && !node->maintenance &&
	       !node->muted && node->silenced_until.ns == 0;
}
