/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes the lines that watch shows: a line for each link if there are several, the details of the selected
 * link, and the latest events.
 *
 * Every text passes ctl_columns_take(). So no text is wider than its line, and none has control characters.
 * Each line has the time at which it changes even if the model does not: a span of less than two minutes is
 * shown in seconds, a longer one in minutes, one of more than a day in hours, and the bar has its cells. The
 * frame changes when its first visible line changes, so lines that nobody sees cause no wake-ups.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dbus/ctl/ctl-columns.h"
#include "dbus/ctl/ctl-watch.h"

#define WIDE_COLUMNS   40u /* from this width on, labels have a column of their own */
#define DATE_COLUMNS   60u /* from this width on, events have a date */
#define LABEL_WIDTH    13u
#define BAR_MIN        10u
#define HEADER_ROWS    6u    /* from this height on, there is a head line */
#define FIELD_LINES    8u    /* of one value; the rest is cut off */
#define DETAILS_MAX    1000u /* held by field() */
#define NAME_WIDTH_MAX 16u   /* held by list_links() */
#define STATE_WIDTH    12u

#define SECONDS_BELOW_USEC (2 * 60 * USEC_PER_SEC)

typedef struct Line {
        char *text;
        usec_t next_change;
} Line;

typedef struct View {
        const WatchModel *model;
        const WatchScreen *screen;
        GArray *lines; /* of Line: the lines of one part of the screen */
        GString *line; /* the line that is being made */
        unsigned left; /* columns that @line still has */
        usec_t next_change;
} View;

/* Events */

void watch_add_event(WatchModel *model, usec_t at, const char *link, const char *text) {
        WatchEvent *event = g_new0(WatchEvent, 1);

        event->at = at;
        event->link = g_strdup(link);
        event->text = g_strdup(text);
        g_queue_push_head(&model->events, event);
        while (model->events.length > WATCH_EVENTS_MAX) {
                WatchEvent *oldest = g_queue_pop_tail(&model->events);

                g_free(oldest->link);
                g_free(oldest->text);
                g_free(oldest);
        }
}

void watch_clear_events(WatchModel *model) {
        WatchEvent *event;

        while ((event = g_queue_pop_tail(&model->events))) {
                g_free(event->link);
                g_free(event->text);
                g_free(event);
        }
}

/* Lines */

static CtlColumns columns(const View *v, bool wrap) {
        return (CtlColumns){ .max = v->left, .utf8 = v->screen->utf8, .wrap = wrap };
}

static void end_line(View *v) {
        const Line line = { g_strdup(v->line->str), v->next_change };

        g_array_append_val(v->lines, line);
        g_string_truncate(v->line, 0);
        v->left = v->screen->columns;
        v->next_change = USEC_INFINITY;
}

static void put(View *v, CtlColor color, const char *text) {
        const bool colored = v->screen->color && color != CTL_COLOR_NONE;

        if (!text || !*text)
                return;
        if (colored)
                g_string_append(v->line, ctl_color_sequence(color));
        v->left -= ctl_columns_fit(v->line, text, columns(v, false));
        if (colored)
                g_string_append(v->line, ctl_color_sequence(CTL_COLOR_NONE));
}

/* Appends spaces up to the column @to. */
static void put_spaces(View *v, unsigned to) {
        while (v->left > 0 && v->screen->columns - v->left < to) {
                g_string_append_c(v->line, ' ');
                v->left--;
        }
}

_printf_(3, 4) static void putf(View *v, CtlColor color, const char *format, ...) {
        g_autofree char *text = NULL;
        va_list ap;

        va_start(ap, format);
        text = g_strdup_vprintf(format, ap);
        va_end(ap);
        put(v, color, text);
}

static void put_symbol(View *v, CtlColor color, const char *utf8, const char *ascii) {
        put(v, color, v->screen->utf8 ? utf8 : ascii);
}

static unsigned label_width(const View *v) {
        return v->screen->columns >= WIDE_COLUMNS ? LABEL_WIDTH : 0;
}

static void put_label(View *v, const char *label) {
        const unsigned width = label_width(v), len = (unsigned) strlen(label);

        put_spaces(v, width > len ? width - len : 0);
        put(v, CTL_COLOR_FAINT, label);
        put(v, CTL_COLOR_FAINT, *label ? ": " : width > 0 ? "  " : " ");
}

