/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One program of nearly all unit tests, for builds and tools in which programs are dear: to link one with
 * sanitizers takes half a second, and valgrind takes a second to begin.
 *
 *   together NAME [OPTION...]      the one test, as its own program would be
 *   together --part=PART/PARTS     every PARTS-th of them, each in a process of its own; fails if one does
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "together-tests.h" /* UNIT_TESTS: the names, and main() of each, which has another name here */

#define UNIT_TEST(name, main) int main(int argc, char **argv);
UNIT_TESTS
#undef UNIT_TEST

typedef struct UnitTest {
        const char *name;
        int (*main)(int argc, char **argv);
} UnitTest;

#define UNIT_TEST(name, main) { name, main },
static const UnitTest unit_tests[] = { UNIT_TESTS };
#undef UNIT_TEST

#define N_UNIT_TESTS (sizeof(unit_tests) / sizeof(unit_tests[0]))

/* A test that expects an abort starts this program again, and with arguments of its own. */
static const char unit_test_variable[] = "UNIT_TEST";

static int run(const UnitTest *test, int argc, char **argv) {
        if (setenv(unit_test_variable, test->name, 1) < 0)
                return EXIT_FAILURE;
        return test->main(argc, argv);
}

/* Does the test pass in a child process? */
static int run_apart(const UnitTest *test, int argc, char **argv) {
        int status;
        pid_t pid;

        (void) fflush(NULL);
        pid = fork();
        if (pid == 0)
                exit(run(test, argc, argv));
        if (pid < 0 || waitpid(pid, &status, 0) < 0)
                return 0;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv) {
        const char *name = getenv(unit_test_variable);
        unsigned part, parts, n_failed = 0;

        if (!name && argc == 2 && sscanf(argv[1], "--part=%u/%u", &part, &parts) == 2) {
                char *arguments[] = { argv[0], NULL };

                for (size_t i = part; i < N_UNIT_TESTS; i += parts)
                        if (!run_apart(&unit_tests[i], 1, arguments)) {
                                printf("not ok - the program of %s\n", unit_tests[i].name);
                                n_failed++;
                        }
                return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
        }
        if (!name && argc > 1) {
                name = argv[1];
                argv[1] = argv[0];
                argv++;
                argc--;
        }
        for (size_t i = 0; name && i < N_UNIT_TESTS; i++)
                if (strcmp(unit_tests[i].name, name) == 0)
                        return run(&unit_tests[i], argc, argv);
        (void) fprintf(stderr, "which test?\n");
        return 2;
}
