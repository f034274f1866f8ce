/* YAML files -> node trees -> the fleet and themes. The only part that knows libyaml. All errors
 * are collected, none stops the reading: a service whose config is wrong is in the fleet with
 * `error` set, so that the rest of the fleet is watched. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/diags.h"
#include "base/node.h"
#include "model/fleet.h"
#include "model/theme.h"

/* What the command line says about the config. All may be NULL/0. */
struct config_request {
	const char *const *paths; /* -c, several; a directory counts as its *.yaml in name order */
	size_t path_count;
	const char *environment;	 /* -e, else SITREP_ENV, else the default one */
	int64_t interval_ns, timeout_ns; /* override the file's, 0 = not */
	bool read_only;
	/* Only services that match one of these globs (of the name), in groups that match; the
	 * others are read and checked but not in the fleet. NULL / 0 = all. Nothing left is an
	 * error. */
	const char *group;
	const char *const *services;
	size_t service_count;
};

/* Reads, merges, expands and checks. Returns a fleet with one reference, also where `diags` has
 * errors inside services; NULL where nothing can be watched at all (no file, no YAML, no
 * services, no such environment). Looks for files in the order of DESIGN section 4. */
struct fleet *config_load(const struct config_request *request, struct diags *diags);

/* One YAML document as a node tree in `arena`; NULL on a syntax error (in `diags`). `file` is
 * copied. Aliases and `<<` are expanded (bounded), duplicate keys are errors. */
const struct node *config_read_yaml(struct arena *arena, const char *file, const char *bytes,
				    size_t len, struct diags *diags);
/* The same from a file on disk. */
const struct node *config_read_file(struct arena *arena, const char *path, struct diags *diags);

/* A theme by name: $XDG_CONFIG_HOME/sitrep/themes/NAME.yaml, then the built-in ones. NULL with
 * the reason in `diags`; the caller falls back to theme_mono(). The format:
 *
 *   base: dark                        # optional: what is not said here is as there
 *   colors:                           # the theme's own names, for both depths
 *     bad: {full: "#ff5f5f", eight: red}   # or 203; `bad: red` where one will do
 *   styles:                           # every role of styles.def: [COLOR] [on COLOR] [attributes]
 *     state-down: bad bold            # attributes: bold dim reverse underline italic
 *     title: {full: 253 on 236, eight: white on blue, mono: reverse}
 *
 * COLOR: a name of `colors`, black red green yellow blue magenta cyan white, bright-*, 0 to 255,
 * "#rrggbb", default. Without `mono` the attributes hold there, without `eight` the same look if
 * eight colours can show it. */
struct theme *config_load_theme(const char *name, struct diags *diags);

/* Files that are compiled in ("rules/http.yaml", "themes/dark.yaml", "services.yaml"). */
struct builtin_file {
	const char *name;
	const char *bytes;
	size_t len;
};
extern const struct builtin_file builtin_files[]; /* ends with a NULL name */
const struct builtin_file *builtin_find(const char *name);

#endif