static bool first_word_fits(const View *v, const char *text) {
        g_autofree char *word = g_strndup(text, strcspn(text, " "));
        g_autoptr(GString) line = g_string_new(NULL);
        const char *at = word;

        (void) ctl_columns_take(line, &at, columns(v, false));
        return *at == '\0';
}

static void indent(View *v) {
        put_spaces(v, label_width(v) > 0 ? label_width(v) + 2 : MIN(1u, v->screen->columns - 1));
}

/* Appends a label and a text. Further lines of the text begin below its first line. */
static void field(View *v, const char *label, CtlColor color, const char *text) {
        const bool colored = v->screen->color && color != CTL_COLOR_NONE;

        if (!text || !*text || v->lines->len >= DETAILS_MAX)
                return;
        put_label(v, label);
        if (v->left == 0 || (label_width(v) == 0 && !first_word_fits(v, text))) {
                end_line(v);
                indent(v);
        }
        for (unsigned n = 1;; n++) {
                if (colored)
                        g_string_append(v->line, ctl_color_sequence(color));
                if (n == FIELD_LINES) {
                        v->left -= ctl_columns_fit(v->line, text, columns(v, false));
                        text = "";
                } else
                        v->left -= ctl_columns_take(v->line, &text, columns(v, /* wrap= */ true));
                if (colored)
                        g_string_append(v->line, ctl_color_sequence(CTL_COLOR_NONE));
                if (!*text)
                        break;
                end_line(v);
                indent(v);
        }
        end_line(v);
}

_printf_(4, 5) static void fieldf(View *v, const char *label, CtlColor color, const char *format, ...) {
        g_autofree char *text = NULL;
        va_list ap;

        va_start(ap, format);
        text = g_strdup_vprintf(format, ap);
        va_end(ap);
        field(v, label, color, text);
}

static void field_list(View *v, const char *label, char *const *texts) {
        g_autofree char *text = texts ? g_strjoinv(" ", (char **) texts) : NULL;

        field(v, label, CTL_COLOR_NONE, text);
}

/* Times */

static void changes_at(View *v, usec_t at) {
        v->next_change = MIN(v->next_change, at);
}

static usec_t unit_of(usec_t span) {
        if (span < SECONDS_BELOW_USEC)
                return USEC_PER_SEC;
        return span < 24 * 60 * 60 * USEC_PER_SEC ? 60 * USEC_PER_SEC : 60 * 60 * USEC_PER_SEC;
}

/* Returns how long it is until @at, and notes when this text changes. Says 0 if @at is over. */
static const char *until(View *v, usec_t at) {
        const usec_t left = usec_sub(at, v->screen->now), unit = unit_of(left);

        if (at == USEC_INFINITY)
                return "forever";
        if (left > 0)
                changes_at(v,
                           at - left / unit * unit +
                                   (left >= unit)); /* "1s" lasts until 1 s is left, "0s" ends with it */
        return ctl_span(left / unit * unit);
}

static const char *since(View *v, usec_t at) {
        const usec_t passed = usec_sub(v->screen->now, at), unit = unit_of(passed);

        changes_at(v, at + (passed / unit + 1) * unit);
        return ctl_span(passed / unit * unit);
}

/* Links */

static bool is_stopped(const CtlLink *link) {
        return g_strcmp0(link->state, "STOPPED") == 0;
}

static CtlColor state_color(const CtlLink *link) {
        if (!link->carrier || is_stopped(link))
                return CTL_COLOR_BAD;
        return ctl_link_is_online(link) && !ctl_link_problem(link) ? CTL_COLOR_GOOD : CTL_COLOR_BUSY;
}

static const char *short_state(const CtlLink *link) {
        return link->carrier ? link->state : "no carrier";
}

static bool has_end(const CtlLink *link) {
        return ctl_link_is_online(link) && link->granted_at > 0 && link->expires_at != USEC_INFINITY &&
                link->expires_at > link->granted_at;
}

