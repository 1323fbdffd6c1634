/* What all folds of sockets share. */
#include "folds.h"

const struct column socket_fold_predicates[SOCKET_FOLD_PREDICATES] = {TABLE_END_PREDICATES};

const struct table *fold_at(size_t i)
{
#define FOLD_AT(name, title, help) &name##_fold,
	static const struct table *const folds[] = {FOLDS(FOLD_AT) NULL};

	return i < ARRAY_SIZE(folds) ? folds[i] : NULL;
}
