package contract

import (
	"fmt"
	"strings"

	"github.com/phohien/phohien/odcs"
)

// A Finding is one thing to say about a contract: what, where, how to mend it.
// Findings of the standard's own schema and of the platform have one shape.
type Finding = odcs.Finding

// The severities. An error means that there is no contract until it is mended,
// a warning that it is probably not what was meant, an info that the platform
// leaves something aside.
const (
	SeverityError   = odcs.SeverityError
	SeverityWarning = odcs.SeverityWarning
	SeverityInfo    = odcs.Severity("info")
)

// Codes of findings that [Resolve] makes itself.
const (
	CodeID           = "phohien.id"            // the id is no address of a data set
	CodeEmpty        = "phohien.empty"         // no schema object, or an object without properties
	CodeOpenPersonal = "phohien.open-personal" // a data set that is open has personal columns
	CodeWide         = "phohien.too-wide"      // more columns than an engine can hold
	CodeName         = "phohien.name"          // a name is missing or stands twice
	CodeCustom       = "phohien.unknown"       // a phohien.* property that does not exist (here)
	CodeValue        = "phohien.value"         // a phohien.* property with a wrong value
	CodeTwice        = "phohien.twice"         // a phohien.* property that stands twice
	CodeColumn       = "phohien.column"        // names a column that does not exist or has a wrong type
	CodeType         = "phohien.type"          // a type the platform does not keep
	CodeOption       = "phohien.option"        // an option that does not fit its type
	CodeBound        = "phohien.bound"         // a bound that cannot be read
	CodePattern      = "phohien.pattern"       // a pattern that RE2 cannot express
	CodeKey          = "phohien.key"           // the key
	CodeSealed       = "phohien.sealed"        // a column that cannot be sealed
	CodeMode         = "phohien.mode"          // the mode does not fit the object
	CodeStorage      = "phohien.storage"       // a storage this version does not have
	CodeRule         = "phohien.rule"          // a quality rule that cannot be judged
	CodeNotJudged    = "phohien.not-judged"    // a quality rule for another engine, or a text
	CodeSQL          = "phohien.sql"           // the SQL of a rule
	CodeSLA          = "phohien.sla"           // a promise that cannot be read
	CodeServer       = "phohien.server"        // a file that cannot be read from a pack
	CodeReference    = "phohien.reference"     // a relationship that is not judged
	CodeTerm         = "phohien.term"          // a term that is not there, or does not fit
	CodeZone         = "phohien.timezone"      // another default time zone than Viet Nam's
	CodeCatalogue    = "phohien.catalogue"     // a field of the catalogue with a wrong value, or against the rest of the contract
)

// Broken reports whether one of the findings is an error, so that there is no
// contract to work with.
func Broken(findings []Finding) bool { return odcs.HasErrors(findings) }

// report adds a finding at a JSON Pointer, or at the nearest place above it
// that the text has. Both sentences take args.
func (r *resolver) report(severity odcs.Severity, code, path, vi, en string, args ...any) {
	at := path
	pos, ok := r.doc.Pos(at)
	for !ok && at != "" {
		at = at[:strings.LastIndexByte(at, '/')]
		pos, ok = r.doc.Pos(at)
	}
	r.findings = append(r.findings, Finding{
		Severity: severity, Code: code, Path: path, Line: max(1, pos.Line), Column: max(1, pos.Column),
		MessageVi: say(vi, args, func(b bilingual) string { return b.vi }),
		MessageEn: say(en, args, func(b bilingual) string { return b.en }),
	})
}

// A bilingual argument reads differently in the two sentences of a finding.
type bilingual struct{ vi, en string }

func say(format string, args []any, pick func(bilingual) string) string {
	own := make([]any, len(args))
	for i, a := range args {
		if b, ok := a.(bilingual); ok {
			a = pick(b)
		}
		own[i] = a
	}
	return fmt.Sprintf(format, own...)
}

func (r *resolver) fail(code, path, vi, en string, args ...any) {
	r.report(SeverityError, code, path, vi, en, args...)
}

func (r *resolver) warn(code, path, vi, en string, args ...any) {
	r.report(SeverityWarning, code, path, vi, en, args...)
}

func (r *resolver) note(code, path, vi, en string, args ...any) {
	r.report(SeverityInfo, code, path, vi, en, args...)
}
