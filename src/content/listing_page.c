/*
 * listing_page - see listing_page.h: listings for people.
 *
 * One document without scripts and without other files, for wide and narrow screens, light and
 * dark, and for text browsers, which show the table without its style: for them alone it says
 * align, since they centre names otherwise.  Colours are those of www/style.css.  The icon of a
 * folder is part of the style, so that no row repeats it.  Links are relative: the page works
 * below any prefix that a proxy may add.
 */
#include "config.h"

#include "content/listing_page.h"

#include "http/date.h"

enum {
	CRUMBS_MOST = 16,   /* folders above this one that are linked */
	README_PIECE = 512, /* bytes of it at a time: escaped they fit into a piece */
};

const char *const listing_keys[3] = { "name", "size", "time" };

static const char style[] =
	"<style>\n"
	":root { color-scheme: light dark; --paper: #f6f4ef; --ink: #1d2329; --soft: #555f69;\n"
	"  --line: #e0dcd2; --accent: #0f766e; --lit: #ecf0ea; }\n"
	"@media (prefers-color-scheme: dark) { :root { --paper: #12161a; --ink: #e9ecee;\n"
	"  --soft: #a3adb6; --line: #2b333b; --accent: #4fd1c5; --lit: #182126; } }\n"
	"* { box-sizing: border-box; }\n"
	"body { margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 64rem;\n"
	"  font: 1rem/1.5 system-ui, sans-serif; background: var(--paper); color: var(--ink); }\n"
	"a { color: var(--accent); text-decoration: none; text-underline-offset: .2em; }\n"
	"a:hover, p a, footer a { text-decoration: underline; }\n"
	":focus-visible { outline: 2px solid var(--accent); outline-offset: 2px;\n"
	"  border-radius: 3px; }\n"
	"nav ol { display: flex; flex-wrap: wrap; margin: 0; padding: 0; list-style: none; }\n"
	"nav li { overflow-wrap: anywhere; }\n"
	"nav li::after { content: \"/\"; margin: 0 .45em; color: var(--soft); }\n"
	"h1 { margin: .2rem 0 1rem; font-size: 1.8rem; font-weight: 600; line-height: 1.25;\n"
	"  overflow-wrap: anywhere; white-space: pre-wrap; }\n"
	"table { width: calc(100% + 1.2rem); margin: 0 -.6rem; border-collapse: collapse; }\n"
	"caption { padding: 0 .6rem .8rem; text-align: left; color: var(--soft); }\n"
	"th, td { padding: .45rem .6rem; text-align: left; vertical-align: baseline;\n"
	"  font-weight: 400; border-bottom: 1px solid var(--line); }\n"
	"thead th { font-size: .875rem; border-bottom-width: 2px; white-space: nowrap; }\n"
	"thead a { display: block; color: var(--soft); }\n"
	"th[aria-sort] a { color: var(--ink); font-weight: 600; }\n"
	"tbody tr:hover { background: var(--lit); }\n"
	"tbody th { width: 100%; overflow-wrap: anywhere; white-space: pre-wrap; }\n"
	"tbody th a { display: block; margin: -.45rem 0; padding: .45rem 0 .45rem 1.8rem;\n"
	"  color: var(--ink); position: relative; }\n"
	"a.d { color: var(--accent); font-weight: 600; }\n"
	"tbody th a::before { content: \"\"; position: absolute; left: 0; top: .72rem;\n"
	"  width: 1.1rem; height: 1rem; background: var(--soft); opacity: .55; --i:\n"
	"  url(\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 22 20'%3E"
	"%3Cpath d='M5 1h8l5 5v13H5zM12.5 2v4.5H17' fill='none' stroke='black' stroke-width='1.5' "
	"stroke-linejoin='round'/%3E%3C/svg%3E\");\n"
	"  -webkit-mask: var(--i) center / contain no-repeat; mask: var(--i) center / contain "
	"no-repeat; }\n"
	"tbody th a.d::before, tbody th a.u::before { background: var(--accent); opacity: .9; }\n"
	"tbody th a.d::before { --i:\n"
	"  url(\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 22 20'%3E"
	"%3Cpath d='M1 4a2 2 0 0 1 2-2h5l2.5 3H19a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H3a2 2 0 0 1-2-2z'/"
	"%3E%3C/svg%3E\"); }\n"
	"tbody th a.u::before { --i:\n"
	"  url(\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 22 20'%3E"
	"%3Cpath d='M11 17V4M5 10l6-6 6 6' fill='none' stroke='black' stroke-width='2.2' "
	"stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E\"); }\n"
	"td { color: var(--soft); white-space: nowrap; font-variant-numeric: tabular-nums; }\n"
	"td.s, th.s { padding-right: 1.2rem; text-align: right; }\n"
	"section { margin-top: 2.5rem; padding: 1rem 1.2rem; border: 1px solid var(--line);\n"
	"  border-radius: .5rem; }\n"
	"section h2 { margin: 0 0 .6rem; font-size: 1rem; }\n"
	"pre { margin: 0; font: .9rem/1.5 ui-monospace, monospace; white-space: pre-wrap;\n"
	"  overflow-wrap: anywhere; }\n"
	"footer { margin-top: 2rem; font-size: .875rem; color: var(--soft); }\n"
	"@media (max-width: 34rem) {\n"
	"  body { padding: 1.2rem .7rem 3rem; }\n"
	"  h1 { font-size: 1.45rem; }\n"
	"  table { width: calc(100% + .8rem); margin: 0 -.4rem; }\n"
	"  caption, th, td, th.s, td.s { padding-left: .4rem; padding-right: .4rem; }\n"
	"  td { font-size: .875rem; }\n"
	"  .c { display: none; }\n"
	"}\n"
	"</style>\n";

