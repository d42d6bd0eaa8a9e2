//go:build duckdb_arrow

// DuckDB asks a stream for its schema each time it binds a view over it, and
// never releases what it is given: 1.3 kB of a column with each append. Here the
// schemas that are handed out are remembered, and released with the stream.
#include "stream.h"
#include <stdint.h>
#include <stdlib.h>

struct ArrowSchema {
	const char *format;
	const char *name;
	const char *metadata;
	int64_t flags;
	int64_t n_children;
	struct ArrowSchema **children;
	struct ArrowSchema *dictionary;
	void (*release)(struct ArrowSchema *);
	void *private_data;
};
struct ArrowArray;
struct ArrowArrayStream {
	int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *);
	int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *);
	const char *(*get_last_error)(struct ArrowArrayStream *);
	void (*release)(struct ArrowArrayStream *);
	void *private_data;
};

typedef struct given {
	struct ArrowSchema schema; // as the inner stream gave it; without release: released
	struct given *next;
} given;

typedef struct ph_stream {
	struct ArrowArrayStream outer; // first: what DuckDB is given the address of
	struct ArrowArrayStream inner;
	given *schemas;
} ph_stream;

static ph_stream *of(struct ArrowArrayStream *s) { return s->private_data; }

static void give_back(given *g) {
	if (g->schema.release) g->schema.release(&g->schema);
	g->schema.release = NULL;
}
static void schema_release(struct ArrowSchema *s) {
	give_back(s->private_data);
	s->release = NULL;
}
static int get_schema(struct ArrowArrayStream *outer, struct ArrowSchema *out) {
	ph_stream *s = of(outer);
	given *g = calloc(1, sizeof *g);
	if (!g) return 12; // ENOMEM
	int rc = s->inner.get_schema(&s->inner, out);
	if (rc) {
		free(g);
		return rc;
	}
	g->schema = *out;
	g->next = s->schemas;
	s->schemas = g;
	out->release = schema_release;
	out->private_data = g;
	return 0;
}
static int get_next(struct ArrowArrayStream *outer, struct ArrowArray *out) {
	ph_stream *s = of(outer);
	return s->inner.get_next(&s->inner, out);
}
static const char *get_last_error(struct ArrowArrayStream *outer) {
	ph_stream *s = of(outer);
	return s->inner.get_last_error(&s->inner);
}
static void release(struct ArrowArrayStream *outer) {
	ph_stream *s = of(outer);
	for (given *g = s->schemas; g;) {
		given *next = g->next;
		give_back(g);
		free(g);
		g = next;
	}
	s->schemas = NULL;
	if (s->inner.release) s->inner.release(&s->inner);
	outer->release = NULL;
}

void *ph_stream_new(void) {
	ph_stream *s = calloc(1, sizeof *s);
	if (s) s->outer = (struct ArrowArrayStream){get_schema, get_next, get_last_error, release, s};
	return s;
}
void *ph_stream_inner(void *stream) { return &((ph_stream *)stream)->inner; }
void ph_stream_free(void *stream) {
	ph_stream *s = stream;
	release(&s->outer);
	free(s);
}