/* Appends what follows the name and the state in the line of a link, the most important part first. */
static void put_summary(View *v, const CtlLink *link) {
        g_autofree char *address = ctl_link_address(link);

        if (*address) {
                put(v, CTL_COLOR_NONE, address);
                if (has_end(link))
                        putf(v, CTL_COLOR_FAINT, "  %s left", until(v, link->expires_at));
        } else if (link->searching_since > 0) {
                putf(v, CTL_COLOR_NONE, "attempt %u", link->attempt);
                if (link->next_attempt > v->screen->now)
                        putf(v, CTL_COLOR_FAINT, ", next in %s", until(v, link->next_attempt));
        }
        if (ctl_link_problem(link)) {
                put(v, CTL_COLOR_NONE, "  ");
                put(v, CTL_COLOR_BAD, ctl_link_problem(link));
        }
}

static void put_link(View *v, const CtlLink *link, bool chosen, unsigned name_width) {
        put_symbol(v, CTL_COLOR_BOLD, chosen ? "▸ " : "  ", chosen ? "> " : "  ");
        put_symbol(v, state_color(link), "● ", "* ");
        put(v, chosen ? CTL_COLOR_BOLD : CTL_COLOR_NONE, link->name);
        put_spaces(v, 4 + name_width);
        put(v, CTL_COLOR_NONE, " ");
        put(v, state_color(link), short_state(link));
        put_spaces(v, 5 + name_width + STATE_WIDTH);
        put(v, CTL_COLOR_NONE, " ");
        put_summary(v, link);
        end_line(v);
}

/* Lists as many links as @rows has room for. The selected link is always among them. */
static void list_links(View *v, guint rows) {
        const WatchModel *model = v->model;
        const guint n = model->links->len + model->missing->len;
        const guint before = model->selected > rows / 2 ? model->selected - rows / 2 : 0;
        const guint last = n > rows ? n - rows : 0, first = MIN(before, last);
        unsigned name_width = 4;

        for (guint i = first; i < MIN(first + rows, n); i++) {
                const char *name = i < model->links->len ? ((const CtlLink *) model->links->pdata[i])->name
                                                         : model->missing->pdata[i - model->links->len];

                name_width = MAX(name_width, (unsigned) g_utf8_strlen(ctl_text(name), -1));
        }
        name_width = MIN(name_width, NAME_WIDTH_MAX);
        for (guint i = first; i < MIN(first + rows, n); i++) {
                if (i < model->links->len) {
                        put_link(v, model->links->pdata[i], i == model->selected, name_width);
                        continue;
                }
                put(v, CTL_COLOR_NONE, "    ");
                put(v, CTL_COLOR_NONE, model->missing->pdata[i - model->links->len]);
                put_spaces(v, 4 + name_width);
                put(v, CTL_COLOR_FAINT, " not managed");
                end_line(v);
        }
}

/* The selected link */

static void show_state(View *v, const CtlLink *link) {
        const char *why = "";

        if (!link->carrier)
                why = ", no carrier";
        else if (link->ipv6_only)
                why = ", the network needs no IPv4";
        else if (!ctl_link_is_online(link) && !is_stopped(link))
                why = ", no lease yet";
        fieldf(v, "State", state_color(link), "%s%s%s", link->state ?: "", why,
               link->applied ? "" : ", not applied");
}

static void show_search(View *v, const CtlLink *link) {
        g_autofree char *next = NULL;

        if (link->searching_since == 0)
                return;
        if (link->next_attempt > v->screen->now)
                next = g_strdup_printf(", next in %s", until(v, link->next_attempt));
        fieldf(v, "Searching", CTL_COLOR_NONE, "for %s, %u attempt%s%s", since(v, link->searching_since),
               link->attempt, link->attempt == 1 ? "" : "s", next ?: "");
        field(v, "Last answer", CTL_COLOR_NONE, link->ignored_answer);
}

static void show_problems(View *v, const CtlLink *link) {
        for (guint i = 0; i < link->problems->len; i++) {
                const char *text = g_array_index(link->problems, CtlProblem, i).text;

                if (g_strcmp0(text, link->ignored_answer) != 0)
                        field(v, "Problem", CTL_COLOR_BAD, text);
        }
}

/*
 * Returns in which of the @width cells of the bar the instant @at is. The product cannot overflow, because a
 * lifetime has at most 32 bits of seconds.
 */
