/* Answers of ZooKeeper: a byte that chooses the word, then the answer. Texts end, numbers are none or not
 * negative, and an answer that says nothing is none. */
#include "fuzz.h"

#include "probe/zookeeper_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const words[] = {"ruok", "srvr", "mntr"};
	const char *word = words[size != 0 ? data[0] % 3 : 0];
	struct zookeeper said;
	enum zookeeper_answer answer;

	zookeeper_init(&said);
	answer = zookeeper_read(word, (const char *)data + (size != 0), size - (size != 0), &said);
	PROMISE(memchr(said.version, '\0', sizeof(said.version)) != NULL);
	PROMISE(memchr(said.mode, '\0', sizeof(said.mode)) != NULL);
	PROMISE(said.connections >= -1 && said.outstanding >= -1 && said.followers >= -1);
	if (answer == ZOOKEEPER_ANSWERED && word[0] != 'r')
		PROMISE(said.version[0] != '\0' || said.mode[0] != '\0' || said.connections >= 0 ||
			said.outstanding >= 0 || said.followers >= 0);
	return 0;
}
