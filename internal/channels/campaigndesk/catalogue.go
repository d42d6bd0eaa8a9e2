package campaigndesk

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/apps/campaign"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Describer keeps what the catalogue says of data sets, as texts by the name of the
// field. Check says what Describe would refuse, whoever asks.
type Describer interface {
	Check(ctx context.Context, dataset string, fields map[string]string) error
	Describe(ctx context.Context, by actor.Actor, dataset string, fields map[string]string, why string) error
	Described(ctx context.Context, dataset string) (map[string]string, error)
}

// What a review may ask for of a contract beside the fields of the catalogue; each is
// shown under campaign.field.<name>.
const (
	FieldName        = "name"
	FieldUsage       = "usage"
	FieldLimitations = "limitations"
	FieldOwner       = "owner"
	FieldFrequency   = "frequency"
)

// catalogueFields are all that a review may ask for, in the order in which they are
// asked for: who answers for the data set first.
func catalogueFields() []string {
	all := []string{contract.KeySteward, contract.KeyHead, FieldName, FieldOwner}
	for _, f := range contract.CatalogueFields() {
		if !slices.Contains(all, f.Key) {
			all = append(all, f.Key)
		}
	}
	return append(all, FieldUsage, FieldLimitations, FieldFrequency)
}

// titleOf is what a field is called.
func titleOf(l locale.Lang, name string) string {
	if f, ok := contract.CatalogueFieldOf(name); ok {
		return f.Name.In(l)
	}
	return l.T("campaign.field." + name)
}

// A Catalogue is the catalogue of data sets as something that a review goes over.
type Catalogue struct {
	Door      *door.Door
	Contracts interface {
		List(ctx context.Context, after string, limit int) ([]*contract.Contract, error)
	}
	Describer Describer
	Orgs      Orgs
	Now       func() time.Time
}

// Pace reads how often new data is promised: "6 m" is every six months.
func Pace(text string) (n float64, unit string, err error) {
	number, unit, ok := strings.Cut(strings.Join(strings.Fields(text), " "), " ")
	n, bad := strconv.ParseFloat(strings.ReplaceAll(number, ",", "."), 64)
	if !ok || bad != nil || !(n > 0) || !slices.Contains([]string{"h", "d", "w", "m", "q", "y"}, unit) {
		return 0, "", fault.New(fault.Invalid, "campaign.frequency", text)
	}
	return n, unit, nil
}

// longest is how many characters a field of the catalogue has at most.
const longest = 4000

// Fields are those that a review may ask for.
func (c *Catalogue) Fields(ctx context.Context) ([]form.Field, error) {
	l := locale.From(ctx)
	agencies, err := c.agencies(ctx)
	if err != nil {
		return nil, err
	}
	var all []form.Field
	for _, name := range catalogueFields() {
		if f, ok := contract.CatalogueFieldOf(name); ok {
			all = append(all, described(l, &f))
			continue
		}
		f := form.Field{Name: name, Title: titleOf(l, name), Kind: form.Area, Mode: "text", Lang: "vi", Most: longest}
		switch name {
		case FieldName:
			f.Kind, f.Most, f.Required = form.Line, 200, true
		case FieldOwner:
			f.Kind, f.Lang, f.Options = form.Choice, "", agencies
		case FieldFrequency:
			f.Kind, f.Lang, f.Help, f.Example = form.Line, "", l.T("campaign.field.frequency.help"), "1 m"
		}
		all = append(all, f)
	}
	return all, nil
}

// described asks for a field of the catalogue.
func described(l locale.Lang, f *contract.CatalogueField) form.Field {
	one := form.Field{Name: f.Key, Title: f.Name.In(l), Kind: form.Line, Mode: "text", Most: f.Longest()}
	if key := "catalogue.hint." + f.Key; l.Has(key) {
		one.Help = l.T(key)
	}
	var names []string
	for _, v := range f.Values {
		names = append(names, v.Name.In(l))
		one.Options = append(one.Options, form.Option{Value: v.Code, Text: v.Name.In(l)})
	}
	switch f.Kind {
	case contract.CatalogueWords:
		one.Kind, one.Lang = form.Area, "vi"
		if f.Key == contract.KeyPurpose {
			one.Most = longest
		}
	case contract.CatalogueChoice:
		one.Kind = form.Choice
	case contract.CatalogueMark:
		one.Kind, one.Options = form.Choice, []form.Option{{Value: "true", Text: l.T("catalogue.yes")}}
	case contract.CatalogueChoices:
		one.Options, one.Help = nil, l.T("campaign.field.choices.help", strings.Join(names, "; "))
	case contract.CatalogueLine:
		one.Lang = "vi"
	}
	return one
}

