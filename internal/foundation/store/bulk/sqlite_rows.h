// Shapes shared by the Go and the C side of package bulk.
#ifndef PHOHIEN_SQLITE_ROWS_H
#define PHOHIEN_SQLITE_ROWS_H
#include <stdint.h>

// How the values of one column lie in memory: Arrow's layouts.
enum {
	PH_TEXT = 1,  // int32 offsets + bytes
	PH_BYTES = 2, // int32 offsets + bytes
	PH_INT64 = 3,
	PH_DEC128 = 4, // 16 bytes little endian; only values that fit int64 come here
	PH_FLOAT64 = 5,
	PH_BOOL = 6, // one bit a value
	PH_DATE32 = 7, // days since 1970-01-01, becomes text yyyy-mm-dd
	PH_TIME_US = 8 // microseconds since 1970 UTC, becomes text of fixed width
};

typedef struct ph_column {
	int32_t type;
	int64_t offset;       // first value's place in the buffers
	const uint8_t *valid; // validity bits, or NULL when no value is null
	const void *values;   // offsets for text and bytes, else the values
	const uint8_t *data;  // bytes of text and bytes
} ph_column;

// A block of rows that a statement reads as the table phohien_rows(handle).
typedef struct ph_rows {
	int64_t rows;
	int32_t columns;
	ph_column *column;
} ph_rows;

// A growing column that phohien_collect fills.
typedef struct ph_buffer {
	int32_t type;
	uint8_t *valid;  // one byte a value: 1 = present
	uint8_t *values; // fixed-width values, or int32 offsets (rows + 1)
	uint8_t *data;
	int64_t data_len, data_cap;
} ph_buffer;

typedef struct ph_sink {
	int64_t rows, room; // rows held, rows that fit
	int32_t columns;
	uintptr_t owner; // cgo.Handle of the Go side
	int failed;
	ph_buffer *buffer;
} ph_sink;

int ph_register(void);
int64_t ph_open(void *object); // returns a handle > 0, or 0 when all slots are taken
void ph_close(int64_t handle);
ph_sink *ph_sink_new(int32_t columns, const int32_t *types, int64_t room, uintptr_t owner);
void ph_sink_free(ph_sink *sink);
void ph_sink_reset(ph_sink *sink);
#endif
