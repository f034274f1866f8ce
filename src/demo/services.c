/* The table of the demo's services; ports are given at run time. */
#include "demo/services.h"

#define NEEDS(service) (1u << DEMO_##service)

static const struct demo_service_info services[DEMO_SERVICE_COUNT] = {
	[DEMO_GATEWAY] = {"gateway", "Nexus Gateway", "1.9.0", "nginx/1.24.0", DEMO_PROXY,
			  DEMO_FORMAT_NGINX,
			  NEEDS(AUTH) | NEEDS(USER) | NEEDS(SCRAPING) | NEEDS(VOICE) |
				  NEEDS(ANALYTICS)},
	[DEMO_AUTH] = {"auth", "Nexus Auth", "2.4.1", "gunicorn", DEMO_HTTP, DEMO_FORMAT_GUNICORN,
		       NEEDS(POSTGRES) | NEEDS(REDIS)},
	[DEMO_USER] = {"user", "Nexus Users", "2.2.0", "uvicorn", DEMO_HTTP, DEMO_FORMAT_UVICORN,
		       NEEDS(POSTGRES)},
	[DEMO_SCRAPING] = {"scraping", "Nexus Scraping", "1.7.3", "uvicorn", DEMO_HTTP,
			   DEMO_FORMAT_UVICORN, NEEDS(REDIS) | NEEDS(KAFKA)},
	[DEMO_VOICE] = {"voice", "Nexus Voice", "3.1.0", "uvicorn", DEMO_HTTP, DEMO_FORMAT_UVICORN,
			NEEDS(REDIS)},
	[DEMO_ANALYTICS] = {"analytics", "Nexus Analytics", "1.4.2", "uvicorn", DEMO_HTTP,
			    DEMO_FORMAT_UVICORN, NEEDS(POSTGRES) | NEEDS(KAFKA)},
	[DEMO_POSTGRES] = {"postgres", NULL, "15.4", NULL, DEMO_STORE, DEMO_FORMAT_POSTGRES, 0},
	[DEMO_REDIS] = {"redis", NULL, "7.0.15", NULL, DEMO_STORE, DEMO_FORMAT_REDIS, 0},
	[DEMO_KAFKA] = {"kafka", NULL, "3.5.1", NULL, DEMO_STORE, DEMO_FORMAT_KAFKA,
			NEEDS(ZOOKEEPER)},
	[DEMO_ZOOKEEPER] = {"zookeeper", NULL, "3.8.3", NULL, DEMO_STORE, DEMO_FORMAT_ZOOKEEPER, 0},
	[DEMO_GRAFANA] = {"grafana", NULL, "10.1.5", NULL, DEMO_HTTP, DEMO_FORMAT_GRAFANA,
			  NEEDS(PROMETHEUS)},
	[DEMO_PROMETHEUS] = {"prometheus", NULL, "2.47.0", NULL, DEMO_HTTP, DEMO_FORMAT_PROMETHEUS,
			     0},
	[DEMO_KAFKA_UI] = {"kafka-ui", NULL, "0.7.1", NULL, DEMO_HTTP, DEMO_FORMAT_SPRING,
			   NEEDS(KAFKA)},
};

const struct demo_service_info *demo_service_info(enum demo_service service)
{
	if (service >= DEMO_SERVICE_COUNT)
		BUG("no such demo service: %d", (int)service);
	return &services[service];
}

enum demo_service demo_service_find(const char *name, size_t len)
{
	for (int i = 0; i < DEMO_SERVICE_COUNT; i++) {
		if (strlen(services[i].name) == len && memcmp(services[i].name, name, len) == 0)
			return (enum demo_service)i;
	}
	return DEMO_SERVICE_COUNT;
}
