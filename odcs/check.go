package odcs

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A Severity tells how much a [Finding] weighs.
type Severity string

const (
	SeverityError   Severity = "error"   // the document breaks the standard
	SeverityWarning Severity = "warning" // the document can be used, a person should look
)

// A Finding is one thing wrong with a document: what, where, and how to mend it.
type Finding struct {
	Severity  Severity `json:"severity"`
	Code      string   `json:"code"` // see the Found constants
	Path      string   `json:"path"` // JSON Pointer
	Line      int      `json:"line"`
	Column    int      `json:"column"`
	MessageVi string   `json:"message_vi"`
	MessageEn string   `json:"message_en"`
}

func (f Finding) String() string {
	return fmt.Sprintf("%d:%d: %s: %s [%s %s]", f.Line, f.Column, f.Severity, f.MessageEn, f.Code, f.Path)
}

// Codes of a [Finding].
const (
	FoundUnknownVersion = "unknown-version"  // apiVersion has no schema here
	FoundMissing        = "missing"          // a key the standard requires
	FoundUnknownKey     = "unknown-key"      // a key the standard does not know here
	FoundType           = "type"             // a value of the wrong type
	FoundEnum           = "not-allowed"      // a value outside the allowed ones
	FoundPattern        = "pattern"          // text that does not have the required form
	FoundRange          = "range"            // a number, length or count outside its limits
	FoundRepeated       = "repeated"         // list items that must differ
	FoundChoice         = "choice"           // none, or more than one, of several forms
	FoundForbidden      = "forbidden"        // a key that must not stand here
	FoundInvalid        = "invalid"          // anything else the schema refuses
	FoundDuplicateName  = "duplicate-name"   // two objects, or two properties of one object, with one name
	FoundKeyPosition    = "key-position"     // primaryKeyPosition twice, or missing beside others
	FoundNoOperator     = "no-operator"      // a quality rule that compares with nothing
	FoundAmbiguous      = "ambiguous-scalar" // a value that other YAML readers take for another
)

// Check judges the document by the official JSON Schema of its own apiVersion,
// and by what every reader of a contract expects and the schema cannot say. The
// findings come in the order of the text; none means the document is valid.
//
// An apiVersion without a schema here gives a warning; the nearest version then
// judges, and all it finds are warnings.
func (d *Document) Check() []Finding {
	c := checker{doc: d}
	version, _ := d.versionText()
	s, known := schemaFor(version)
	c.bySchema(s)
	lower := version != "" && !known
	if lower {
		c.findings = slices.DeleteFunc(c.findings, func(f Finding) bool { return f.Path == "/apiVersion" })
	}
	c.bySense()
	if lower {
		for i := range c.findings {
			c.findings[i].Severity = SeverityWarning
		}
		c.add(SeverityWarning, FoundUnknownVersion, "/apiVersion", message{
			fmt.Sprintf("Phiên bản chuẩn “%s” chưa có lược đồ ở đây; tạm kiểm tra theo %s, mọi kết quả chỉ là cảnh báo. Các phiên bản đã biết: %s.",
				version, s.version, strings.Join(Versions(), ", ")),
			fmt.Sprintf("The version %q of the standard has no schema here; judged by %s instead, and all findings are warnings. Known versions: %s.",
				version, s.version, strings.Join(Versions(), ", ")),
		})
	}
	return c.sorted()
}

// HasErrors tells whether any finding is more than a warning.
func HasErrors(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == SeverityError })
}

func (d *Document) versionText() (string, bool) {
	n := d.root.get("apiVersion")
	if n == nil {
		return "", false
	}
	s, ok := n.value.(string)
	return s, ok
}

// A message is one sentence in both languages.
type message struct{ vi, en string }

type checker struct {
	doc      *Document
	schema   *compiled
	instance any
	findings []Finding
}

// add notes a finding where path stands, or where the nearest thing above it
// does.
func (c *checker) add(severity Severity, code, path string, m message) {
	pos := Pos{Line: 1, Column: 1}
	for at := path; ; at = at[:strings.LastIndexByte(at, '/')] {
		if p, ok := c.doc.find(at); ok {
			pos = p.pos
			break
		}
		if at == "" {
			break
		}
	}
	c.findings = append(c.findings, Finding{severity, code, path, pos.Line, pos.Column, m.vi, m.en})
}

func (c *checker) addKey(code, path, key string, m message) {
	c.add(SeverityError, code, join(path, key), m)
	if p, ok := c.doc.find(path); ok {
		if i := p.node.indexOf(key); i >= 0 {
			f := &c.findings[len(c.findings)-1]
			f.Line, f.Column = p.node.entries[i].pos.Line, p.node.entries[i].pos.Column
		}
	}
}

func (c *checker) sorted() []Finding {
	slices.SortStableFunc(c.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Code, b.Code))
	})
	return slices.CompactFunc(c.findings, func(a, b Finding) bool {
		return a.Path == b.Path && a.Code == b.Code && a.MessageEn == b.MessageEn
	})
}

func (c *checker) bySchema(s schema) {
	compiled, err := s.compile()
	if err != nil {
		// The schemas are built in; a test compiles each.
		c.add(SeverityError, FoundInvalid, "", message{"Không dùng được lược đồ kèm theo chương trình: " + err.Error(), err.Error()})
		return
	}
	c.schema = compiled
	c.instance = c.doc.root.plainValue()
	err = compiled.validator.Validate(c.instance)
	var invalid *jsonschema.ValidationError
	if errors.As(err, &invalid) {
		c.explain(invalid)
	} else if err != nil {
		c.add(SeverityError, FoundInvalid, "", message{"Không kiểm tra được tài liệu: " + err.Error(), err.Error()})
	}
}
