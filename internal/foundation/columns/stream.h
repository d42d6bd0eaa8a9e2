#pragma once

// An Arrow stream (arrow.apache.org/docs/format/CStreamInterface.html) around
// another one.
void *ph_stream_new(void);           // NULL: no memory
void *ph_stream_inner(void *stream); // where the stream that is read is exported to
void ph_stream_free(void *stream);   // releases both, and the schemas that nobody has released
