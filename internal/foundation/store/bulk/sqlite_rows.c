// Moves blocks of rows between Arrow memory and SQLite without a call from Go
// for each value: the eponymous table phohien_rows(handle) reads a block, the
// aggregate phohien_collect(handle, …) fills one. Crossing from Go to C costs
// about as much as SQLite needs to store a value, so doing it once a block
// instead of once a value is what makes a load as fast as the engine.
//
// SQLite itself is linked by github.com/mattn/go-sqlite3; what follows declares
// the part of its stable C interface (sqlite.org/c3ref) that is used here.
#include "sqlite_rows.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_context sqlite3_context;
typedef struct sqlite3_value sqlite3_value;
typedef int64_t sqlite3_int64;
typedef struct sqlite3_module sqlite3_module;
typedef struct sqlite3_vtab {
	const sqlite3_module *pModule;
	int nRef;
	char *zErrMsg;
} sqlite3_vtab;
typedef struct sqlite3_vtab_cursor {
	sqlite3_vtab *pVtab;
} sqlite3_vtab_cursor;
typedef struct sqlite3_index_info {
	int nConstraint;
	struct sqlite3_index_constraint {
		int iColumn;
		unsigned char op;
		unsigned char usable;
		int iTermOffset;
	} *aConstraint;
	int nOrderBy;
	struct sqlite3_index_orderby {
		int iColumn;
		unsigned char desc;
	} *aOrderBy;
	struct sqlite3_index_constraint_usage {
		int argvIndex;
		unsigned char omit;
	} *aConstraintUsage;
	int idxNum;
	char *idxStr;
	int needToFreeIdxStr;
	int orderByConsumed;
	double estimatedCost;
	sqlite3_int64 estimatedRows;
	int idxFlags;
	uint64_t colUsed;
} sqlite3_index_info;
struct sqlite3_module {
	int iVersion;
	int (*xCreate)(sqlite3 *, void *, int, const char *const *, sqlite3_vtab **, char **);
	int (*xConnect)(sqlite3 *, void *, int, const char *const *, sqlite3_vtab **, char **);
	int (*xBestIndex)(sqlite3_vtab *, sqlite3_index_info *);
	int (*xDisconnect)(sqlite3_vtab *);
	int (*xDestroy)(sqlite3_vtab *);
	int (*xOpen)(sqlite3_vtab *, sqlite3_vtab_cursor **);
	int (*xClose)(sqlite3_vtab_cursor *);
	int (*xFilter)(sqlite3_vtab_cursor *, int, const char *, int, sqlite3_value **);
	int (*xNext)(sqlite3_vtab_cursor *);
	int (*xEof)(sqlite3_vtab_cursor *);
	int (*xColumn)(sqlite3_vtab_cursor *, sqlite3_context *, int);
	int (*xRowid)(sqlite3_vtab_cursor *, sqlite3_int64 *);
	void *rest[20]; // writing, transactions, savepoints: not used
};
extern int sqlite3_auto_extension(void (*)(void));
extern int sqlite3_create_module(sqlite3 *, const char *, const sqlite3_module *, void *);
extern int sqlite3_create_function(sqlite3 *, const char *, int, int, void *, void (*)(sqlite3_context *, int, sqlite3_value **),
                                   void (*)(sqlite3_context *, int, sqlite3_value **), void (*)(sqlite3_context *));
extern int sqlite3_declare_vtab(sqlite3 *, const char *);
extern int sqlite3_vtab_config(sqlite3 *, int, ...);
extern void sqlite3_result_null(sqlite3_context *);
extern void sqlite3_result_int64(sqlite3_context *, sqlite3_int64);
extern void sqlite3_result_double(sqlite3_context *, double);
extern void sqlite3_result_text(sqlite3_context *, const char *, int, void (*)(void *));
extern void sqlite3_result_blob(sqlite3_context *, const void *, int, void (*)(void *));
extern void sqlite3_result_error(sqlite3_context *, const char *, int);
extern int sqlite3_value_type(sqlite3_value *);
extern sqlite3_int64 sqlite3_value_int64(sqlite3_value *);
extern double sqlite3_value_double(sqlite3_value *);
extern const unsigned char *sqlite3_value_text(sqlite3_value *);
extern const void *sqlite3_value_blob(sqlite3_value *);
extern int sqlite3_value_bytes(sqlite3_value *);

