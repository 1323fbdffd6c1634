/* What all folds of sockets share. */
#include "folds.h"

const struct column socket_fold_predicates[SOCKET_FOLD_PREDICATES] = {TABLE_END_PREDICATES};
