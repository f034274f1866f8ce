/* Which files a fleet is read from: what the command line names, else SITREP_CONFIG, else the
 * first of the usual places. See find.h. */
#include "config/find.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIAG(diags, ...) diags_add(diags, DIAG_ERROR, (struct srcpos){0}, __VA_ARGS__)

void path_list_release(struct path_list *list)
{
	for (size_t i = 0; i < list->len; i++)
		free(list->at[i]);
	vec_release(list);
}

static int is_yaml(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot != NULL &&
	       (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

/* By bytes, so that the order does not hang on a locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_folder(const char *path, struct path_list *files, struct path_list *watched,
		       struct diags *diags)
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, is_yaml, by_name);
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	for (int i = 0; i < count; i++) {
		vec_push(files, xasprintf("%.*s/%s", (int)len, path, entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
	if (count < 0)
		DIAG(diags, "cannot list the folder %s: %s", path, strerror(errno));
	else if (count == 0)
		DIAG(diags, "the folder %s holds no *.yaml", path);
	else
		vec_push(watched, xstrdup(path));
	return count > 0;
}

static bool add_path(const char *path, struct path_list *files, struct path_list *watched,
		     struct diags *diags)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		DIAG(diags, "cannot read %s: %s", path, strerror(errno));
		return false;
	}
	if (S_ISDIR(st.st_mode))
		return add_folder(path, files, watched, diags);
	vec_push(files, xstrdup(strncmp(path, "./", 2) == 0 ? path + 2 : path));
	return true;
}

/* $XDG_CONFIG_HOME or ~/.config; NULL where neither is known. The caller frees it. */
static char *user_place(void)
{
	const char *folder = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	if (folder != NULL && folder[0] == '/')
		return xasprintf("%s/sitrep/services.yaml", folder);
	return home != NULL && home[0] != '\0' ? xasprintf("%s/.config/sitrep/services.yaml", home)
					       : NULL;
}

/* The first of the usual places; all of them are told where none is there. */
static bool add_usual(struct path_list *files, struct path_list *watched, struct diags *diags)
{
	char *own = user_place();
	const char *places[] = {"services.yaml", own, "/etc/sitrep/services.yaml"};
	bool found = false;

	for (size_t i = 0; !found && i < BASE_LEN(places); i++) {
		if (places[i] != NULL && access(places[i], F_OK) == 0) {
			(void)add_path(places[i], files, watched, diags);
			found = true;
		}
	}
	if (!found)
		DIAG(diags,
		     "no services.yaml: looked for ./services.yaml, %s%s/etc/sitrep/services.yaml; "
		     "name one with -c or SITREP_CONFIG, write one with 'sitrep --init', "
		     "or look around with 'sitrep --demo'",
		     own != NULL ? own : "", own != NULL ? ", " : "");
	free(own);
	return found && files->len != 0;
}

bool find_files(const struct config_request *request, struct path_list *files,
		struct path_list *watched, struct diags *diags)
{
	const char *named = getenv("SITREP_CONFIG");
	bool ok = true;

	for (size_t i = 0; i < request->path_count; i++)
		ok &= add_path(request->paths[i], files, watched, diags);
	if (request->path_count != 0)
		return ok;
	if (named != NULL && named[0] != '\0')
		return add_path(named, files, watched, diags);
	return add_usual(files, watched, diags);
}