static const char page_top[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<title>";

static const char page_head_end[] =
	"</title>\n"
	"<link rel=\"alternate\" type=\"application/json\" title=\"JSON\" "
	"href=\"?format=json\">\n";

static size_t
html_room(const struct listing *l)
{
	/* the path stands in the title, in the crumbs and in the heading */
	return sizeof page_top + sizeof page_head_end + sizeof style + 4096 + CRUMBS_MOST * 128ul +
	       ESCAPE_MOST * (3 * l->path.len + 2 * l->host.len) + l->header.text.len;
}

/* The last segment of a path that ends with a slash; empty for "/". */
static struct slice
last_segment(struct slice path)
{
	struct slice bare = slice_head(path, path.len > 0 ? path.len - 1 : 0);
	size_t slash = slice_find_last(bare, '/');

	return slash < bare.len ? slice_after(bare, slash + 1) : bare;
}

/* How the folder is called: the site itself by its host. */
static struct slice
heading(const struct listing *l)
{
	struct slice name = last_segment(l->path);

	if (name.len > 0)
		return name;
	return l->host.len > 0 ? l->host : SLICE("/");
}

static void
put_crumb(struct text *t, size_t up, struct slice name)
{
	text_put(t, SLICE("<li><a href=\""));
	for (size_t i = 0; i < up; i++)
		text_put(t, SLICE("../"));
	text_put(t, SLICE("\"><bdi>"));
	text_put_html(t, name);
	text_put(t, SLICE("</bdi></a></li>\n"));
}

/* The folders above this one, from the first on: the site, and the nearest CRUMBS_MOST of them. */
static void
put_crumbs(const struct listing *l, struct text *t)
{
	struct slice left = slice_after(l->path, 1);
	size_t depth = 0, up;

	for (size_t i = 0; i < left.len; i++)
		depth += left.p[i] == '/';
	text_put(t, SLICE("<nav aria-label=\"Folders above\">\n<ol>\n"));
	if (depth <= CRUMBS_MOST)
		put_crumb(t, depth, l->host.len > 0 ? l->host : SLICE("top"));
	else
		text_put(t, SLICE("<li>\xE2\x80\xA6</li>\n"));
	for (up = depth - 1; up > 0; up--) {
		size_t n = slice_find(left, '/');

		if (up <= CRUMBS_MOST)
			put_crumb(t, up, slice_head(left, n));
		left = slice_after(left, n + 1);
	}
	text_put(t, SLICE("</ol>\n</nav>\n"));
}

/* A size as people say it: 17 bytes, 1.4 KiB, 23 MiB. */
static void
put_size(struct text *t, uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	uint64_t tenths;
	size_t unit = 0;

	if (bytes < 1024) {
		text_printf(t, "%u %s", (unsigned)bytes, bytes == 1 ? "byte" : "bytes");
		return;
	}
	/* in tenths of the unit, without a step on which 10 * bytes would not fit */
	while (bytes >> 20 > 0 && bytes / 1024 >= 1024) {
		bytes /= 1024;
		unit++;
	}
	tenths = (bytes * 10 + 512) / 1024;
	if (tenths < 100)
		text_printf(t, "%u.%u %s", (unsigned)tenths / 10, (unsigned)tenths % 10,
			    units[unit]);
	else
		text_printf(t, "%u %s", ((unsigned)tenths + 5) / 10, units[unit]);
}

static void
put_count(struct text *t, size_t n, const char *one, const char *more)
{
	text_printf(t, "%zu %s", n, n == 1 ? one : more);
}

static void
put_caption(const struct listing *l, struct text *t)
{
	text_put(t, SLICE("<caption>"));
	if (!l->whole) {
		text_put(t, SLICE("Too many entries to sort: they are listed as they come."));
	} else if (l->folders + l->files == 0) {
		text_put(t, SLICE("This folder is empty."));
	} else {
		if (l->folders > 0)
			put_count(t, l->folders, "folder", "folders");
		if (l->folders > 0 && l->files > 0)
			text_put(t, SLICE(", "));
		if (l->files > 0) {
			put_count(t, l->files, "file", "files");
			text_put(t, SLICE(", "));
			put_size(t, l->bytes);
		}
	}
	text_put(t, SLICE("</caption>\n"));
}

/* A column's title, which sorts by it: the other way round when it is sorted by it already. */
static void
put_column(const struct listing *l, struct text *t, enum folder_key key, const char *title)
{
	bool current = l->whole && l->sort.key == key;
	bool down = current ? !l->sort.descending : key != FOLDER_BY_NAME;

	text_printf(t, "<th scope=\"col\"%s", key == FOLDER_BY_SIZE ? " class=\"s\"" : "");
	if (current)
		text_printf(t, " aria-sort=\"%s\"",
			    l->sort.descending ? "descending" : "ascending");
	if (!l->whole) {
		text_printf(t, ">%s</th>", title);
		return;
	}
	text_printf(t, "><a href=\"?sort=%s&amp;order=%s\" rel=\"nofollow\">%s", listing_keys[key],
		    down ? "desc" : "asc", title);
	if (current)
		text_printf(t, "<span aria-hidden=\"true\"> %s</span>",
			    l->sort.descending ? "\xE2\x86\x93" : "\xE2\x86\x91");
	text_put(t, SLICE("</a></th>"));
}

static void
put_table_head(const struct listing *l, struct text *t)
{
	text_put(t, SLICE("<table>\n"));
	put_caption(l, t);
	text_put(t, SLICE("<thead align=\"left\"><tr>"));
	put_column(l, t, FOLDER_BY_NAME, "Name");
	put_column(l, t, FOLDER_BY_SIZE, "Size");
	put_column(l, t, FOLDER_BY_TIME, "Changed");
	text_put(t, SLICE("</tr></thead>\n<tbody align=\"left\">\n"));
	if (l->path.len > 1)
		text_put(t,
			 SLICE("<tr><th scope=\"row\"><a class=\"u\" href=\"../\">Folder above</a>"
			       "</th><td></td><td></td></tr>\n"));
}

static void
html_begin(const struct listing *l, struct text *t)
{
	text_put(t, slice_of(page_top));
	text_put_html(t, heading(l));
	text_put(t, slice_of(page_head_end));
	text_put(t, slice_of(style));
	text_put(t, SLICE("</head>\n<body>\n"));
	if (l->path.len > 1)
		put_crumbs(l, t);
	text_put(t, SLICE("<main>\n<h1><bdi>"));
	text_put_html(t, heading(l));
	text_put(t, SLICE("</bdi></h1>\n"));
	if (l->header.name) {
		text_put(t, SLICE("<div>\n"));
		text_put(t, l->header.text); /* HTML, from the administrator */
		text_put(t, SLICE("\n</div>\n"));
	}
	put_table_head(l, t);
}

static void
put_link_and_size(const struct folder_entry *e, struct text *t)
{
	text_put(t, SLICE("<tr><th scope=\"row\"><a"));
	text_put(t, e->directory ? SLICE(" class=\"d\" href=\"./") : SLICE(" href=\"./"));
	text_put_link(t, e->name);
	text_put(t, e->directory ? SLICE("/\"><bdi>") : SLICE("\"><bdi>"));
	text_put_html(t, e->name);
	text_put(t, e->directory ? SLICE("/</bdi></a></th>") : SLICE("</bdi></a></th>"));
	if (e->directory) {
		text_put(t, SLICE("<td class=\"s\"></td>"));
		return;
	}
	text_printf(t, "<td class=\"s\"><data value=\"%llu\" title=\"%llu bytes\">",
		    (unsigned long long)e->size, (unsigned long long)e->size);
	put_size(t, e->size);
	text_put(t, SLICE("</data></td>"));
}

static void
html_row(const struct listing *l, const struct folder_entry *e, struct text *t)
{
	char date[DATE_RFC3339_SIZE], exact[DATE_SIZE];

	(void)l;
	date_format_rfc3339(date, (time_t)e->time);
	date_format(exact, (time_t)e->time);
	put_link_and_size(e, t);
	text_printf(t,
		    "<td><time datetime=\"%.20s\" title=\"%.29s\">%.10s<span class=\"c\"> "
		    "%.5s</span></time></td></tr>\n",
		    date, exact, date, date + 11);
}

/* The next piece of the README, ending where a character ends. */
static void
put_readme_piece(struct listing_extra *readme, struct text *t)
{
	struct slice text = readme->text;
	size_t n = 0;

	while (n < text.len && n < README_PIECE) {
		size_t one = utf8_length(slice_after(text, n));

		n += one > 0 ? one : 1;
	}
	text_put_html(t, slice_head(text, n));
	readme->text = slice_after(text, n);
}

static void
put_readme_end(const struct listing_extra *readme, struct text *t)
{
	text_put(t, SLICE("</pre>\n"));
	if (readme->cut)
		text_printf(t, "<p><a href=\"./%s\">All of %s</a></p>\n", readme->name,
			    readme->name);
	text_put(t, SLICE("</section>\n"));
}

enum { TABLE_END, README_TEXT, README_END, PAGE_END };

static bool
html_behind(struct listing *l, struct text *t)
{
	switch (l->stage) {
	case TABLE_END:
		text_put(t, SLICE("</tbody>\n</table>\n"));
		if (l->readme.name)
			text_printf(t, "<section>\n<h2>%s</h2>\n<pre>\n", l->readme.name);
		l->stage = l->readme.name ? README_TEXT : PAGE_END;
		return true;
	case README_TEXT:
		put_readme_piece(&l->readme, t);
		if (l->readme.text.len == 0)
			l->stage = README_END;
		return true;
	case README_END:
		put_readme_end(&l->readme, t);
		l->stage = PAGE_END;
		return true;
	default:
		text_put(t, SLICE("</main>\n<footer>Times are in UTC. The same as "
				  "<a href=\"?format=json\" rel=\"nofollow\">JSON</a> or "
				  "<a href=\"?format=text\" rel=\"nofollow\">text</a>.</footer>\n"
				  "</body>\n</html>\n"));
		return false;
	}
}

const struct listing_format listing_html = {
	.name = "html",
	.type = SLICE("text/html; charset=utf-8"),
	.has_extras = true,
	.room = html_room,
	.begin = html_begin,
	.row = html_row,
	.behind = html_behind,
};
