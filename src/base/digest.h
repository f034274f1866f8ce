/* Digests (libcrypto): the stable 64-bit ids of services and checks, and SHA-256. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/base.h"

/* The first 8 bytes (big endian) of SHA-256 over the parts, each followed by a NUL. Never 0. */
uint64_t digest_id(const char *const *parts, size_t count);
/* A fast hash for tables and "did these bytes change" (not for strangers' collisions). */
uint64_t digest_fast(const void *bytes, size_t len);
void digest_sha256(const void *bytes, size_t len, unsigned char out[32]);

#endif
