package orgdesk

import (
	"context"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/viet"
)

// Today is the day in Viet Nam.
func Today() viet.Date { return org.Today(time.Now()) }

// ReadDay reads a day as people write it; empty is the one given.
func ReadDay(text string, otherwise viet.Date) (viet.Date, error) {
	if text = strings.TrimSpace(text); text == "" {
		return otherwise, nil
	}
	d, _, err := viet.ParseDate([]byte(text))
	if err != nil {
		return 0, fault.New(fault.Invalid, "people.day", text)
	}
	return d, nil
}

// ReadISO writes a day of a form as the accounts keep it, "" for none.
func ReadISO(text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", nil
	}
	d, err := ReadDay(text, 0)
	if err != nil {
		return "", err
	}
	return d.String(), nil
}

// ReadOpen reads a day that may be open, as people write it.
func ReadOpen(text string) (org.Day, error) {
	if strings.TrimSpace(text) == "" {
		return org.Day{}, nil
	}
	on, err := ReadDay(text, 0)
	return org.On(on), err
}

// FindOrg finds the organisation that a text means: its id, its code or its whole name.
// It never guesses.
func FindOrg(snap *org.Snapshot, text string) (*org.Org, error) {
	text = strings.TrimSpace(text)
	if id, ok := Bracketed(text); ok {
		text = id
	}
	on := Today()
	if o, ok := snap.Get(strings.ToLower(text), on); ok {
		return o, nil
	}
	if o, ok := snap.ByCode(strings.ToUpper(text), on); ok {
		return o, nil
	}
	if found := snap.Named(text, on); len(found) == 1 {
		return found[0], nil
	}
	var near []string
	for _, o := range snap.Find(text, on, 5) {
		near = append(near, o.Name+" ["+o.ID+"]")
	}
	if len(near) == 0 {
		return nil, fault.New(fault.Invalid, "people.no-org", text)
	}
	return nil, fault.New(fault.Invalid, "people.which-org", text, strings.Join(near, "; "))
}

// Named is the id of the organisation that a text means, "" of none.
func (d *Desk) Named(ctx context.Context, text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", nil
	}
	snap, err := d.Orgs.Snapshot(ctx)
	if err != nil {
		return "", err
	}
	o, err := FindOrg(snap, text)
	if err != nil {
		return "", err
	}
	return o.ID, nil
}

// Bracketed takes the id out of "Sở Y tế [hy-syt]", as fields offer it.
func Bracketed(text string) (string, bool) {
	if i := strings.LastIndexByte(text, '['); i >= 0 && strings.HasSuffix(text, "]") {
		return text[i+1 : len(text)-1], true
	}
	return "", false
}
