package draft

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/odcs"
	"github.com/phohien/phohien/viet"
)

// A Problem is something that keeps a draft from being a contract.
type Problem struct {
	Where string `json:"where"` // place in the draft: "objects/0/columns/3/pattern"
	Vi    string `json:"vi"`
	En    string `json:"en"`
}

var (
	validID   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,59}$`)
	validName = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
)

// longestStoreName is the most bytes of a name in the stores.
const longestStoreName = 48

// Validate lists what a person has to mend before the draft is a contract. An
// empty list means that YAML gives a document that the platform accepts.
func (d *Draft) Validate() []Problem {
	v := &validator{}
	v.draft(d)
	if len(v.found) == 0 {
		v.resolve(d)
	}
	return v.found
}

type validator struct{ found []Problem }

func (v *validator) bad(where string, n Note) {
	v.found = append(v.found, Problem{where, n.In(locale.Vi), n.In(locale.En)})
}

func (v *validator) draft(d *Draft) {
	if !validID.MatchString(d.ID) {
		v.bad("id", say("draft.bad.id", d.ID))
	} else if d.ID == "new" { // its page would be that of the wizard
		v.bad("id", say("draft.bad.id-reserved", d.ID))
	}
	if strings.TrimSpace(d.Title) == "" {
		v.bad("title", say("draft.bad.title"))
	}
	if len(d.Objects) == 0 {
		v.bad("objects", say("draft.bad.no-objects"))
	}
	names := map[string]bool{}
	for i := range d.Objects {
		o := &d.Objects[i]
		at := fmt.Sprintf("objects/%d", i)
		v.name(at+"/name", o.Name, names)
		v.object(at, o)
	}
	lists := map[string]bool{}
	for i := range d.CodeLists {
		l := &d.CodeLists[i]
		at := fmt.Sprintf("code_lists/%d", i)
		if !validID.MatchString(l.ID) || lists[l.ID] {
			v.bad(at+"/id", say("draft.bad.list-id", l.ID))
		} else if _, err := l.YAML(); err != nil {
			v.bad(at, say("draft.bad.list", l.Name))
		}
		lists[l.ID] = true
	}
}

func (v *validator) name(where, name string, taken map[string]bool) {
	switch {
	case !validName.MatchString(name) || len(name) > longestStoreName:
		v.bad(where, say("draft.bad.name", name))
	case taken[name]:
		v.bad(where, say("draft.bad.name-twice", name))
	}
	taken[name] = true
}

func (v *validator) object(at string, o *Object) {
	names := map[string]bool{}
	inside := 0
	for i := range o.Columns {
		c := &o.Columns[i]
		if c.LeftOut {
			continue
		}
		inside++
		where := fmt.Sprintf("%s/columns/%d", at, i)
		v.name(where+"/name", c.Name, names)
		v.column(where, c)
	}
	if inside == 0 {
		v.bad(at+"/columns", say("draft.bad.no-columns", o.Title))
	}
	named := func(where, name string) {
		if name != "" && !names[name] {
			v.bad(at+where, say("draft.bad.no-column", name))
		}
	}
	for i, k := range o.Key {
		named(fmt.Sprintf("/key/%d", i), k)
		if slices.Contains(o.Key[:i], k) {
			v.bad(fmt.Sprintf("%s/key/%d", at, i), say("draft.bad.key-twice", k))
		}
	}
	named("/period", o.Period)
	named("/sender", o.Sender)
	named("/valid_from", o.ValidFrom)
	named("/valid_to", o.ValidTo)
}

func (v *validator) column(at string, c *Column) {
	if _, ok := logical[c.Type]; !ok {
		v.bad(at+"/type", say("draft.bad.type", c.Title))
	}
	if c.Type == contract.Decimal && (c.Precision < 1 || c.Precision > viet.MaxPrecision || c.Scale < 0 || c.Scale > c.Precision) {
		v.bad(at+"/precision", say("draft.bad.precision", c.Title, viet.MaxPrecision))
	}
	if c.Kind != "" && !slices.Contains(viet.Kinds(), c.Kind) {
		v.bad(at+"/kind", say("draft.bad.kind", c.Title))
	}
	if c.Personal.Class != None && c.Personal.Class != Basic && c.Personal.Class != Sensitive && c.Personal.Class != "" {
		v.bad(at+"/personal", say("draft.bad.personal", c.Title))
	}
}

// resolve asks the contract's own rules, and says where in the draft they are
// broken.
func (v *validator) resolve(d *Draft) {
	text, err := d.YAML()
	if err != nil {
		v.bad("", say("draft.bad.text"))
		return
	}
	doc, err := odcs.Read(text)
	if err != nil {
		v.bad("", say("draft.bad.text"))
		return
	}
	_, findings := contract.Resolve(doc, contract.Options{})
	for _, f := range append(doc.Check(), findings...) {
		if f.Severity == odcs.SeverityError {
			v.found = append(v.found, Problem{d.place(f.Path), f.MessageVi, f.MessageEn})
		}
	}
}

// place turns a place in the document into the place in the draft.
func (d *Draft) place(pointer string) string {
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	if len(parts) < 2 || parts[0] != "schema" {
		return parts[0]
	}
	i, err := strconv.Atoi(parts[1])
	if err != nil || i < 0 || i >= len(d.Objects) {
		return parts[0]
	}
	at := fmt.Sprintf("objects/%d", i)
	if len(parts) < 4 || parts[2] != "properties" {
		return at
	}
	want, err := strconv.Atoi(parts[3])
	if err != nil {
		return at
	}
	for j := range d.Objects[i].Columns {
		if d.Objects[i].Columns[j].LeftOut {
			continue
		}
		if want--; want < 0 {
			return fmt.Sprintf("%s/columns/%d", at, j)
		}
	}
	return at
}
