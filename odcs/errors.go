package odcs

import "fmt"

// An Error says why a document cannot be read, or an edit cannot be made. Its
// Error method speaks English; MessageVi holds the same sentence in Vietnamese.
type Error struct {
	Code      string // see the Err constants
	Path      string // JSON Pointer, "" for the whole document
	Pos       Pos    // zero where no place can be named
	MessageVi string
	MessageEn string
}

// Codes of an [Error].
const (
	ErrEncoding  = "encoding"          // not UTF-8, or a character YAML does not allow
	ErrTooLarge  = "too-large"         // longer, deeper or wider than a contract can be
	ErrSyntax    = "syntax"            // not YAML
	ErrDuplicate = "duplicate-key"     // a key stands twice in one mapping
	ErrMulti     = "multi-document"    // more than one document in the file
	ErrShape     = "not-a-mapping"     // empty, or a list, or a single value
	ErrAlias     = "alias"             // an alias that names nothing, or itself
	ErrValue     = "value"             // a value that cannot be carried: .inf, .nan, an unknown tag
	ErrNoPlace   = "no-such-path"      // an edit names a path the document does not have
	ErrShared    = "shared-value"      // an edit names a value that comes through an anchor or alias
	ErrEdit      = "edit-not-possible" // an edit that would touch more than it names
)

func (e *Error) Error() string {
	where := ""
	if e.Pos.Line > 0 {
		where = fmt.Sprintf("line %d, column %d: ", e.Pos.Line, e.Pos.Column)
	}
	return "odcs: " + where + e.MessageEn
}

// fail makes an Error from one sentence in each language; both take args.
func fail(code string, pos Pos, vi, en string, args ...any) *Error {
	return &Error{Code: code, Pos: pos, MessageVi: fmt.Sprintf(vi, args...), MessageEn: fmt.Sprintf(en, args...)}
}
