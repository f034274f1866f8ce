/* Every ceiling of the program, by name. What comes from outside is cut here, never trusted. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define LIMIT_CONFIG_BYTES (64u << 20)    /* one YAML file */
#define LIMIT_CONFIG_SCALAR (256u << 10)  /* one YAML scalar, before and after expansion */
#define LIMIT_CONFIG_DEPTH 64             /* nesting of YAML */
#define LIMIT_CONFIG_NODES (8u << 20)     /* nodes after aliases are expanded */
#define LIMIT_NAME 128                    /* a service, check or group name, bytes */
#define LIMIT_DIAGS 200                   /* config errors shown before "and N more" */
#define LIMIT_BODY (256u << 10)           /* bytes of a response body that are read and judged */
#define LIMIT_BODY_KEPT 4096              /* bytes of it kept as evidence */
#define LIMIT_HEADERS 8192                /* bytes of response headers kept */
#define LIMIT_HEAD (300u << 10)           /* bytes of response headers that are judged; libcurl ends an answer with more */
#define LIMIT_MESSAGE 512                 /* a sentence about one failure */
#define LIMIT_JSON_DEPTH 64               /* nesting of foreign JSON */
#define LIMIT_CERTS 8                     /* certificates of a chain that are kept */
#define LIMIT_REDIRECTS 5
#define LIMIT_ROUTES 2000                 /* routes read from one OpenAPI document */
#define LIMIT_OPENAPI (4u << 20)          /* bytes of an OpenAPI document */
#define LIMIT_PROMETHEUS (4u << 20)       /* bytes of the answer to a PromQL query */
#define LIMIT_PROMETHEUS_LABELS 256       /* labels of one of its series */
#define LIMIT_LOG_LINE 4096               /* bytes of a log line, the rest is cut and said so */
#define LIMIT_LOG_EVENT_LINES 200         /* lines joined into one event (a traceback) */
#define LIMIT_EXPLAIN_BYTES (64u << 20)   /* input of --explain */
#define LIMIT_EVENTS_KEPT 4096            /* events in memory without a store */
#define LIMIT_PATTERN_SUBJECT 4096        /* bytes that PCRE2 looks at */
#define LIMIT_PATTERN_MATCH 50000         /* PCRE2 match limit */

#endif