#define SQLITE_OK 0
#define SQLITE_ERROR 1
#define SQLITE_NOMEM 7
#define SQLITE_CONSTRAINT 19
#define SQLITE_INDEX_CONSTRAINT_EQ 2
#define SQLITE_NULL 5
#define SQLITE_UTF8 1
#define SQLITE_DIRECTONLY 0x000080000
#define SQLITE_VTAB_DIRECTONLY 3
#define SQLITE_STATIC ((void (*)(void *))0)
#define SQLITE_TRANSIENT ((void (*)(void *)) - 1)

// Columns that phohien_rows offers: c0 … c1022, then the hidden handle.
#define PH_MAX_COLUMNS 1023

// Handles: SQL sees a number, never an address, so a wrong one is refused
// instead of followed.
#define PH_SLOTS 256
static struct {
	int64_t id;
	void *object;
} slots[PH_SLOTS];
static int64_t next_id = 1;
static pthread_mutex_t slots_lock = PTHREAD_MUTEX_INITIALIZER;

int64_t ph_open(void *object) {
	int64_t id = 0;
	pthread_mutex_lock(&slots_lock);
	for (int i = 0; i < PH_SLOTS; i++) {
		if (slots[i].object == NULL) {
			id = slots[i].id = next_id++;
			slots[i].object = object;
			break;
		}
	}
	pthread_mutex_unlock(&slots_lock);
	return id;
}

void ph_close(int64_t id) {
	pthread_mutex_lock(&slots_lock);
	for (int i = 0; i < PH_SLOTS; i++) {
		if (slots[i].id == id) {
			slots[i].object = NULL;
			slots[i].id = 0;
		}
	}
	pthread_mutex_unlock(&slots_lock);
}

static void *ph_find(int64_t id) {
	void *object = NULL;
	pthread_mutex_lock(&slots_lock);
	for (int i = 0; i < PH_SLOTS; i++)
		if (id > 0 && slots[i].id == id) object = slots[i].object;
	pthread_mutex_unlock(&slots_lock);
	return object;
}

// Dates: days since 1970-01-01 to the proleptic Gregorian calendar, after
// H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
static char *put2(char *p, int v) {
	p[0] = '0' + v / 10;
	p[1] = '0' + v % 10;
	return p + 2;
}
static char *put_date(char *p, int64_t z) {
	z += 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int y = (int)yoe + (int)(era * 400);
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;
	unsigned d = doy - (153 * mp + 2) / 5 + 1;
	unsigned m = mp < 10 ? mp + 3 : mp - 9;
	if (m <= 2) y++;
	p = put2(p, y / 100);
	p = put2(p, y % 100);
	*p++ = '-';
	p = put2(p, (int)m);
	*p++ = '-';
	return put2(p, (int)d);
}
static char *put_time(char *p, int64_t us) {
	int64_t day = us / 86400000000LL, rest = us % 86400000000LL;
	if (rest < 0) {
		rest += 86400000000LL;
		day--;
	}
	p = put_date(p, day);
	int s = (int)(rest / 1000000), f = (int)(rest % 1000000);
	*p++ = 'T';
	p = put2(p, s / 3600);
	*p++ = ':';
	p = put2(p, s / 60 % 60);
	*p++ = ':';
	p = put2(p, s % 60);
	*p++ = '.';
	p = put2(p, f / 10000);
	p = put2(p, f / 100 % 100);
	p = put2(p, f % 100);
	*p++ = 'Z';
	return p;
}

// The table phohien_rows.
typedef struct ph_cursor {
	sqlite3_vtab_cursor base;
	ph_rows *block;
	int64_t row;
} ph_cursor;

