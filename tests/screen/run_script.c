/* Runs one screen script: run_script SCRIPT PROGRAM RECORDING GOLDENS. RECORDING may be "-": none. */
#include <stdio.h>
#include <string.h>

#include "script.h"

int main(int argc, char **argv)
{
	struct error err = {};

	if (argc != 5) {
		fprintf(stderr, "usage: run_script SCRIPT PROGRAM RECORDING|- GOLDENS\n");
		return 2;
	}
	if (script_run(&(struct script_options){.script = argv[1],
						.program = argv[2],
						.replay = strcmp(argv[3], "-") ? argv[3] : NULL,
						.goldens = argv[4]},
		       &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	return 0;
}
