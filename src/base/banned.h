/* Calls that are compile errors in this project, each with what to use in its place. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* Headers that declare or use these come first, so that only our own uses are caught. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(name, instead) name##_is_banned_use_##instead
#undef strcpy
#define strcpy(a, b) BANNED(strcpy, strbuf)
#undef strcat
#define strcat(a, b) BANNED(strcat, strbuf)
#undef strncpy
#define strncpy(a, b, c) BANNED(strncpy, xstrndup)
#undef strncat
#define strncat(a, b, c) BANNED(strncat, strbuf)
#undef sprintf
#define sprintf(...) BANNED(sprintf, snprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf, vsnprintf)
#undef strtok
#define strtok(a, b) BANNED(strtok, strchr)
#undef system
#define system(a) BANNED(system, net_child)
#undef popen
#define popen(a, b) BANNED(popen, net_child)
#undef localtime
#define localtime(a) BANNED(localtime, clock)
#undef gmtime
#define gmtime(a) BANNED(gmtime, clock)
#undef ctime
#define ctime(a) BANNED(ctime, clock)
#undef asctime
#define asctime(a) BANNED(asctime, clock)

#endif
