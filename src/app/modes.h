/* From the command line to the mode that it asks for. */
#ifndef APP_MODES_H
#define APP_MODES_H

#include "base/base.h"

/* True where this process was started as a helper of another sitrep (the demo fleet's servers);
 * then it has run and `code` is its exit code. */
bool modes_child(int argc, char **argv, int *code);
/* Everything that a person can ask for; returns the exit code. */
int modes_main(int argc, char **argv);

#endif
