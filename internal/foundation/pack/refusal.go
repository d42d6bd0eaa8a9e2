package pack

import (
	"fmt"
	"strings"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Problem is one thing wrong in a pack: where, what, how to mend it.
type Problem struct {
	Path      string `json:"path"`             // file inside the pack
	Line      int    `json:"line,omitempty"`   // from 1, 0 = the whole file
	Column    int    `json:"column,omitempty"` // from 1
	Severity  string `json:"severity"`         // error, warning or info
	MessageVi string `json:"message_vi"`
	MessageEn string `json:"message_en"`
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.Path + ": " + p.MessageEn
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.Path, p.Line, p.Column, p.MessageEn)
}

// A Refusal is a pack that cannot be used, with every problem found.
type Refusal struct{ Problems []Problem }

func (r *Refusal) Error() string {
	var lines []string
	for _, p := range r.Problems {
		if p.Severity == "error" {
			lines = append(lines, p.String())
		}
	}
	return "pack: " + strings.Join(lines, "; ")
}

// Unwrap makes a refusal a fault of kind Invalid.
func (r *Refusal) Unwrap() error {
	first := Problem{}
	if len(r.Problems) > 0 {
		first = r.Problems[0]
	}
	return fault.New(fault.Invalid, "pack.invalid", first.Path, len(r.Problems))
}

// Refuse makes a refusal of problems, nil when none is an error.
func Refuse(problems []Problem) error {
	for _, p := range problems {
		if p.Severity == "error" {
			return &Refusal{Problems: problems}
		}
	}
	return nil
}

func refuse(path string, line, column int, vi, en string) error {
	return &Refusal{Problems: []Problem{{Path: path, Line: line, Column: column, Severity: "error", MessageVi: vi, MessageEn: en}}}
}
