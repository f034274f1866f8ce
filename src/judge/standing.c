/* The rules of DESIGN section 3 that join checks to a service: severity, staleness, now-and-then
 * failures, instances and their quorum. A service without an answer is PENDING, never UP. */
#include "judge/standing.h"

#include "judge/series.h"

enum service_state check_weight(const struct check_standing *standing)
{
	if (standing->state == CHECK_PENDING)
		return SERVICE_PENDING;
	if (standing->stale)
		return SERVICE_UNKNOWN;
	switch (standing->state) {
	case CHECK_PASS:
		return standing->recent_fails >= SERIES_RECENT_FAILS ? SERVICE_DEGRADED
								     : SERVICE_UP;
	case CHECK_WARN:
		return SERVICE_DEGRADED;
	case CHECK_FAIL:
		return standing->check->severity == SEVERITY_DOWN ? SERVICE_DOWN : SERVICE_DEGRADED;
	case CHECK_UNKNOWN:
		return SERVICE_UNKNOWN;
	case CHECK_PENDING:
		break;
	}
	return SERVICE_PENDING;
}

static bool counts(const struct check_standing *standing, bool known)
{
	return !known || standing->state != CHECK_PENDING;
}

#define EVERY_INSTANCE (-2)

/* The worst of all checks of one instance (-1: of those that belong to none). */
static enum service_state worst_of(const struct check_standing *checks, size_t count, bool known,
				   int instance)
{
	enum service_state worst = SERVICE_UP;

	for (size_t i = 0; i < count; i++)
		if ((instance == EVERY_INSTANCE || checks[i].check->instance == instance) &&
		    counts(&checks[i], known))
			worst = service_state_worse(check_weight(&checks[i]), worst);
	return worst;
}

static enum service_state judge_instances(const struct service *service,
					  const struct check_standing *checks, size_t count,
					  bool known, struct service_standing *standing)
{
	int total = (int)service->instance_count;
	int wanted = service->quorum > 0 && service->quorum < total ? service->quorum : total;
	int well = 0, perhaps = 0, fair = 0, pending = 0;

	for (int i = 0; i < total; i++) {
		enum service_state state = worst_of(checks, count, known, i);

		well += state == SERVICE_UP || state == SERVICE_DEGRADED;
		fair += state == SERVICE_DEGRADED;
		perhaps += state == SERVICE_UNKNOWN;
		pending += state == SERVICE_PENDING;
	}
	standing->instances_total = total;
	standing->instances_well = well;
	standing->instances_wanted = wanted;
	if (well + perhaps + pending < wanted)
		return SERVICE_DOWN;
	if (pending > 0)
		return SERVICE_PENDING;
	if (well < wanted)
		return SERVICE_UNKNOWN;
	return well < total || fair > 0 ? SERVICE_DEGRADED : SERVICE_UP;
}

/* The check whose sentence explains the state, and how many are as bad. */
static void find_deciding(const struct check_standing *checks, size_t count, bool known,
			  struct service_standing *standing)
{
	enum service_state worst = SERVICE_UP;

	standing->decides = count;
	standing->others = 0;
	for (size_t i = 0; i < count; i++) {
		enum service_state weight = check_weight(&checks[i]);

		if (!counts(&checks[i], known) || weight == SERVICE_UP)
			continue;
		if (standing->decides == count ||
		    (weight != worst && service_state_worse(worst, weight) == weight)) {
			standing->decides = i;
			standing->others = 0;
			worst = weight;
		} else if (weight == worst) {
			standing->others++;
		}
	}
}

void service_judge(const struct service *service, const struct check_standing *checks, size_t count,
		   bool known, struct service_standing *standing)
{
	*standing = (struct service_standing){.state = SERVICE_UP, .total = (int)count};
	for (size_t i = 0; i < count; i++)
		standing->passing += !checks[i].stale && (checks[i].state == CHECK_PASS ||
							  checks[i].state == CHECK_WARN);
	find_deciding(checks, count, known, standing);
	standing->state =
		worst_of(checks, count, known, service->instance_count > 0 ? -1 : EVERY_INSTANCE);
	if (service->instance_count > 0)
		standing->state = service_state_worse(judge_instances(service, checks, count, known,
								      standing),
						      standing->state);
	if (!known && count == 0)
		standing->state = SERVICE_PENDING;
}