static unsigned cell_of(const CtlLink *link, usec_t at, unsigned width) {
        const usec_t span = usec_sub(link->expires_at, link->granted_at);

        return (unsigned) (MIN(usec_sub(at, link->granted_at), span) * width / span);
}

/* Shows the part of the lease that has passed as a bar, with the digits 1 and 2 at T1 and T2. */
static void show_bar(View *v, const CtlLink *link) {
        const unsigned before = label_width(v) > 0 ? label_width(v) + 2 : 0;
        const unsigned width = v->screen->columns > before + 2 ? v->screen->columns - before - 2 : 0;
        const usec_t span = usec_sub(link->expires_at, link->granted_at);
        unsigned filled, t1, t2, next;

        if (width < BAR_MIN || span > UINT32_MAX * USEC_PER_SEC)
                return;
        filled = cell_of(link, v->screen->now, width);
        t1 = link->t1_at > 0 ? cell_of(link, link->t1_at, width) : width;
        t2 = link->t2_at > 0 ? cell_of(link, link->t2_at, width) : width;
        /* A cell with a digit looks the same when it becomes full, so skip it. */
        for (next = filled; next < width && (next == t1 || next == t2);)
                next++;
        if (next < width)
                changes_at(v, link->granted_at + (span * (next + 1) + width - 1) / width);
        put_spaces(v, before);
        put(v, CTL_COLOR_FAINT, "[");
        for (unsigned i = 0; i < width; i++) {
                if (i == t1 || i == t2)
                        put(v, CTL_COLOR_BOLD, i == t2 ? "2" : "1");
                else
                        put_symbol(v, i < filled ? state_color(link) : CTL_COLOR_FAINT,
                                   i < filled ? "█" : "░", i < filled ? "#" : ".");
        }
        put(v, CTL_COLOR_FAINT, "]");
        end_line(v);
}

static void show_lease(View *v, const CtlLink *link) {
        GString *text;

        if (!ctl_link_is_online(link) || link->granted_at == 0)
                return;
        if (!has_end(link)) {
                field(v, "Lease", CTL_COLOR_NONE, "unlimited");
                return;
        }
        text = g_string_new(NULL);
        g_string_printf(text, "%s left", until(v, link->expires_at));
        g_string_append_printf(text, " of %s", ctl_span(link->lifetime_usec));
        if (link->t1_at > v->screen->now)
                g_string_append_printf(text, ", T1 (renewal) in %s", until(v, link->t1_at));
        if (link->t2_at > v->screen->now)
                g_string_append_printf(text, ", T2 (any server) in %s", until(v, link->t2_at));
        field(v, "Lease", CTL_COLOR_NONE, text->str);
        g_string_free(text, TRUE);
        show_bar(v, link);
}

static void show_server(View *v, const CtlLink *link) {
        const bool relayed = link->relay && *link->relay;

        if (!link->server || !*link->server)
                return;
        fieldf(v, "Server", CTL_COLOR_NONE, "%s%s%s%s%s%s", link->server,
               *ctl_hw(link->server_hw) ? " (" : "", ctl_hw(link->server_hw),
               *ctl_hw(link->server_hw) ? ")" : "", relayed ? " through relay " : "",
               relayed ? link->relay : "");
}

static void show_servers(View *v, const CtlLink *link) {
        for (guint i = 0; i < link->servers->len; i++) {
                const CtlServer *server = &g_array_index(link->servers, CtlServer, i);
                const char *hw = ctl_hw(server->hw);

                fieldf(v, i == 0 ? "Heard" : "", CTL_COLOR_NONE, "%s%s%s%s offers %s", server->server ?: "",
                       *hw ? " (" : "", hw, *hw ? ")" : "", server->address ?: "");
        }
}

static void show_routes(View *v, const CtlLink *link) {
        for (guint i = 0; i < link->routes->len; i++) {
                const CtlRoute *route = &g_array_index(link->routes, CtlRoute, i);
                const bool via = route->gateway && *route->gateway;
                g_autofree char *destination = route->prefix_len == 0
                        ? g_strdup("default")
                        : g_strdup_printf("%s/%u", route->destination ?: "", route->prefix_len);

                fieldf(v, i == 0 ? "Routes" : "", CTL_COLOR_NONE, "%s%s%s metric %u", destination,
                       via ? " via " : "", via ? route->gateway : "", route->metric);
        }
}

