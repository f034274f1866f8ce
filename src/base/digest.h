/* Digests (libcrypto): the stable 64-bit ids of services and checks, SHA-256, SHA-1, MD5; base64. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/strbuf.h"

/* The first 8 bytes (big endian) of SHA-256 over the parts, each followed by a NUL. Never 0. */
uint64_t digest_id(const char *const *parts, size_t count);
/* A fast hash for tables and "did these bytes change" (not for strangers' collisions). */
uint64_t digest_fast(const void *bytes, size_t len);
void digest_sha256(const void *bytes, size_t len, unsigned char out[32]);
/* For protocols that prescribe it (RFC 6455), never to keep a secret. */
void digest_sha1(const void *bytes, size_t len, unsigned char out[20]);
/* For protocols that prescribe it (PostgreSQL's md5 log-in), never to keep a secret. */
void digest_md5(const void *bytes, size_t len, unsigned char out[16]);
/* Appends them in base64 (RFC 4648 section 4), padded. */
void base64_add(struct strbuf *out, const void *bytes, size_t len);

#endif
