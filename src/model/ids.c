/* Stable ids: digests of the names that a person wrote. See ids.h. */
#include "model/ids.h"

#include "base/digest.h"

uint64_t service_id_of(const char *fleet, const char *environment, const char *service)
{
	const char *const parts[] = {fleet, environment, service};

	return digest_id(parts, BASE_LEN(parts));
}

uint64_t check_id_of(uint64_t service_id, const char *check)
{
	char service[17];
	const char *const parts[] = {service, check};

	(void)snprintf(service, sizeof(service), "%016llx", (unsigned long long)service_id);
	return digest_id(parts, BASE_LEN(parts));
}
