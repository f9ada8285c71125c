/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finding and reading configuration files (config.h): directories, hiding, drop-ins, and the places of
 * problems.
 *
 * Anything else in the place of a file (a directory, a FIFO, a gigabyte of data, rubbish) is reported and
 * skipped. So no configuration can stop the daemon or make it wait.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/macro.h"
#include "config/config-internal.h"

#define MAIN_FILE     "dhcpd-link.conf"
#define LINKS_DIR     "links"
#define FILE_SIZE_MAX (1024 * 1024) /* bytes; held by read_fd() */
#define PROBLEMS_MAX  32u           /* reports for one file; more would not help the reader */

typedef struct Loader {
        const char *const *dirs;
        /* one of @dirs, to which a user other than root can write; NULL: no such folder */
        const char *runtime_dir;
        ConfigProblem problem;
        void *userdata;
        Config *config;
} Loader;

/* A file that is being read. */
typedef struct Reader {
        const Loader *loader;
        const char *path;
        char *text;
        unsigned n_problems;
} Reader;

static void report(const Loader *loader, const char *file, unsigned line, const char *group, const char *key,
                   const char *what) {
        if (loader->problem)
                loader->problem(loader->userdata, file, line, group, key, what);
}

/*
 * The daemon's user writes to the runtime directory and could give itself a configuration there, so what
 * lies there counts only if it is root's. A file that does not count hides no file of the same name in
 * another directory. @st is of the file itself or, as long as it is not open, of the symbolic link to it.
 */
static bool is_trusted(const Loader *loader, const char *path, const struct stat *st) {
        const size_t len = loader->runtime_dir ? strlen(loader->runtime_dir) : 0;
        const bool in_runtime_dir =
                len > 0 && strncmp(path, loader->runtime_dir, len) == 0 && path[len] == '/';

        return !in_runtime_dir || st->st_uid == 0;
}

static void report_owner(const Loader *loader, const char *path) {
        report(loader, path, 0, NULL, NULL, "not owned by root, the file is ignored");
}

/* Returns true if the file exists and counts. A file that does not count is reported. */
static bool counts(const Loader *loader, const char *path) {
        struct stat st;

        if (lstat(path, &st) < 0)
                return false;
        if (is_trusted(loader, path, &st))
                return true;
        report_owner(loader, path);
        return false;
}

typedef enum FileKind {
        FILE_BAD,    /* reported */
        FILE_MASKED, /* empty file or link to /dev/null: hides the files of the same name and sets nothing */
        FILE_TEXT,
} FileKind;

static FileKind read_fd(const Loader *loader, const char *path, int fd, char **ret) {
        g_autofree char *text = NULL;
        struct stat st;
        size_t len = 0;
        ssize_t n;

        if (fstat(fd, &st) < 0) {
                report(loader, path, 0, NULL, NULL, g_strerror(errno));
                return FILE_BAD;
        }
        /* Checked again, because the file may have been replaced since it was found. */
        if (!is_trusted(loader, path, &st)) {
                report_owner(loader, path);
                return FILE_BAD;
        }
        if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3))
                return FILE_MASKED;
        if (!S_ISREG(st.st_mode)) {
                report(loader, path, 0, NULL, NULL, "not a regular file");
                return FILE_BAD;
        }
        if (st.st_size > FILE_SIZE_MAX) {
                report(loader, path, 0, NULL, NULL, "larger than 1 MiB");
                return FILE_BAD;
        }
        if (st.st_size == 0)
                return FILE_MASKED;
        text = g_malloc((gsize) st.st_size + 1);
        do {
                n = read(fd, text + len, (size_t) st.st_size - len);
                if (n < 0) {
                        report(loader, path, 0, NULL, NULL, g_strerror(errno));
                        return FILE_BAD;
                }
                len += (size_t) n;
        } while (n > 0 && len < (size_t) st.st_size);
        text[len] = '\0';
        if (strlen(text) != len || !g_utf8_validate(text, (gssize) len, NULL)) {
                report(loader, path, 0, NULL, NULL, "not a text in UTF-8");
                return FILE_BAD;
        }
        *ret = g_steal_pointer(&text);
        return FILE_TEXT;
}

static FileKind read_text(const Loader *loader, const char *path, char **ret) {
        FileKind kind;
        int fd;

        /* O_NONBLOCK: opening a FIFO must not wait for its other end. */
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0) {
                report(loader, path, 0, NULL, NULL, g_strerror(errno));
                return FILE_BAD;
        }
        kind = read_fd(loader, path, fd, ret);
        (void) close(fd);
        return kind;
}

/*
 * Returns the number of the first line that GKeyFile cannot have accepted, or 0. The message of GKeyFile has
 * no line number, and repeats the whole line, however long it is.
 */
