package dictionary

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// A Line is an entry of a code list as a sheet has it.
type Line struct {
	Number                           int // in the sheet
	Code, Name, From, To, Alias, Top string
}

// Lines are the entries of the list as a sheet has them.
func (l *CodeList) Lines() []Line {
	all := make([]Line, len(l.Codes))
	for i, c := range l.Codes {
		all[i] = Line{i + 2, c.Code, c.Name, c.From.String(), c.To.String(), strings.Join(c.Aliases, "|"), c.Parent}
	}
	return all
}

// mostWrong is how many lines that are wrong are told of at once.
const mostWrong = 50

// Edited is the list with other entries, under the next number of its version. What
// is wrong is told for each line, and then there is no list.
func (l *CodeList) Edited(lines []Line) (*CodeList, []*Error) {
	n := &CodeList{ID: l.ID, Name: l.Name, Version: l.Version, Source: l.Source, Licence: l.Licence, Pack: l.Pack}
	var all []*Error
	for _, one := range lines {
		c := Code{Code: one.Code, Name: one.Name, Parent: one.Top}
		for _, a := range strings.Split(one.Alias, "|") {
			if a = strings.TrimSpace(a); a != "" {
				c.Aliases = append(c.Aliases, a)
			}
		}
		err := noDay(one)
		if err == nil {
			err = n.add(c, day(one.From), day(one.To))
		}
		if err != nil {
			if all = append(all, at(err, one.Number)); len(all) == mostWrong {
				return nil, all
			}
		}
	}
	if len(all) > 0 {
		return nil, all
	}
	if i, err := n.whole(); err != nil {
		return nil, []*Error{at(err, lines[i].Number)}
	}
	if n.Digest == l.Digest {
		return n, nil
	}
	n.Version = next(l.Version)
	if err := n.name(); err != nil {
		return nil, []*Error{at(err, 1)}
	}
	return n, nil
}

// day is a day as the list keeps it.
func day(text string) string {
	if d, _, err := viet.ParseDate([]byte(strings.TrimSpace(text))); err == nil {
		return d.String()
	}
	return strings.TrimSpace(text)
}

// noDay says which of an entry's days is none, as people write days in a sheet.
func noDay(one Line) error {
	for _, text := range []string{one.From, one.To} {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if _, _, err := viet.ParseDate([]byte(text)); err != nil {
			return wrong(one.Number, 1, "Mã “%s”: “%s” không phải ngày có thật. Ghi ngày/tháng/năm, ví dụ 31/01/2026.", "Code %q: %q is no day. Write day/month/year, such as 31/01/2026.", one.Code, text)
		}
	}
	return nil
}

func at(err error, line int) *Error {
	place(err, "", line)
	if e, ok := err.(*Error); ok {
		return e
	}
	return wrong(line, 1, "%v", "%v", err)
}

var lastNumber = regexp.MustCompile(`^(.*?)(\d{1,9})$`)

// next is the number of a version behind another.
func next(version string) string {
	m := lastNumber.FindStringSubmatch(version)
	if m == nil {
		return version + ".1"
	}
	n, err := strconv.Atoi(m[2])
	if err != nil {
		return version + ".1"
	}
	return m[1] + strconv.Itoa(n+1)
}

// A Renamed code is one that has a name now and had another.
type Renamed struct{ Code, Was, Is string }

// Renamed are the codes that have another name than in a former version at a time
// when both are valid: rows that hold the code say something else from then on. Case,
// marks and spaces make no other name.
func (l *CodeList) Renamed(old *CodeList) (all []Renamed) {
	for i := range l.Codes {
		c := &l.Codes[i]
		for _, j := range old.byCode[c.Code] {
			if o := &old.Codes[j]; overlap(c, o) && viet.Fold(c.Name) != viet.Fold(o.Name) {
				all = append(all, Renamed{c.Code, o.Name, c.Name})
			}
		}
	}
	return all
}

// Change puts a list in the place of the version with a digest. When that is in
// force no more, somebody else was faster: a fault "codelist.changed".
func (s *Store) Change(ctx context.Context, by actor.Actor, match string, l *CodeList) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		have, err := inForce(ctx, tx, l.ID)
		if err != nil {
			return err
		}
		switch {
		case have == nil:
			return fault.New(fault.NotFound, "codelist.unknown", l.ID)
		case have.State != "current":
			return fault.New(fault.Conflict, "codelist.retired", l.ID)
		case have.Digest != match:
			return fault.New(fault.Conflict, "codelist.changed", l.Name)
		}
		return put(ctx, tx, by, l)
	})
}

// span is when an entry is valid, for people.
func (c *Code) span() string {
	end := func(d Day) string {
		if !d.Set {
			return "…"
		}
		return d.Date.Display()
	}
	return end(c.From) + "–" + end(c.To)
}