static int rows_connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out, char **err) {
	(void)aux, (void)argc, (void)argv, (void)err;
	char *sql = malloc(PH_MAX_COLUMNS * 8 + 64), *p = sql;
	if (!sql) return SQLITE_NOMEM;
	memcpy(p, "CREATE TABLE x(", 15);
	p += 15;
	for (int i = 0; i < PH_MAX_COLUMNS; i++) {
		*p++ = 'c';
		char digits[8];
		int n = 0, v = i;
		do digits[n++] = '0' + v % 10;
		while (v /= 10);
		while (n) *p++ = digits[--n];
		*p++ = ',';
	}
	memcpy(p, "handle HIDDEN)", 15);
	int rc = sqlite3_declare_vtab(db, sql);
	free(sql);
	if (rc != SQLITE_OK) return rc;
	sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
	*out = calloc(1, sizeof(sqlite3_vtab));
	return *out ? SQLITE_OK : SQLITE_NOMEM;
}
static int rows_disconnect(sqlite3_vtab *t) {
	free(t);
	return SQLITE_OK;
}
static int rows_best(sqlite3_vtab *t, sqlite3_index_info *info) {
	(void)t;
	for (int i = 0; i < info->nConstraint; i++) {
		if (info->aConstraint[i].iColumn == PH_MAX_COLUMNS && info->aConstraint[i].op == SQLITE_INDEX_CONSTRAINT_EQ &&
		    info->aConstraint[i].usable) {
			info->aConstraintUsage[i].argvIndex = 1;
			info->aConstraintUsage[i].omit = 1;
			info->estimatedCost = 1000;
			info->estimatedRows = 1000;
			return SQLITE_OK;
		}
	}
	return SQLITE_CONSTRAINT; // without a handle there is nothing to read
}
static int rows_open(sqlite3_vtab *t, sqlite3_vtab_cursor **out) {
	(void)t;
	*out = calloc(1, sizeof(ph_cursor));
	return *out ? SQLITE_OK : SQLITE_NOMEM;
}
static int rows_close(sqlite3_vtab_cursor *c) {
	free(c);
	return SQLITE_OK;
}
static int rows_filter(sqlite3_vtab_cursor *base, int n, const char *s, int argc, sqlite3_value **argv) {
	(void)n, (void)s;
	ph_cursor *c = (ph_cursor *)base;
	c->block = argc == 1 ? ph_find(sqlite3_value_int64(argv[0])) : NULL;
	c->row = 0;
	return c->block ? SQLITE_OK : SQLITE_ERROR;
}
static int rows_next(sqlite3_vtab_cursor *base) {
	((ph_cursor *)base)->row++;
	return SQLITE_OK;
}
static int rows_eof(sqlite3_vtab_cursor *base) {
	ph_cursor *c = (ph_cursor *)base;
	return c->row >= c->block->rows;
}
static int rows_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out) {
	*out = ((ph_cursor *)base)->row;
	return SQLITE_OK;
}
static int rows_column(sqlite3_vtab_cursor *base, sqlite3_context *ctx, int i) {
	ph_cursor *c = (ph_cursor *)base;
	if (i >= c->block->columns) {
		sqlite3_result_null(ctx);
		return SQLITE_OK;
	}
	const ph_column *col = &c->block->column[i];
	int64_t r = col->offset + c->row;
	if (col->valid && !(col->valid[r >> 3] >> (r & 7) & 1)) {
		sqlite3_result_null(ctx);
		return SQLITE_OK;
	}
	char text[32];
	switch (col->type) {
	case PH_TEXT: {
		const int32_t *at = col->values;
		// The block outlives the statement's step, so SQLite may read in place.
		sqlite3_result_text(ctx, at[r + 1] > at[r] ? (const char *)col->data + at[r] : "", at[r + 1] - at[r], SQLITE_STATIC);
		break;
	}
	case PH_BYTES: {
		const int32_t *at = col->values;
		sqlite3_result_blob(ctx, at[r + 1] > at[r] ? (const void *)(col->data + at[r]) : "", at[r + 1] - at[r], SQLITE_STATIC);
		break;
	}
	case PH_INT64: sqlite3_result_int64(ctx, ((const int64_t *)col->values)[r]); break;
	case PH_DEC128: sqlite3_result_int64(ctx, ((const int64_t *)col->values)[2 * r]); break;
	case PH_FLOAT64: sqlite3_result_double(ctx, ((const double *)col->values)[r]); break;
	case PH_BOOL: sqlite3_result_int64(ctx, ((const uint8_t *)col->values)[r >> 3] >> (r & 7) & 1); break;
	case PH_DATE32:
		sqlite3_result_text(ctx, text, (int)(put_date(text, ((const int32_t *)col->values)[r]) - text), SQLITE_TRANSIENT);
		break;
	case PH_TIME_US:
		sqlite3_result_text(ctx, text, (int)(put_time(text, ((const int64_t *)col->values)[r]) - text), SQLITE_TRANSIENT);
		break;
	default: sqlite3_result_error(ctx, "phohien_rows: unknown column type", -1); return SQLITE_ERROR;
	}
	return SQLITE_OK;
}
static const sqlite3_module rows_module = {
	.xConnect = rows_connect, .xBestIndex = rows_best, .xDisconnect = rows_disconnect, .xOpen = rows_open, .xClose = rows_close,
	.xFilter = rows_filter, .xNext = rows_next, .xEof = rows_eof, .xColumn = rows_column, .xRowid = rows_rowid,
};

