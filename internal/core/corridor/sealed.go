package corridor

import (
	"encoding/json"
	"fmt"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/seal"
)

// What a report of an object with sealed columns says beside numbers may be
// values of its rows: examples, headings that were none, what layouts found. It
// is kept sealed, in Report.Sealed.
type sealedParts struct {
	Holds    []Note    `json:"holds"`
	Notes    []Note    `json:"notes"`
	Left     []string  `json:"left"`
	Reading  *Reading  `json:"reading"`
	Examples *Examples `json:"examples"`
}

// keptReport is a report as it is kept.
func (c *Corridor) keptReport(obj *contract.Object, r *Report) ([]byte, error) {
	if !obj.Sealed() {
		return json.Marshal(r)
	}
	parts, err := json.Marshal(sealedParts{r.Holds, r.Notes, r.Left, r.Reading, r.Examples})
	if err != nil {
		return nil, err
	}
	kept := *r
	kept.Sealed = c.Truth.SealText(string(parts))
	kept.Holds, kept.Notes, kept.Left, kept.Reading, kept.Examples = []Note{}, []Note{}, nil, nil, nil
	return json.Marshal(kept)
}

// readReport gives a report as it was.
func (c *Corridor) readReport(text []byte) (*Report, error) {
	var r Report
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if r.Sealed == "" {
		return &r, nil
	}
	parts, err := c.Truth.OpenText(r.Sealed)
	if err != nil {
		return nil, err
	}
	var p sealedParts
	if err := json.Unmarshal([]byte(parts), &p); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	r.Sealed = ""
	r.Holds, r.Notes, r.Left, r.Reading, r.Examples = p.Holds, p.Notes, p.Left, p.Reading, p.Examples
	return &r, nil
}

// keptText is a text as it is kept beside an object: as it is, or sealed.
func (c *Corridor) keptText(obj *contract.Object, text []byte) string {
	if !obj.Sealed() {
		return string(text)
	}
	return c.Truth.SealText(string(text))
}

// readText gives what keptText was given.
func (c *Corridor) readText(text string) (string, error) {
	if !seal.Is(text) {
		return text, nil
	}
	return c.Truth.OpenText(text)
}