static void show_ignored(View *v, const CtlLink *link) {
        for (guint i = 0; i < link->ignored->len; i++) {
                const CtlIgnored *ignored = &g_array_index(link->ignored, CtlIgnored, i);

                fieldf(v, i == 0 ? "Not used" : "", CTL_COLOR_FAINT, "option %u: %s", ignored->code,
                       ignored->text ?: "");
        }
}

static void show_link(View *v, const CtlLink *link) {
        g_autofree char *address = ctl_link_address(link);

        put(v, CTL_COLOR_BOLD, link->name);
        if (*ctl_hw(link->hw))
                putf(v, CTL_COLOR_FAINT, " (%s)", ctl_hw(link->hw));
        end_line(v);
        show_state(v, link);
        show_search(v, link);
        show_problems(v, link);
        field(v, "Address", CTL_COLOR_BOLD, address);
        show_lease(v, link);
        field_list(v, "Router", link->routers);
        field_list(v, "DNS", link->dns);
        show_server(v, link);
        field(v, "Domain", CTL_COLOR_NONE, link->domain);
        field_list(v, "Search", link->search_domains);
        field_list(v, "NTP", link->ntp);
        field(v, "Host name", CTL_COLOR_NONE, link->hostname);
        field(v, "Portal", CTL_COLOR_NONE, link->captive_portal);
        if (link->mtu > 0)
                fieldf(v, "MTU", CTL_COLOR_NONE, "%u bytes", link->mtu);
        if (g_strcmp0(link->origin, "dhcp") != 0)
                field(v, "Origin", CTL_COLOR_NONE, link->origin);
        show_routes(v, link);
        show_servers(v, link);
        show_ignored(v, link);
}

