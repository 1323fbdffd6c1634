/* The columns of retransmits, drops and resets: one table for the screen, the batch formats and docs/json.md. */
#pragma once

#include "losses.h"

#define LOSS_TEXT_MAX 1280 /* room for any value */

#define LOSS_BIT(kind) (1U << (kind))
#define LOSS_RESETS (LOSS_BIT(LOSS_RESET_SENT) | LOSS_BIT(LOSS_RESET_RECEIVED))
#define LOSS_ALL (LOSS_BIT(LOSS_RETRANSMIT) | LOSS_BIT(LOSS_DROP) | LOSS_RESETS)

enum loss_type {
	LOSS_TEXT,
	LOSS_NUMBER,
	LOSS_BOOL,
	LOSS_LIST, /* texts, separated by newlines */
};

struct loss_column {
	const char *name; /* in JSON and CSV */
	const char *title, *help;
	u8 kinds; /* LOSS_BIT() of each that has it */
	u8 type;  /* enum loss_type */
	u8 rank;  /* on the screen: 1 is kept longest when it is narrow; 0: not shown */
	u8 width; /* columns at least */
	u8 flex;  /* columns at most; 0: width */
	bool right;
	/* The plain value; false: not known. */
	bool (*get)(const struct model *m, const struct loss *l, char *text, size_t size);
	/* As the screen shows it, where that differs; may be NULL. */
	bool (*show)(const struct model *m, const struct loss *l, char *text, size_t size);
};

/* NULL past the end. */
const struct loss_column *loss_column_at(size_t i);
