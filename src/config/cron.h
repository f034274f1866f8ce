/* Cron expressions as people write them: crontab(5), five fields with names, ranges, steps and lists, or
 * @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually. Inside config/. */
#ifndef CONFIG_CRON_H
#define CONFIG_CRON_H

#include "base/strbuf.h"
#include "model/cron.h"

/* Into `cron`, without text and zone. False with a sentence where it is none, or never due. */
bool cron_parse(const char *text, struct cron *cron, struct strbuf *err);

#endif
