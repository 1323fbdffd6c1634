/* Runs one screen script: run_script SCRIPT PROGRAM RECORDING GOLDENS. RECORDING may be "-": none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "script.h"

int main(int argc, char **argv)
{
	cleanup_free char *program = NULL, *replay = NULL; /* absolute: the program runs in another folder */
	struct error err = {};

	if (argc != 5) {
		fprintf(stderr, "usage: run_script SCRIPT PROGRAM RECORDING|- GOLDENS\n");
		return 2;
	}
	program = realpath(argv[2], NULL);
	replay = strcmp(argv[3], "-") ? realpath(argv[3], NULL) : NULL;
	if (!program || (!replay && strcmp(argv[3], "-"))) {
		perror(program ? argv[3] : argv[2]);
		return 1;
	}
	if (script_run(
		&(struct script_options){.script = argv[1], .program = program, .replay = replay, .goldens = argv[4]},
		&err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	return 0;
}