// read turns what was written into a field of the catalogue into its codes; values may
// be written by their names, as sheets have them.
func read(f *contract.CatalogueField, text string) string {
	code := func(word string) string {
		word = strings.TrimSpace(word)
		for _, v := range f.Values {
			if strings.EqualFold(word, v.Code) || strings.EqualFold(word, v.Name.Vi) || strings.EqualFold(word, v.Name.En) {
				return v.Code
			}
		}
		return word
	}
	switch f.Kind {
	case contract.CatalogueChoice:
		text = code(text)
	case contract.CatalogueMark:
		for _, l := range []locale.Lang{locale.Vi, locale.En} {
			if strings.EqualFold(text, l.T("catalogue.yes")) {
				text = "true"
			}
		}
		return text // anything else is told when it is looked at
	case contract.CatalogueChoices:
		var codes []string
		for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(",;\n", r) }) {
			codes = append(codes, code(word))
		}
		text = strings.Join(codes, ", ")
	}
	return f.Canonical(text)
}

// words says how a value of a field of the catalogue reads.
func words(l locale.Lang, f *contract.CatalogueField, value string) string {
	switch f.Kind {
	case contract.CatalogueChoice:
		return f.Says(value).In(l)
	case contract.CatalogueMark:
		if value == "true" {
			return l.T("catalogue.yes")
		}
	case contract.CatalogueChoices:
		var all []string
		for code := range strings.SplitSeq(value, ", ") {
			all = append(all, f.Says(code).In(l))
		}
		return strings.Join(all, "; ")
	}
	return value
}

func (c *Catalogue) agencies(ctx context.Context) (all []form.Option, err error) {
	snap, err := c.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range snap.Tree(org.Today(c.Now())) {
		if !b.Org.Collective {
			all = append(all, form.Option{Value: b.Org.ID, Text: b.Org.Name})
		}
	}
	return all, nil
}

// Offered reports whether a review may put a field before all agencies.
func (c *Catalogue) Offered(string) bool { return true }

// NewFields are what is to be said of a data set that is not in the catalogue.
func (c *Catalogue) NewFields() []string { return []string{contract.KeyPurpose} }

// GoneFields: nothing but the reason.
func (c *Catalogue) GoneFields() []string { return nil }

// Read turns what was written into canonical values; agencies, and values of closed
// lists, may be written by their names.
func (c *Catalogue) Read(ctx context.Context, _ form.Style, values map[string]string) (map[string]string, []form.Problem, error) {
	cells := map[string]string{}
	for name, text := range values {
		cells[name] = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
		if f, ok := contract.CatalogueFieldOf(name); ok {
			cells[name] = read(&f, cells[name])
		}
	}
	if text := cells[FieldOwner]; text != "" {
		agencies, err := c.agencies(ctx)
		if err != nil {
			return nil, nil, err
		}
		if i := slices.IndexFunc(agencies, func(o form.Option) bool { return o.Text == text }); i >= 0 {
			cells[FieldOwner] = agencies[i].Value
		}
	}
	return cells, nil, nil
}

// Words says how values read.
func (c *Catalogue) Words(ctx context.Context) (func(field, value string) string, error) {
	agencies, err := c.agencies(ctx)
	if err != nil {
		return nil, err
	}
	return func(field, value string) string {
		if value == "" {
			return "–"
		}
		if i := slices.IndexFunc(agencies, func(o form.Option) bool { return o.Value == value }); field == FieldOwner && i >= 0 {
			return agencies[i].Text
		}
		if f, ok := contract.CatalogueFieldOf(field); ok {
			return words(locale.From(ctx), &f, value)
		}
		return value
	}, nil
}

// Written says how values stand in fields: several of a list are written in one line,
// by their names.
func (c *Catalogue) Written(ctx context.Context) (func(field, value string) string, error) {
	return func(field, value string) string {
		if f, ok := contract.CatalogueFieldOf(field); ok && f.Kind == contract.CatalogueChoices && value != "" {
			return words(locale.From(ctx), &f, value)
		}
		return value
	}, nil
}

