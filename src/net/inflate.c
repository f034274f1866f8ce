/* Undoes gzip (RFC 1952) and deflate, which is zlib's format (RFC 1950) and with some servers raw
 * (RFC 1951). Invariant: work and memory are bounded by the bytes that came and the ceiling of what they
 * become, whatever they claim to be. See inflate.h. */
#include "net/inflate.h"

#include <strings.h>
#include <zlib.h>

#define STEP 4096u
/* inflateInit2(): the largest window, and which frame is around the data. */
#define FRAME_GZIP (15 + 16)
#define FRAME_ZLIB 15
#define FRAME_NONE (-15)

/* One stream; `used` gets how many bytes it took. */
static enum inflated undo(int frame, const char *bytes, size_t len, size_t *used, struct strbuf *out)
{
	z_stream stream = {.next_in = (Bytef *)bytes, .avail_in = (uInt)len};
	unsigned char step[STEP];
	int code = Z_OK;

	if (inflateInit2(&stream, frame) != Z_OK)
		BUG("out of memory");
	while (code == Z_OK && !out->truncated) {
		stream.next_out = step;
		stream.avail_out = STEP;
		code = inflate(&stream, Z_NO_FLUSH);
		strbuf_add(out, step, STEP - stream.avail_out);
	}
	*used = len - stream.avail_in;
	(void)inflateEnd(&stream);
	if (code == Z_STREAM_END)
		return out->truncated ? INFLATED_PART : INFLATED_WHOLE;
	return code == Z_OK || code == Z_BUF_ERROR ? INFLATED_PART : INFLATED_BROKEN;
}

/* Its members one after the other (RFC 1952 section 2.2); what else stands behind them is nothing. */
static enum inflated undo_gzip(const char *bytes, size_t len, struct strbuf *out)
{
	enum inflated inflated;
	size_t used = 0;

	do {
		bytes += used;
		len -= used;
		inflated = undo(FRAME_GZIP, bytes, len, &used, out);
	} while (inflated == INFLATED_WHOLE && len - used > 2 && memcmp(bytes + used, "\x1f\x8b", 2) == 0);
	return inflated;
}

enum inflated inflate_body(const char *coding, const char *bytes, size_t len, struct strbuf *out)
{
	enum inflated inflated;
	size_t used;

	if (strcasecmp(coding, "gzip") == 0 || strcasecmp(coding, "x-gzip") == 0)
		return undo_gzip(bytes, len, out);
	if (strcasecmp(coding, "deflate") != 0)
		return INFLATED_NOTHING;
	inflated = undo(FRAME_ZLIB, bytes, len, &used, out);
	if (inflated != INFLATED_BROKEN || out->len != 0)
		return inflated;
	return undo(FRAME_NONE, bytes, len, &used, out);
}