// The aggregate phohien_collect.
extern int phohienFlush(ph_sink *sink); // Go: takes the rows held; not 0 = stop

static int width(int32_t type) {
	switch (type) {
	case PH_BOOL: return 1;
	case PH_DATE32: return 4;
	case PH_DEC128: return 16;
	case PH_TEXT: case PH_BYTES: return 4;
	default: return 8;
	}
}

ph_sink *ph_sink_new(int32_t columns, const int32_t *types, int64_t room, uintptr_t owner) {
	ph_sink *s = calloc(1, sizeof *s);
	if (!s) return NULL;
	s->columns = columns;
	s->room = room;
	s->owner = owner;
	s->buffer = calloc((size_t)columns, sizeof *s->buffer);
	if (!s->buffer) {
		free(s);
		return NULL;
	}
	for (int i = 0; i < columns; i++) {
		ph_buffer *b = &s->buffer[i];
		b->type = types[i];
		b->valid = calloc((size_t)room, 1);
		b->values = calloc((size_t)room + 1, (size_t)width(types[i]));
		if (!b->valid || !b->values) {
			ph_sink_free(s);
			return NULL;
		}
	}
	return s;
}

void ph_sink_free(ph_sink *s) {
	for (int i = 0; i < s->columns; i++) {
		free(s->buffer[i].valid);
		free(s->buffer[i].values);
		free(s->buffer[i].data);
	}
	free(s->buffer);
	free(s);
}

void ph_sink_reset(ph_sink *s) {
	s->rows = 0;
	for (int i = 0; i < s->columns; i++) s->buffer[i].data_len = 0;
}

static int put_bytes(ph_buffer *b, int64_t row, const void *p, int n) {
	if (b->data_len + n > INT32_MAX) return 0;
	if (b->data_len + n > b->data_cap) {
		int64_t cap = b->data_cap ? b->data_cap * 2 : 1 << 10;
		while (cap < b->data_len + n) cap *= 2;
		uint8_t *grown = realloc(b->data, (size_t)cap);
		if (!grown) return 0;
		b->data = grown;
		b->data_cap = cap;
	}
	if (n) memcpy(b->data + b->data_len, p, (size_t)n);
	b->data_len += n;
	((int32_t *)b->values)[row + 1] = (int32_t)b->data_len;
	return 1;
}

