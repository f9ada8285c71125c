/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs a fuzz target without libFuzzer: `fuzz-NAME FOLDER [RUNS]`. Runs every file of the folder, every
 * file cut off at each length, then RUNS mutations of them. The mutations are the same each time, so a
 * test that fails today fails tomorrow.
 *
 * The target runs in a child process. Before each input the child leaves it in memory that both share.
 * When the child dies, from whatever cause (an assertion, a sanitizer, the time limit of `meson test`),
 * the parent writes the input to a file and names it. Put that file into the corpus.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/prng.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_MAX    8192u /* bytes */
#define RUNS_DEFAULT 20000u
#define CUTS_MAX     2048u /* bytes of a file that are cut off one by one */

typedef struct Input {
        size_t len;
        uint8_t data[INPUT_MAX];
} Input;

typedef struct Corpus {
        Input *inputs;
        char **names;
        size_t n;
} Corpus;

/* What the child is doing, for the parent to read. */
typedef struct Shared {
        char what[512];
        uint64_t n_runs;
        Input input;
} Shared;

static Shared *shared;

static void *must(void *p) {
        if (!p) {
                perror("fuzz-main");
                exit(2);
        }
        return p;
}

static int is_input(const struct dirent *entry) {
        return entry->d_name[0] != '.';
}

static void corpus_load(Corpus *corpus, const char *folder) {
        struct dirent **entries;
        const int n = scandir(folder, &entries, is_input, alphasort);

        if (n <= 0) {
                fprintf(stderr, "%s: %s\n", folder, n < 0 ? strerror(errno) : "nothing in it to begin with");
                exit(2);
        }
        corpus->inputs = must(calloc((size_t) n, sizeof(Input)));
        corpus->names = must(calloc((size_t) n, sizeof(char *)));
        corpus->n = (size_t) n;
        for (size_t i = 0; i < corpus->n; i++) {
                char path[4096];
                FILE *f;

                corpus->names[i] = must(strdup(entries[i]->d_name));
                snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
                f = must(fopen(path, "re"));
                corpus->inputs[i].len = fread(corpus->inputs[i].data, 1, INPUT_MAX, f);
                if (!feof(f) && fgetc(f) != EOF) {
                        fprintf(stderr, "%s: longer than %u bytes\n", path, INPUT_MAX);
                        exit(2);
                }
                fclose(f);
                free(entries[i]);
        }
        free(entries);
}

static void corpus_free(Corpus *corpus) {
        for (size_t i = 0; i < corpus->n; i++)
                free(corpus->names[i]);
        free(corpus->names);
        free(corpus->inputs);
}

/* Runs the target on a copy of exactly the input's size: sanitizers see a read beyond its end. */
static void run(const Input *input) {
        uint8_t *copy = must(malloc(input->len > 0 ? input->len : 1));

        memcpy(copy, input->data, input->len);
        shared->input = *input;
        shared->n_runs++;
        (void) LLVMFuzzerTestOneInput(copy, input->len);
        free(copy);
}

/* Draws a range [*ret_at, *ret_at + *ret_len) of @len bytes, mostly a short one. */
static void draw_range(Prng *prng, size_t len, size_t *ret_at, size_t *ret_len) {
        *ret_at = prng_below(prng, len + 1);
        *ret_len = prng_below(prng,
                              MIN(len - *ret_at, (size_t) (prng_below(prng, 4) == 0 ? INPUT_MAX : 16)) + 1);
}

/* Replaces @cut bytes at @at by @n bytes, as far as there is room. */
static void splice(Input *input, size_t at, size_t cut, const uint8_t *data, size_t n) {
        const size_t tail = input->len - at - cut;

        if (at + n + tail > INPUT_MAX)
                return;
        memmove(input->data + at + n, input->data + at + cut, tail);
        if (n > 0)
                memcpy(input->data + at, data, n);
        input->len = at + n + tail;
}

