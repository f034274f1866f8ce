/* Jobs of scram_job.h. Invariant: the worker sees nothing but the job's own copies, and these, the password
 * among them, are wiped when it has ended, whoever still wants the keys. */
#include "probe/scram_job.h"

#include "base/xalloc.h"

#include <string.h>

struct scram_job {
	enum scram_hash hash;
	char *password;
	struct scram_challenge challenge;
	struct scram_keys made;
	struct scram_keys *keys; /* NULL: nobody wants them any more */
	void (*done)(void *context);
	void *context;
	struct net_job *job;
};

static void work(void *context, const struct net_job *job)
{
	struct scram_job *mine = context;

	if (!net_job_cancelled(job))
		scram_make_keys(&mine->made, mine->hash, mine->password, &mine->challenge);
}

static void on_worked(void *context, bool cancelled)
{
	struct scram_job *mine = context;
	bool wanted = mine->keys != NULL && !cancelled;
	void (*done)(void *context) = mine->done;
	void *whose = mine->context;

	if (wanted)
		*mine->keys = mine->made;
	explicit_bzero(mine->password, strlen(mine->password));
	free(mine->password);
	explicit_bzero(mine, sizeof(*mine));
	free(mine);
	if (wanted)
		done(whose);
}

struct scram_job *scram_job_start(struct net *net, const struct scram *scram, struct scram_keys *keys,
				  const char *password, const char *bytes, size_t len,
				  void (*done)(void *context), void *context)
{
	struct scram_challenge challenge;
	struct scram_job *mine;

	if (!scram_wants_rounds(scram, keys, password, bytes, len, &challenge) ||
	    challenge.rounds <= SCRAM_ROUNDS_AT_ONCE)
		return NULL;
	mine = xcalloc(1, sizeof(*mine));
	challenge.nonce = NULL;
	mine->hash = scram->hash;
	mine->password = xstrdup(password);
	mine->challenge = challenge;
	mine->keys = keys;
	mine->done = done;
	mine->context = context;
	mine->job = net_job_start(net, work, on_worked, mine);
	return mine;
}

void scram_job_drop(struct scram_job *job)
{
	if (job == NULL)
		return;
	job->keys = NULL;
	net_job_cancel(job->job);
}
