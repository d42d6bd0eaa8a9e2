// Package odcs reads, checks, compares and edits data contracts written in the
// Open Data Contract Standard (ODCS) v3, https://bitol.io.
//
// [Read] keeps the bytes it is given. On top of them stand a typed model
// ([Document.Contract]), a check against the official JSON Schema of the
// document's own apiVersion ([Document.Check]), a comparison of two versions
// that says which changes break a consumer or a producer ([Diff]), and edits
// that splice the original bytes ([Document.Set], [Document.Insert],
// [Document.Delete]): what an edit does not name stays byte for byte as it
// was, comments, quoting and line ends included.
//
// # Lenient reading
//
// Read refuses only what is not one YAML mapping that can be understood
// without guessing: broken syntax, a key given twice, several documents in one
// file, an alias to nothing. A contract that breaks the standard is read, and
// Check reports every place. An apiVersion this package does not know is
// reported too, and judged by the nearest schema it has.
//
// # Values
//
// Scalars follow the core schema of YAML 1.2. A value is nil, bool, string,
// int64, float64, [json.Number] (a number neither of them holds), []any or
// map[string]any. Dates and times stay strings.
//
// # Messages
//
// Errors and findings speak Vietnamese and English, say where, and say how to
// mend.
package odcs