// Reads what put_date and put_time wrote; returns 0 when the text is not of
// that form, which means that somebody else wrote into the file.
static int digits(const char *p, int n, int64_t *out) {
	int64_t v = 0;
	for (int i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9') return 0;
		v = v * 10 + (p[i] - '0');
	}
	*out = v;
	return 1;
}
static int get_date(const char *p, int n, int64_t *out) { // days_from_civil, as above
	int64_t y, m, d;
	if (n < 10 || !digits(p, 4, &y) || !digits(p + 5, 2, &m) || !digits(p + 8, 2, &d)) return 0;
	y -= m <= 2;
	int64_t era = y / 400;
	if (y < 0) era = (y - 399) / 400;
	int64_t yoe = y - era * 400, doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1, doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	*out = era * 146097 + doe - 719468;
	return 1;
}
static int get_time(const char *p, int n, int64_t *out) {
	int64_t day, h, m, s, f;
	if (n != 27 || !get_date(p, 10, &day) || !digits(p + 11, 2, &h) || !digits(p + 14, 2, &m) || !digits(p + 17, 2, &s) ||
	    !digits(p + 20, 6, &f))
		return 0;
	*out = ((day * 24 + h) * 60 + m) * 60000000LL + s * 1000000 + f;
	return 1;
}

static int collect(ph_sink *s, int i, sqlite3_value *v) {
	ph_buffer *b = &s->buffer[i];
	int64_t r = s->rows, n64;
	b->valid[r] = sqlite3_value_type(v) != SQLITE_NULL;
	if (!b->valid[r]) {
		if (b->type == PH_TEXT || b->type == PH_BYTES) ((int32_t *)b->values)[r + 1] = (int32_t)b->data_len;
		else memset(b->values + r * width(b->type), 0, (size_t)width(b->type));
		return 1;
	}
	switch (b->type) {
	case PH_TEXT: {
		const void *p = sqlite3_value_text(v);
		return put_bytes(b, r, p, sqlite3_value_bytes(v));
	}
	case PH_BYTES: {
		const void *p = sqlite3_value_blob(v);
		return put_bytes(b, r, p, sqlite3_value_bytes(v));
	}
	case PH_INT64: ((int64_t *)b->values)[r] = sqlite3_value_int64(v); return 1;
	case PH_DEC128:
		n64 = sqlite3_value_int64(v);
		((int64_t *)b->values)[2 * r] = n64;
		((int64_t *)b->values)[2 * r + 1] = n64 < 0 ? -1 : 0;
		return 1;
	case PH_FLOAT64: ((double *)b->values)[r] = sqlite3_value_double(v); return 1;
	case PH_BOOL: b->values[r] = sqlite3_value_int64(v) != 0; return 1;
	case PH_DATE32: {
		const char *p = (const char *)sqlite3_value_text(v);
		if (!p || !get_date(p, sqlite3_value_bytes(v), &n64)) return 0;
		((int32_t *)b->values)[r] = (int32_t)n64;
		return 1;
	}
	case PH_TIME_US: {
		const char *p = (const char *)sqlite3_value_text(v);
		if (!p || !get_time(p, sqlite3_value_bytes(v), &n64)) return 0;
		((int64_t *)b->values)[r] = n64;
		return 1;
	}
	}
	return 0;
}

static void collect_step(sqlite3_context *ctx, int argc, sqlite3_value **argv) {
	ph_sink *s = ph_find(sqlite3_value_int64(argv[0]));
	if (!s || argc != s->columns + 1) {
		sqlite3_result_error(ctx, "phohien_collect: no such handle, or another number of columns", -1);
		return;
	}
	if (s->failed) return;
	for (int i = 0; i < s->columns; i++) {
		if (!collect(s, i, argv[i + 1])) {
			s->failed = 1;
			sqlite3_result_error(ctx, "phohien_collect: a value is not of its column's type, or memory ran out", -1);
			return;
		}
	}
	s->rows++;
	if (s->rows == s->room && phohienFlush(s) != 0) {
		s->failed = 1;
		sqlite3_result_error(ctx, "phohien_collect: stopped by the reader", -1);
	}
}

static void collect_final(sqlite3_context *ctx) { sqlite3_result_null(ctx); }

static int install(sqlite3 *db, char **err, const void *api) {
	(void)err, (void)api;
	int rc = sqlite3_create_module(db, "phohien_rows", &rows_module, NULL);
	if (rc != SQLITE_OK) return rc;
	return sqlite3_create_function(db, "phohien_collect", -1, SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL, NULL, collect_step, collect_final);
}

int ph_register(void) { return sqlite3_auto_extension((void (*)(void))install); }