static unsigned find_bad_line(const char *text) {
        const char *const end = text + strlen(text), *next;
        bool in_section = false;
        unsigned n = 0;

        for (const char *line = text; line < end; line = next) {
                const char *const newline = memchr(line, '\n', (size_t) (end - line));
                const char *last = newline ?: end;

                next = newline ? newline + 1 : end;
                n++;
                while (line < last && g_ascii_isspace(*line))
                        line++;
                while (line < last && g_ascii_isspace(last[-1]))
                        last--;
                if (line == last || *line == '#')
                        continue;
                if (*line == '[') {
                        if (last - line < 3 || last[-1] != ']' ||
                            memchr(line, ']', (size_t) (last - line)) != last - 1)
                                return n;
                        in_section = true;
                } else if (!in_section || *line == '=' || !memchr(line, '=', (size_t) (last - line)))
                        return n;
        }
        return 0;
}

static bool has_prefix(const char *p, const char *end, const char *prefix) {
        const size_t n = strlen(prefix);

        return (size_t) (end - p) >= n && memcmp(p, prefix, n) == 0;
}

/*
 * Returns the line of a key, or 0 if it is not found. GKeyFile does not tell lines. If a key is set more
 * than once in a section, the last line counts.
 */
static unsigned find_line(const char *text, const char *group, const char *key) {
        const char *const end = text + strlen(text), *next;
        unsigned found = 0, n = 0;
        bool inside = false;

        for (const char *line = text; line < end; line = next) {
                const char *const newline = memchr(line, '\n', (size_t) (end - line));

                next = newline ? newline + 1 : end;
                n++;
                while (line < next && g_ascii_isspace(*line))
                        line++;
                if (line < next && *line == '[') {
                        inside = has_prefix(line + 1, next, group) && line[1 + strlen(group)] == ']';
                        if (inside && !key)
                                return n;
                } else if (inside && key && has_prefix(line, next, key)) {
                        const char after = line[strlen(key)];

                        if (after == '=' || g_ascii_isspace(after))
                                found = n;
                }
        }
        return found;
}

/*
 * Reports a problem with its place in the file. Each report costs a search through the text and a line in
 * the log, so only the first ones of a file are made.
 */
static void report_at(Reader *reader, const char *group, const char *key, const char *what) {
        if (++reader->n_problems < PROBLEMS_MAX)
                report(reader->loader, reader->path, find_line(reader->text, group, key), group, key, what);
        else if (reader->n_problems == PROBLEMS_MAX)
                report(reader->loader, reader->path, 0, NULL, NULL, "more problems, not shown");
}

static void report_unknown(Reader *reader, const char *group, const char *key) {
        const char *near = NULL, *section = NULL;
        g_autofree char *what = NULL;

        if (reader->n_problems < PROBLEMS_MAX) {
                section = key ? config_key_section(key) : NULL;
                near = config_key_suggest(key ? group : NULL, key ?: group);
        }
        if (section)
                what = g_strdup_printf("belongs into [%s], ignored", section);
        else if (near)
                what = g_strdup_printf("unknown, ignored (did you mean %s?)", near);
        report_at(reader, group, key, what ?: "unknown, ignored");
}

#define WRONG_ESCAPE "a backslash stands before something else than s, t, n, r or a backslash"

/*
 * Returns the value without surrounding white space, or NULL if it has an invalid escape sequence. (GLib
 * returns a value then, and an error.)
 */
static char *get_value(GKeyFile *file, const char *group, const char *key) {
        g_autofree char *value = NULL;
        g_autoptr(GError) error = NULL;

        value = g_key_file_get_string(file, group, key, &error);
        return error ? NULL : g_strdup(g_strstrip(value));
}

static void load_plugin_section(Reader *reader, GKeyFile *file, const char *group) {
        const char *plugin = group + strlen("Plugin ");
        g_auto(GStrv) names = g_key_file_get_keys(file, group, NULL, NULL);

        for (char **name = names; name && *name; name++) {
                char *value = get_value(file, group, *name);

                if (value)
                        (void) g_hash_table_insert(reader->loader->config->plugins,
                                                   g_strconcat(plugin, "\n", *name, NULL), value);
                else
                        report_at(reader, group, *name, WRONG_ESCAPE);
        }
}

static void load_hook_section(Reader *reader, GKeyFile *file, const char *group) {
        const char *hook = group + strlen("Hook ");
        g_auto(GStrv) names = g_key_file_get_keys(file, group, NULL, NULL);

        for (char **name = names; name && *name; name++) {
                g_autofree char *value = NULL;
                const char *wrong;

                if (!config_hook_key_is_known(*name)) {
                        report_unknown(reader, group, *name);
                        continue;
                }
                value = get_value(file, group, *name);
                wrong = value ? config_hook_parse(reader->loader->config, hook, *name, value) : WRONG_ESCAPE;
                if (wrong)
                        report_at(reader, group, *name, wrong);
        }
}

