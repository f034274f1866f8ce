/* Numbers that people write: what is read can be written, and a double comes back as itself. */
#include "fuzz.h"

#include "base/clock.h"
#include "base/units.h"

static void check_formats(int64_t ns)
{
	void (*const formats[])(struct strbuf *, int64_t) = {duration_format, latency_format,
							     age_format};

	for (size_t i = 0; i < BASE_LEN(formats); i++) {
		struct strbuf out;

		strbuf_init(&out, 100);
		formats[i](&out, ns);
		PROMISE(out.len >= 2 && out.len <= 10);
		strbuf_release(&out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct wall_time at;
	struct strbuf out;
	uint64_t bytes;
	double number, back;
	int64_t ns;

	strbuf_init(&out, 100);
	if (duration_parse(text, size, &ns)) {
		PROMISE(ns >= 0);
		check_formats(ns);
	}
	if (size >= sizeof(ns)) {
		memcpy(&ns, data, sizeof(ns));
		check_formats(ns);
	}
	if (bytes_parse(text, size, &bytes)) {
		bytes_format(&out, bytes);
		PROMISE(out.len >= 2 && out.len <= 6);
		strbuf_reset(&out);
	}
	if (number_parse(text, size, &number)) {
		number_format(&out, number);
		PROMISE(number_parse(out.data, out.len, &back));
		PROMISE(!(back < number) && !(back > number));
		strbuf_reset(&out);
	}
	if (wall_parse(text, size, 0, &at) != 0) {
		struct wall_time again;

		wall_format(&out, (struct wall_time){at.ns / NS_PER_S * NS_PER_S}, false);
		PROMISE(wall_parse(out.data, out.len, 3600, &again) == out.len);
		PROMISE(again.ns == at.ns / NS_PER_S * NS_PER_S);
	}
	strbuf_release(&out);
	return 0;
}
