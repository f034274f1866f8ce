/* Growing arrays of any type: `struct check_vec VEC_OF(struct check);` declares one, zero bytes
 * are an empty one. Pointers into `at` end with the next push. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/xalloc.h"

#define VEC_OF(type)                                                                           \
	{                                                                                      \
		type *at;                                                                      \
		size_t len;                                                                    \
		size_t cap;                                                                    \
	}

/* Room for one more; evaluates to a pointer to the new, uninitialised last element. */
#define vec_add(vec)                                                                           \
	((vec)->len == (vec)->cap                                                              \
	     ? ((vec)->cap = (vec)->cap != 0 ? (vec)->cap * 2 : 8,                             \
		(vec)->at = xreallocarray((vec)->at, (vec)->cap, sizeof(*(vec)->at)))          \
	     : (void *)0,                                                                      \
	 &(vec)->at[(vec)->len++])
#define vec_push(vec, value) (*(vec_add(vec)) = (value))
#define vec_release(vec) (free((vec)->at), (vec)->at = NULL, (vec)->len = (vec)->cap = 0)

#endif