// Objects are the data sets that are in force and that the caller may know of.
func (c *Catalogue) Objects(ctx context.Context, fields []string) (all []campaign.Object, err error) {
	for con, err := range contract.All(ctx, c.Contracts) {
		if err != nil {
			return nil, err
		}
		if con.Retired || len(c.Door.KnownObjects(ctx, con)) == 0 {
			continue
		}
		now, err := c.Describer.Described(ctx, con.ID)
		if err != nil {
			return nil, err
		}
		o := campaign.Object{ID: con.ID, Name: con.Name, Org: con.Owner, Values: map[string]string{}}
		for _, f := range fields {
			o.Values[f] = now[f]
		}
		all = append(all, o)
	}
	return all, nil
}

// MayAnswer reports whether the caller may fill in, or with whole send, the sheet of
// an agency: they may send, or confirm, data of a data set that it owns.
func (c *Catalogue) MayAnswer(ctx context.Context, agency string, whole bool) bool {
	action := policy.Send
	if whole {
		action = policy.Confirm
	}
	d := c.Door.Asks(ctx, action, theirs(agency))
	return d.Allowed && d.Rows.All
}

// Look says what is wrong with what a line asks for.
func (c *Catalogue) Look(ctx context.Context, _ *campaign.Campaign, l campaign.Line) error {
	for name, text := range l.Said {
		if !slices.Contains(catalogueFields(), name) {
			return fault.New(fault.Invalid, "campaign.field", name)
		}
		if f, ok := contract.CatalogueFieldOf(name); ok {
			if err := f.Check(text); err != nil {
				return err
			}
			if f.Kind == contract.CatalogueMark && text != "" && text != "true" {
				return fault.New(fault.Invalid, "campaign.mark", f.Name, text)
			}
		}
		if utf8.RuneCountInString(text) > longest {
			return fault.New(fault.Invalid, "campaign.long", longest)
		}
		switch {
		case name == FieldName && text == "":
			return fault.New(fault.Invalid, "campaign.no-name")
		case name == FieldOwner && text == "":
			return fault.New(fault.Invalid, "campaign.owner", l.Name)
		case name == FieldFrequency:
			if _, _, err := Pace(text); err != nil {
				return err
			}
		}
	}
	if l.Verdict != campaign.Changed {
		return nil
	}
	left, err := c.left(ctx, l)
	if err != nil || len(left) == 0 {
		return err
	}
	return c.Describer.Check(ctx, l.Object, left)
}

// left are the values of a line that do not stand in the catalogue yet; one that
// somebody else has changed since is a fault "campaign.moved".
func (c *Catalogue) left(ctx context.Context, l campaign.Line) (map[string]string, error) {
	now, err := c.Describer.Described(ctx, l.Object)
	if err != nil {
		return nil, err
	}
	left := maps.Clone(l.Said)
	for name, value := range l.Said {
		switch now[name] {
		case value:
			delete(left, name)
		case l.Had[name]:
		default:
			return nil, fault.New(fault.Conflict, "campaign.moved", l.Name, titleOf(locale.From(ctx), name))
		}
	}
	return left, nil
}

// Write describes what lines change, after looking at all of them. What is gone or new
// is told: a data set is retired, or made, by its contract. What stands there already
// is left, so that approving again after a crash goes on where it ended.
func (c *Catalogue) Write(ctx context.Context, one *campaign.Campaign, lines []campaign.Line, _ string) (string, map[int]string, error) {
	results := map[int]string{}
	left := map[int]map[string]string{}
	for _, l := range lines {
		switch l.Verdict {
		case campaign.Gone:
			results[l.Place] = "campaign.result.retire"
		case campaign.New:
			results[l.Place] = "campaign.result.make"
		case campaign.Changed:
			values, err := c.left(ctx, l)
			if err != nil {
				return "", nil, err
			}
			left[l.Place] = values
		}
	}
	for _, l := range lines {
		if len(left[l.Place]) == 0 {
			continue
		}
		if err := c.Describer.Describe(ctx, door.Actor(ctx), l.Object, left[l.Place], locale.Vi.T("campaign.reason", one.Title)); err != nil {
			return "", nil, fault.New(fault.Conflict, "campaign.line", l.Name, err).Because(err)
		}
	}
	return "", results, nil
}