static void show_help(View *v) {
        static const char *const texts[][2] = {
                { "Up, k", "the link before" },  { "Down, j", "the next link" },
                { "Home, g", "the first link" }, { "End, G", "the last link" },
                { "PgUp, b", "a page back" },    { "PgDn, space", "a page on" },
                { "Ctrl-L", "draw anew" },       { "q", "end" },
                { "?", "go back to the links" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                field(v, texts[i][0], CTL_COLOR_NONE, texts[i][1]);
}

static void show_details(View *v) {
        const WatchModel *model = v->model;

        if (model->help)
                show_help(v);
        else if (model->notice) {
                const char *text = model->notice;

                do {
                        v->left -= ctl_columns_take(v->line, &text, columns(v, /* wrap= */ true));
                        end_line(v);
                } while (*text && v->lines->len < FIELD_LINES);
        } else if (model->links->len > 0)
                show_link(v, model->links->pdata[model->selected]);
        else if (model->missing->len == 0) {
                put(v, CTL_COLOR_NONE, "No links are managed.");
                end_line(v);
        } else if (model->missing->len == 1) {
                putf(v, CTL_COLOR_NONE, "%s is not managed.", (const char *) model->missing->pdata[0]);
                end_line(v);
        }
}

static void show_event(View *v, const WatchEvent *event) {
        const time_t seconds = (time_t) (event->at / USEC_PER_SEC);
        char when[32] = "";
        struct tm tm;

        if (localtime_r(&seconds, &tm))
                (void) strftime(when, sizeof(when),
                                v->screen->columns >= DATE_COLUMNS ? "%Y-%m-%d %H:%M:%S " : "%H:%M:%S ",
                                &tm);
        put(v, CTL_COLOR_FAINT, when);
        if (event->link && *event->link) {
                put(v, CTL_COLOR_BOLD, event->link);
                put(v, CTL_COLOR_NONE, ": ");
        }
        put(v, CTL_COLOR_NONE, event->text);
        end_line(v);
}

/* The screen */

static void line_clear(gpointer data) {
        g_free(((Line *) data)->text);
}

/* Begins another part of the screen. The caller owns the array. */
static GArray *new_part(View *v) {
        GArray *lines = g_array_new(FALSE, FALSE, sizeof(Line));

        g_array_set_clear_func(lines, line_clear);
        v->lines = lines;
        return lines;
}

static void take_lines(WatchFrame *frame, GArray *lines, guint first, guint n) {
        for (guint i = first; i < MIN(first + n, lines->len); i++) {
                Line *line = &g_array_index(lines, Line, i);

                frame->next_change = MIN(frame->next_change, line->next_change);
                g_ptr_array_add(frame->lines, g_steal_pointer(&line->text));
        }
}

/* Makes the only line of a terminal that has one row. */
static void show_one_line(View *v) {
        const WatchModel *model = v->model;
        const CtlLink *link;

        if (model->notice || model->links->len == 0) {
                show_details(v);
                return;
        }
        link = model->links->pdata[model->selected];
        put(v, CTL_COLOR_BOLD, link->name);
        put(v, CTL_COLOR_NONE, " ");
        put(v, state_color(link), short_state(link));
        put(v, CTL_COLOR_NONE, " ");
        put_summary(v, link);
        end_line(v);
}

static void show_head(View *v) {
        static const char keys[] = "?: help, q: end";
        const WatchModel *model = v->model;

        put(v, CTL_COLOR_BOLD, "DHCP");
        if (model->notice)
                put(v, CTL_COLOR_BAD, " no daemon");
        else if (model->links->len > 1)
                putf(v, CTL_COLOR_NONE, " link %u of %u", model->selected + 1, model->links->len);
        if (v->left > sizeof(keys)) {
                put_spaces(v, v->screen->columns - ((unsigned) sizeof(keys) - 1));
                put(v, CTL_COLOR_FAINT, keys);
        }
        end_line(v);
}

/*
 * Shows the details and the events. Events get a quarter of the rows, and those that the details leave free.
 */
static void show_rest(View *v, WatchFrame *frame, guint rows) {
        GArray *details = new_part(v), *events;
        guint n_events, n_details, scroll;

        show_details(v);
        n_events = MIN(v->model->events.length + 1, rows / 4);
        n_details = MIN(details->len, rows - n_events);
        n_events = rows - n_details >= 2 ? rows - n_details - 1 : 0;
        frame->scroll_max = details->len - n_details;
        scroll = MIN(v->model->scroll, frame->scroll_max);
        if (scroll < frame->scroll_max && n_details >= 2) {
                take_lines(frame, details, scroll, n_details - 1);
                events = new_part(v);
                putf(v, CTL_COLOR_FAINT, "(PgDn: %u more lines)", details->len - scroll - n_details + 1);
                end_line(v);
                take_lines(frame, events, 0, 1);
                g_array_unref(events);
        } else
                take_lines(frame, details, scroll, n_details);
        g_array_unref(details);

        events = new_part(v);
        if (n_events > 0 && v->model->events.length > 0) {
                put(v, CTL_COLOR_FAINT, "What happened, newest first");
                end_line(v);
        }
        for (GList *l = v->model->events.head; l && events->len <= n_events; l = l->next)
                show_event(v, l->data);
        if (n_events > 0)
                take_lines(frame, events, 0, n_events + 1);
        g_array_unref(events);
}

WatchFrame watch_view(const WatchModel *model, const WatchScreen *screen) {
        WatchFrame frame = { .lines = g_ptr_array_new_with_free_func(g_free), .next_change = USEC_INFINITY };
        View v = {
                .model = model,
                .screen = screen,
                .line = g_string_new(NULL),
                .left = screen->columns,
                .next_change = USEC_INFINITY,
        };
        const guint n_links = model->notice ? 0 : model->links->len + model->missing->len;
        GArray *top = new_part(&v);
        guint rows = screen->rows;

        if (rows == 1)
                show_one_line(&v);
        else if (rows >= HEADER_ROWS)
                show_head(&v);
        if (rows > 1 && n_links > 1 && !model->help)
                list_links(&v, MIN(n_links, rows / 3 + (rows < 3)));
        rows -= MIN(rows, top->len);
        take_lines(&frame, top, 0, screen->rows);
        g_array_unref(top);
        if (rows > 0)
                show_rest(&v, &frame, rows);
        g_string_free(v.line, TRUE);
        return frame;
}

void watch_frame_clear(WatchFrame *frame) {
        g_clear_pointer(&frame->lines, g_ptr_array_unref);
}
