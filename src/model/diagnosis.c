/* Risks as words. See diagnosis.h. */
#include "model/diagnosis.h"

const char *risk_name(enum risk risk)
{
	static const char *const names[RISK_COUNT] = {
		[RISK_READ] = "read",
		[RISK_RESTART] = "restart",
		[RISK_CHANGE] = "change",
		[RISK_DESTRUCTIVE] = "destructive",
	};

	return names[risk];
}