static void mutate(Prng *prng, const Corpus *corpus, Input *input) {
        /* Ends of ranges, lengths, a pointer of DNS, ends of options, a separator of texts. */
        static const uint8_t special[] = { 0,  1,  2,   3,   4,    5,   8,   32,   33,
                                           63, 64, 127, 128, 0xc0, 254, 255, '\n', '=' };
        uint8_t piece[INPUT_MAX];
        const Input *other;
        size_t at, len, from, n;

        switch (prng_below(prng, 8)) {
        case 0:
                if (input->len > 0)
                        input->data[prng_below(prng, input->len)] ^= (uint8_t) (1u << prng_below(prng, 8));
                return;
        case 1:
                if (input->len > 0)
                        input->data[prng_below(prng, input->len)] =
                                special[prng_below(prng, ARRAY_SIZE(special))];
                return;
        case 2:
                if (input->len > 0)
                        input->data[prng_below(prng, input->len)] = (uint8_t) prng_u64(prng);
                return;
        case 3:
                draw_range(prng, input->len, &at, &len);
                splice(input, at, len, NULL, 0);
                return;
        case 4:
                input->len = prng_below(prng, input->len + 1);
                return;
        case 5:
                at = prng_below(prng, input->len + 1);
                n = prng_below(prng, 9);
                for (size_t i = 0; i < n; i++)
                        piece[i] = special[prng_below(prng, ARRAY_SIZE(special))];
                splice(input, at, 0, piece, n);
                return;
        case 6:
                draw_range(prng, input->len, &from, &n);
                memcpy(piece, input->data + from, n);
                draw_range(prng, input->len, &at, &len);
                splice(input, at, prng_below(prng, 2) == 0 ? 0 : len, piece, n);
                return;
        case 7:
                other = &corpus->inputs[prng_below(prng, corpus->n)];
                draw_range(prng, other->len, &from, &n);
                memcpy(piece, other->data + from, n);
                draw_range(prng, input->len, &at, &len);
                splice(input, at, len, piece, n);
                return;
        }
}

static void run_all(const Corpus *corpus, uint64_t n_runs) {
        static const uint8_t key[PRNG_KEY_LEN] = "a fixed seed...";
        Input input;
        Prng prng;

        input.len = 0;
        snprintf(shared->what, sizeof(shared->what), "nothing at all");
        run(&input);
        for (size_t i = 0; i < corpus->n; i++) {
                snprintf(shared->what, sizeof(shared->what), "%s", corpus->names[i]);
                run(&corpus->inputs[i]);
                input = corpus->inputs[i];
                snprintf(shared->what, sizeof(shared->what), "%s, cut off", corpus->names[i]);
                for (input.len = 0; input.len < MIN(corpus->inputs[i].len, (size_t) CUTS_MAX); input.len++)
                        run(&input);
        }
        prng_init(&prng, key);
        for (uint64_t k = 0; k < n_runs; k++) {
                const size_t i = prng_below(&prng, corpus->n);
                const uint64_t n = 1 + prng_below(&prng, 8);

                input = corpus->inputs[i];
                for (uint64_t m = 0; m < n; m++)
                        mutate(&prng, corpus, &input);
                snprintf(shared->what, sizeof(shared->what), "mutation %" PRIu64 " (of %s)", k,
                         corpus->names[i]);
                run(&input);
        }
}

/* The parent's part when the child died: names the input and keeps it. */
static void keep_input(const char *program) {
        const char *name = strrchr(program, '/');
        char path[512];
        FILE *f;

        snprintf(path, sizeof(path), "%s-broken-by", name ? name + 1 : program);
        fprintf(stderr, "died in run %" PRIu64 ": %s, %zu bytes\n", shared->n_runs, shared->what,
                shared->input.len);
        f = fopen(path, "we");
        if (!f || fwrite(shared->input.data, 1, shared->input.len, f) != shared->input.len || fclose(f) != 0)
                perror(path);
        else
                fprintf(stderr, "the input is in %s\n", path);
}

int main(int argc, char **argv) {
        const uint64_t n_runs = argc > 2 ? strtoull(argv[2], NULL, 10) : RUNS_DEFAULT;
        Corpus corpus = {};
        sigset_t term;
        int status = 0;
        pid_t pid;

        if (argc < 2) {
                fprintf(stderr, "usage: %s FOLDER [RUNS]\n", argv[0]);
                return 2;
        }
        corpus_load(&corpus, argv[1]);
        shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (shared == MAP_FAILED)
                (void) must(NULL);

        /* A time limit ends the whole process group. The parent still has something to say then. */
        sigemptyset(&term);
        sigaddset(&term, SIGTERM);
        sigprocmask(SIG_BLOCK, &term, NULL);
        pid = fork();
        if (pid < 0)
                (void) must(NULL);
        if (pid == 0) {
                sigprocmask(SIG_UNBLOCK, &term, NULL);
                run_all(&corpus, n_runs);
                corpus_free(&corpus);
                exit(0);
        }
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
                printf("%" PRIu64 " runs\n", shared->n_runs);
        else
                keep_input(argv[0]);
        corpus_free(&corpus);
        munmap(shared, sizeof(*shared));
        return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}
