/* Answers of name servers: two bytes choose the record type, the rest is a message whose id and
 * question may be those that were asked. Records are texts within their bounds. */
#include "fuzz.h"

#include "base/xalloc.h"
#include "probe/dns_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = {"A", "AAAA", "CNAME", "MX", "NS", "SOA", "SRV", "TXT", "CAA", "PTR"};
	struct dns_question question = {.name = "example.com"};
	struct dns_answer answer;
	struct arena arena;
	unsigned char out[DNS_QUESTION_MAX];
	enum dns_fit fit;

	if (size < 3)
		return 0;
	question.type = dns_type(types[data[0] % BASE_LEN(types)]);
	question.id = (uint16_t)(data[1] << 8 | data[2]);
	PROMISE(dns_write(&question, out) <= sizeof(out));
	arena_init(&arena);
	fit = dns_read(&question, data + 1, size - 1, &arena, &answer);
	PROMISE(fit != DNS_GARBAGE || answer.fault != NULL);
	PROMISE(answer.count <= DNS_RECORDS_MAX);
	for (size_t i = 0; fit == DNS_ANSWERS && i < answer.count; i++) {
		PROMISE(answer.records[i][0] != '\0' && strlen(answer.records[i]) <= 2048);
		PROMISE(i == 0 || strcmp(answer.records[i - 1], answer.records[i]) <= 0);
	}
	arena_release(&arena);
	return 0;
}
