/* Log levels as words. See log.h. */
#include "model/log.h"

const char *log_level_name(enum log_level level)
{
	static const char *const names[LOG_LEVEL_COUNT] = {
		[LOG_UNKNOWN] = "",
		[LOG_TRACE] = "trace",
		[LOG_DEBUG] = "debug",
		[LOG_INFO] = "info",
		[LOG_WARN] = "warning",
		[LOG_ERROR] = "error",
		[LOG_FATAL] = "fatal",
	};

	return names[level];
}
