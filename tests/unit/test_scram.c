/* SCRAM: the exchange of RFC 7677 byte for byte, the same with SHA-512 (as Python's hashlib computes it), and
 * servers that cheat. */
#include "unit.h"

#include "probe/scram.h"

#define NONCE "rOprNGfwEbeRWgbNEkqO"
#define FIRST "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"

/* The nonce of the RFC, which base64 makes of these. */
static const unsigned char random_bytes[15] = {0xac, 0xea, 0x6b, 0x34, 0x67, 0xf0, 0x11, 0xb7,
					       0x91, 0x5a, 0x06, 0xcd, 0x12, 0x4a, 0x8e};

static const char *answer_by(enum scram_hash hash, struct scram_keys *keys, const char *password,
			     const char *first, struct scram *scram, struct strbuf *out)
{
	scram_init(scram, hash);
	strbuf_init(out, 4096);
	scram_begin(scram, "user", random_bytes, sizeof(random_bytes), out);
	assert_string_equal(out->data, "n,,n=user,r=" NONCE);
	strbuf_reset(out);
	return scram_answer(scram, keys, password, first, strlen(first), out);
}

static const char *answer(struct scram_keys *keys, const char *password, const char *first,
			  struct scram *scram, struct strbuf *out)
{
	return answer_by(SCRAM_SHA_256, keys, password, first, scram, out);
}

static void test_rfc_7677(void **state)
{
	static const char proof[] = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
	static const char wrong[] = "v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=";
	struct scram_keys keys = {0};
	struct scram scram;
	struct strbuf out;

	(void)state;
	/* The second time with the keys of the first. */
	for (int i = 0; i < 2; i++) {
		assert_null(answer(&keys, "pencil", FIRST, &scram, &out));
		assert_string_equal(out.data,
				    "c=biws,r=" NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
				    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
		assert_null(scram_verify(&scram, proof, strlen(proof)));
		assert_non_null(strstr(scram_verify(&scram, wrong, strlen(wrong)), "does not prove"));
		assert_non_null(scram_verify(&scram, "e=other-error", 13));
		assert_non_null(scram_verify(&scram, "v=", 2));
		assert_non_null(scram_verify(&scram, NULL, 0));
		assert_true(keys.known);
		scram_release(&scram);
		strbuf_release(&out);
	}
	/* Another password takes no keys of the last one. */
	assert_null(answer(&keys, "pencils", FIRST, &scram, &out));
	assert_non_null(scram_verify(&scram, proof, strlen(proof)));
	scram_release(&scram);
	strbuf_release(&out);
}

static void test_sha_512(void **state)
{
	static const char proof[] = "v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq199R"
				    "VG2rR7N7Zw==";
	static const char shorter[] = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
	struct scram_keys keys = {0};
	struct scram scram;
	struct strbuf out;

	(void)state;
	/* Keys of the other hash are none of this one. */
	assert_null(answer(&keys, "pencil", FIRST, &scram, &out));
	scram_release(&scram);
	strbuf_release(&out);
	assert_null(answer_by(SCRAM_SHA_512, &keys, "pencil", FIRST, &scram, &out));
	assert_string_equal(out.data, "c=biws,r=" NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
				      "p=gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dyb"
				      "EmDYXYTxwnYPJQ==");
	assert_null(scram_verify(&scram, proof, strlen(proof)));
	assert_non_null(scram_verify(&scram, shorter, strlen(shorter)));
	scram_release(&scram);
	scram_release(&scram);
	strbuf_release(&out);
}

static void test_bad_servers(void **state)
{
	static const struct {
		const char *first, *says;
	} rows[] = {
		{"r=other%hvYDpWUa2RaTCAfuxFIlj,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "nonce"},
		{"r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "nonce"},
		{"r=" NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=100001", "rounds"},
		{"r=" NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0", "form"},
		{"r=" NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1", "form"},
		{"r=" NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=9999999999", "form"},
		{"r=" NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==", "form"},
		{"r=" NONCE "x,s=W22Z*J0SNY7soEsUEjb6gQ==,i=4096", "form"},
		{"r=" NONCE "x,s==,i=4096", "form"},
		{"r=" NONCE "x,s=====,i=4096", "form"},
		{"m=ext,r=" NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "form"},
		{"", "form"},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct scram_keys keys = {0};
		struct scram scram;
		struct strbuf out;
		const char *wrong = answer(&keys, "pencil", rows[i].first, &scram, &out);

		if (wrong == NULL || strstr(wrong, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].first, wrong != NULL ? wrong : "taken");
		scram_release(&scram);
		strbuf_release(&out);
	}
}

static void test_names_are_escaped(void **state)
{
	struct scram scram;
	struct strbuf out;

	(void)state;
	scram_init(&scram, SCRAM_SHA_256);
	strbuf_init(&out, 4096);
	scram_begin(&scram, "a=b,r=c", random_bytes, sizeof(random_bytes), &out);
	assert_string_equal(out.data, "n,,n=a=3Db=2Cr=3Dc,r=" NONCE);
	scram_release(&scram);
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc_7677),
		cmocka_unit_test(test_sha_512),
		cmocka_unit_test(test_bad_servers),
		cmocka_unit_test(test_names_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
