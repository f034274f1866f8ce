/* Numbers that people write and read: durations, sizes, ages, latencies. Each prints in a
 * bounded number of cells. */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include "base/strbuf.h"

/* "10s", "1.5s", "4m12s", "3d4h", "250ms", "2w", "1y"; units ns us ms s m h d w y. A number
 * without a unit is an error, and so are negative ones and overflow. */
bool duration_parse(const char *text, size_t len, int64_t *ns);
/* The two largest units: "45s", "4m12s", "3d4h", "250ms"; below 1 ms "0.4ms"; a zero second unit is
 * left out ("3m"), and below 10 of a unit tenths are shown ("1.5s"). Cut, never rounded up. */
void duration_format(struct strbuf *out, int64_t ns);
/* How long ago, for what ticks: as above in whole seconds ("0s", "2s", "4m12s"). */
void age_format(struct strbuf *out, int64_t ns);
/* Two significant digits for tables: "0.4ms", "9ms", "12ms", "840ms", "1.2s", "12s". */
void latency_format(struct strbuf *out, int64_t ns);
/* "10MB", "64k", "512", "1.5GiB" (kB/MB/GB decimal, KiB/MiB/GiB binary). */
bool bytes_parse(const char *text, size_t len, uint64_t *bytes);
void bytes_format(struct strbuf *out, uint64_t bytes);
/* A decimal number, JSON's grammar (RFC 8259 section 6), whole text. Locale independent. */
bool number_parse(const char *text, size_t len, double *number);
/* Shortest text that reads back as the same double; whole numbers without a point. */
void number_format(struct strbuf *out, double number);

#endif
