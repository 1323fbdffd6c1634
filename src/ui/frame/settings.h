/* The settings of config.ini's section [screen], each in one row of a table: what the config says, what can be seen of
 * a change at once, and what the chooser of settings offers. */
#pragma once

#include "types.h"

struct app;

#define SETTING_VALUE_MAX 80
#define SETTING_VALUES_MAX 256

typedef char setting_values[SETTING_VALUES_MAX][SETTING_VALUE_MAX];

/* Takes what the command line and the config say; remarks go to app->notes. The theme needs the colour to be known. */
void settings_begin(struct app *app);

/* The i-th setting that can be chosen from a list; NULL past the end. */
const char *setting_key(size_t i);
const char *setting_help(size_t i);
/* Its values; returns how many. */
size_t setting_list(struct app *app, size_t i, setting_values values);
/* The value that is kept, or the default. */
const char *setting_value(const struct app *app, size_t i);
/* Shows what can be seen of a value at once, without keeping it. */
void setting_show(struct app *app, size_t i, const char *value);

/* Loads a theme and shows it; false (said on the screen) when there is none of that name. */
bool app_set_theme(struct app *app, const char *name);

/* Seconds from 0.1 to 3600, or with a unit: "0.5", "500ms", "1m". false: it is none of these. */
bool setting_parse_interval(const char *text, double *seconds);
