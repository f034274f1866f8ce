/* What the two halves of a keyframe share. Not for other layers. */
#ifndef ENGINE_KEYFRAME_H
#define ENGINE_KEYFRAME_H

#include "engine/state.h"

#define KEYFRAME_VERSION 1

#endif