static void load_section(Reader *reader, GKeyFile *file, const char *group, const ConfigTarget *target) {
        g_auto(GStrv) names = g_key_file_get_keys(file, group, NULL, NULL);

        for (char **name = names; name && *name; name++) {
                const ConfigKey *key = config_key_find(group, *name);
                g_autofree char *value = NULL;
                const char *wrong;

                if (key) {
                        value = get_value(file, group, *name);
                        wrong = value ? key->parse(target, value) : WRONG_ESCAPE;
                        if (!wrong)
                                continue;
                        report_at(reader, group, *name, wrong);
                } else
                        report_unknown(reader, group, *name);
                if (target->file && strcmp(group, "Match") == 0)
                        target->file->broken = true;
        }
}

static bool is_of_plugin(const char *group) {
        return g_str_has_prefix(group, "Plugin ") && group[strlen("Plugin ")] != '\0';
}

static bool is_of_hook(const char *group) {
        return g_str_has_prefix(group, "Hook ") && group[strlen("Hook ")] != '\0';
}

/* Returns true if a file of this kind may have the section. */
static void load_group(Reader *reader, GKeyFile *file, const char *group, const ConfigTarget *target) {
        const bool is_plugin = is_of_plugin(group), is_hook = is_of_hook(group);

        if (target->file && (is_plugin || is_hook || strcmp(group, "Manager") == 0))
                report_at(reader, group, NULL, "belongs into dhcpd-link.conf, ignored");
        else if (!target->file && strcmp(group, "Match") == 0)
                report_at(reader, group, NULL, "belongs into links/*.conf, ignored");
        else if (is_plugin)
                load_plugin_section(reader, file, group);
        else if (is_hook)
                load_hook_section(reader, file, group);
        else if (config_section_is_known(group))
                load_section(reader, file, group, target);
        else
                report_unknown(reader, group, NULL);
}

/*
 * Returns true if no setting of a link can come from a file with these sections: it is about plugins and
 * hooks.
 */
static bool is_about_others(char *const *groups) {
        for (size_t i = 0; groups[i]; i++)
                if (!is_of_plugin(groups[i]) && !is_of_hook(groups[i]))
                        return false;
        return groups[0] != NULL;
}

/* Reads one file or drop-in into @target. */
static FileKind load_file(const Loader *loader, const char *path, const ConfigTarget *target) {
        g_autoptr(GKeyFile) file = g_key_file_new();
        g_autofree char *text = NULL;
        g_auto(GStrv) groups = NULL;
        Reader reader = { .loader = loader, .path = path };
        FileKind kind;

        kind = read_text(loader, path, &text);
        if (kind != FILE_TEXT)
                return kind;
        if (!g_key_file_load_from_data(file, text, strlen(text), G_KEY_FILE_NONE, NULL)) {
                report(loader, path, find_bad_line(text), NULL, NULL,
                       "neither a section, a setting nor a comment, the file is ignored");
                return FILE_BAD;
        }
        reader.text = text;
        groups = g_key_file_get_groups(file, NULL);
        if (!is_about_others(groups))
                g_ptr_array_add(target->file ? target->file->read : loader->config->read, g_strdup(path));
        for (char **group = groups; *group; group++)
                load_group(&reader, file, *group, target);
        return FILE_TEXT;
}

static gint compare_names(gconstpointer a, gconstpointer b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/*
 * Finds the *.conf files in @subdir of all directories: name -> path. A file in a later directory hides one
 * of the same name in an earlier one. A directory that cannot be listed is reported and left out.
 */
static GHashTable *list_files(const Loader *loader, const char *subdir, int *ret_error) {
        GHashTable *files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

        for (const char *const *dir = loader->dirs; *dir; dir++) {
                g_autofree char *path = g_build_filename(*dir, subdir, NULL);
                const struct dirent *entry;
                DIR *listing;

                listing = opendir(path);
                if (!listing) {
                        if (errno == ENOENT)
                                continue;
                        /*
                         * A file in the place of the directory is a mistake, but it hides no configuration.
                         */
                        if (errno != ENOTDIR)
                                *ret_error = -errno;
                        report(loader, path, 0, NULL, NULL, g_strerror(errno));
                        continue;
                }
                while ((entry = readdir(listing))) {
                        g_autofree char *file = NULL;

                        if (entry->d_name[0] == '.' || !g_str_has_suffix(entry->d_name, ".conf"))
                                continue;
                        file = g_build_filename(path, entry->d_name, NULL);
                        if (counts(loader, file))
                                (void) g_hash_table_insert(files, g_strdup(entry->d_name),
                                                           g_steal_pointer(&file));
                }
                (void) closedir(listing);
        }
        return files;
}

/* Keys in byte order; borrowed from @files. */
static GPtrArray *sorted_names(GHashTable *files) {
        GPtrArray *names = g_ptr_array_new();
        GHashTableIter iter;
        gpointer name;

        g_hash_table_iter_init(&iter, files);
        while (g_hash_table_iter_next(&iter, &name, NULL))
                g_ptr_array_add(names, name);
        g_ptr_array_sort(names, compare_names);
        return names;
}

/* Drop-ins of @name, which is relative to the directories. */
static void load_dropins(const Loader *loader, const char *name, const ConfigTarget *target,
                         int *ret_error) {
        g_autofree char *subdir = g_strconcat(name, ".d", NULL);
        g_autoptr(GHashTable) files = list_files(loader, subdir, ret_error);
        g_autoptr(GPtrArray) names = sorted_names(files);

        for (guint i = 0; i < names->len; i++)
                (void) load_file(loader, g_hash_table_lookup(files, g_ptr_array_index(names, i)), target);
}

/* Returns the path of @name in the last directory that has it, or NULL. */
static char *find_last(const Loader *loader, const char *name) {
        char *found = NULL;

        for (const char *const *dir = loader->dirs; *dir; dir++) {
                char *path = g_build_filename(*dir, name, NULL);

                if (counts(loader, path)) {
                        g_free(found);
                        found = path;
                } else
                        g_free(path);
        }
        return found;
}

static void load_links(const Loader *loader, int *ret_error) {
        g_autoptr(GHashTable) files = list_files(loader, LINKS_DIR, ret_error);
        g_autoptr(GPtrArray) names = sorted_names(files);

        for (guint i = 0; i < names->len; i++) {
                const char *name = g_ptr_array_index(names, i), *path = g_hash_table_lookup(files, name);
                g_autofree char *relative = g_build_filename(LINKS_DIR, name, NULL);
                ConfigFile *file = config_file_new(path, &loader->config->defaults);
                const ConfigTarget target = { .config = loader->config, .file = file, .link = &file->link };

                if (load_file(loader, path, &target) != FILE_TEXT) {
                        config_file_free(file);
                        continue;
                }
                load_dropins(loader, relative, &target, ret_error);
                /* Without a [Match] section the file would silently apply to every link. */
                if (!file->broken && file->names->len == 0 && file->addresses->len == 0) {
                        report(loader, path, 0, "Match", NULL, "names no link, the file is ignored");
                        file->broken = true;
                } else if (file->broken)
                        report(loader, path, 0, "Match", NULL, "has mistakes, the file is ignored");
                if (file->broken)
                        config_file_free(file);
                else
                        g_ptr_array_add(loader->config->files, file);
        }
}

static void seal_link(const Loader *loader, const char *file, ConfigLink *link, const char *own_hostname) {
        const char *const problems[] = { config_link_seal(link, own_hostname),
                                         config_link_seal_fallback(link) };

        for (size_t i = 0; i < G_N_ELEMENTS(problems); i++)
                if (problems[i])
                        report(loader, file, 0, "DHCPv4", NULL, problems[i]);
}

static void seal(const Loader *loader, const char *main_file) {
        Config *config = loader->config;

        config_read_own_hostname(config->own_hostname);
        seal_link(loader, main_file ?: MAIN_FILE, &config->defaults, config->own_hostname);
        for (guint i = 0; i < config->files->len; i++) {
                ConfigFile *file = g_ptr_array_index(config->files, i);

                seal_link(loader, file->path, &file->link, config->own_hostname);
        }
}

int config_load(const char *const *dirs, const char *runtime_dir, ConfigProblem problem, void *userdata,
                Config **ret) {
        _cleanup_(config_unrefp) Config *config = g_new0(Config, 1);
        const Loader loader = {
                .dirs = dirs,
                .runtime_dir = runtime_dir,
                .problem = problem,
                .userdata = userdata,
                .config = config,
        };
        const ConfigTarget target = { .config = config, .link = &config->defaults };
        const ConfigKey *max_exchanges = config_key_find("Manager", "MaxExchanges");
        g_autofree char *main_file = find_last(&loader, MAIN_FILE);
        int error = 0;

        config->n_ref = 1;
        config->read = g_ptr_array_new_with_free_func(g_free);
        config->files = g_ptr_array_new_with_free_func(config_file_free);
        config->plugins = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        config->hooks = config_hooks_new();
        config_link_set_defaults(&config->defaults);
        (void) max_exchanges->parse(&target, "");
        (void) config_parse_clat_interface(&target, "");
        (void) config_parse_socket_priority(&target, "");

        if (main_file)
                (void) load_file(&loader, main_file, &target);
        load_dropins(&loader, MAIN_FILE, &target, &error);
        load_links(&loader, &error);
        seal(&loader, main_file);
        if (error < 0)
                return error;
        *ret = STEAL_PTR(config);
        return 0;
}
