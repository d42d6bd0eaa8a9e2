package contract

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/spelling"
	"github.com/phohien/phohien/odcs"
)

// Described gives what the contract says for the catalogue by the keys of
// [CatalogueFields], as texts: lists with a comma between their entries, a mark as
// "true". What it does not say has no key.
func (c *Contract) Described() map[string]string {
	all := maps.Clone(c.Catalogue.texts)
	if all == nil {
		all = map[string]string{}
	}
	for key, text := range map[string]string{
		KeyPurpose: c.Purpose, KeyLineage: strings.Join(c.Catalogue.Lineage, ", "), KeyMethods: strings.Join(c.Catalogue.AccessMethods, ", "),
	} {
		if text != "" {
			all[key] = text
		}
	}
	if c.Catalogue.Original {
		all[KeyOriginal] = "true"
	}
	return all
}

// Describe changes fields of the catalogue, by the keys and in the form of
// [Contract.Described]; an empty text takes a field away, and fields without a key
// stay. The changed document is a new version, as by [Store.Change]: it needs a
// reason, and the version before can be put in force again. Fields that say what
// they said change nothing.
func (s *Store) Describe(ctx context.Context, by actor.Actor, dataset string, fields map[string]string, why string) error {
	now, err := s.Current(ctx, dataset)
	if err != nil {
		return err
	}
	text, err := s.Redescribed(ctx, now, fields)
	if err != nil || text == nil {
		return err
	}
	_, _, err = s.Change(ctx, by, now, now.Digest, why, text)
	return err
}

// Redescribed is the document of a contract with these fields of the catalogue
// changed; nil when nothing changes. All that no field is about stays byte for byte.
func (s *Store) Redescribed(ctx context.Context, now *Contract, fields map[string]string) ([]byte, error) {
	text, err := s.Document(ctx, now.ID, now.Digest)
	if err != nil {
		return nil, err
	}
	doc, err := odcs.Read(text)
	if err != nil {
		return nil, fmt.Errorf("contract of %s: %w", now.ID, err)
	}
	changed, err := now.Redescribe(doc, fields)
	if err != nil || changed == doc {
		return nil, err
	}
	return changed.Bytes(), nil
}

// Redescribe is Redescribed of a document of the contract that may have been changed
// in other places; the same document when nothing changes. Fields that cannot be as
// they are given, or contradict another or the contract, are a *Misdescribed.
func (c *Contract) Redescribe(doc *odcs.Document, fields map[string]string) (*odcs.Document, error) {
	e := &describing{doc: doc, have: c.Described(), changed: map[string]any{}}
	wrong := e.take(fields)
	if len(wrong) == 0 {
		for _, one := range c.redescribed(e.changed).contradictions() {
			wrong = append(wrong, FieldFault{one.key, one.form})
		}
	}
	if len(wrong) > 0 {
		return nil, &Misdescribed{wrong}
	}
	if err := e.write(); err != nil {
		return nil, fault.New(fault.Conflict, "catalogue.by-hand", c.Name).Because(err)
	}
	return e.doc, nil
}

// A describing is one change of fields of the catalogue.
type describing struct {
	doc     *odcs.Document
	have    map[string]string
	changed map[string]any // values of phohien.catalogue; nil takes away
	purpose *string
}

// take reads what is to be changed and leaves out what stays. What is wrong with
// values is told before anything of the document is touched.
func (d *describing) take(fields map[string]string) (wrong []FieldFault) {
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		f, ok := CatalogueFieldOf(key)
		if !ok {
			wrong = append(wrong, FieldFault{key, noSuchField(key)})
			continue
		}
		text := f.tidy(fields[key])
		if why := f.wrong(text); why != nil {
			wrong = append(wrong, FieldFault{key, why})
			continue
		}
		v := f.read(text)
		if f.text(v) == strings.TrimSpace(d.have[key]) {
			continue
		}
		if key == KeyPurpose {
			d.purpose = &text
			continue
		}
		d.changed[key] = v
	}
	return wrong
}

// tidy is a text without the blanks that say nothing.
func (f *CatalogueField) tidy(text string) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if f.Kind != CatalogueWords {
		text = strings.Join(strings.Fields(text), " ")
	}
	return text
}

// Canonical writes a text as [Contract.Described] has it.
func (f *CatalogueField) Canonical(text string) string { return f.text(f.read(f.tidy(text))) }

// Check says what is wrong with a text for the field, in the words of who fills it
// in; an empty one takes the field away.
func (f *CatalogueField) Check(text string) error {
	if why := f.wrong(f.tidy(text)); why != nil {
		return why
	}
	return nil
}

func (f *CatalogueField) wrong(text string) *fault.Error {
	if f.Key == KeyPurpose {
		return nil
	}
	if n := utf8.RuneCountInString(text); n > f.Longest() {
		return fault.New(fault.Invalid, "catalogue.long", f.Name, int64(f.Longest()), int64(n))
	}
	v := f.read(text)
	if v == nil {
		return nil
	}
	why := catalogueFault(f.Key, v)
	switch {
	case why == nil:
		return nil
	case f.Kind == CatalogueSets:
		return fault.New(fault.Invalid, "catalogue.sets", f.Name, text, int64(mostCatalogue))
	case f.Kind == CatalogueChoices, f.Kind == CatalogueChoice:
		all := allowed(f.Values)
		return fault.New(fault.Invalid, "catalogue.choice", f.Name, text, Sentence{all.vi, all.en})
	case f.Key == KeyPeriod:
		return fault.New(fault.Invalid, "catalogue.period", f.Name, text)
	}
	return fault.New(fault.Invalid, "catalogue.value", Sentence{why.vi, why.en})
}

// read is the value that a text stands for in a document; nil for nothing.
func (f *CatalogueField) read(text string) any {
	if text == "" {
		return nil
	}
	switch f.Kind {
	case CatalogueMark:
		if text == "true" {
			return true
		}
		return nil
	case CatalogueSets, CatalogueChoices:
		var list []any
		for one := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(",; \n\t", r) }) {
			if !slices.Contains(list, any(one)) {
				list = append(list, one)
			}
		}
		if list == nil {
			return nil
		}
		return list
	}
	return text
}

// text writes a value as read has it.
func (f *CatalogueField) text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return "true"
	case []any:
		return strings.Join(texts(v), ", ")
	}
	return ""
}

func noSuchField(key string) *fault.Error {
	near, least, all := "", 2+len(key)/3, []string{}
	for _, f := range catalogueFields {
		all = append(all, f.Key)
		if d := spelling.Distance(strings.ToLower(key), f.Key); d < least {
			near, least = f.Key, d
		}
	}
	if near != "" {
		return fault.New(fault.Invalid, "catalogue.no-field-near", key, near)
	}
	return fault.New(fault.Invalid, "catalogue.no-field", key, strings.Join(all, ", "))
}

// write puts the changes into the document.
func (d *describing) write() (err error) {
	if d.purpose != nil {
		if err := d.writePurpose(*d.purpose); err != nil {
			return err
		}
	}
	if len(d.changed) == 0 {
		return nil
	}
	at, have := d.find()
	if have == nil || len(d.merged(have)) == 0 {
		return d.anew(at, have)
	}
	was := d.doc
	for _, key := range slices.Sorted(maps.Keys(d.changed)) {
		if err = d.member(at+"/value/"+key, key, have); err != nil {
			// A list, or the only entry of a group, cannot be changed alone: then
			// the group is written anew, and nothing else.
			d.doc = was
			return d.anew(at, have)
		}
	}
	return nil
}

// member changes one entry of phohien.catalogue.
func (d *describing) member(path, key string, have map[string]any) (err error) {
	old, there := have[key]
	v := d.changed[key]
	_, isList := v.([]any)
	_, wasList := old.([]any)
	doc := d.doc
	switch {
	case v == nil && !there:
		return nil
	case v == nil:
		doc, err = doc.Delete(path)
	case !there:
		doc, err = doc.Insert(path, v)
	case isList || wasList:
		if doc, err = doc.Delete(path); err == nil {
			doc, err = doc.Insert(path, v)
		}
	default:
		doc, err = doc.Set(path, v)
	}
	if err == nil {
		d.doc = doc
	}
	return err
}

const customList = "/customProperties"

// find is the place of the custom property and its value; without one, "" and nil.
func (d *describing) find() (at string, have map[string]any) {
	for i, p := range d.doc.Contract().CustomProperties {
		if p.Property == "phohien.catalogue" {
			have, _ = p.Value.(map[string]any)
			return fmt.Sprintf("%s/%d", customList, i), have
		}
	}
	return "", nil
}

// merged are the entries of the group with the changes made.
func (d *describing) merged(have map[string]any) map[string]any {
	all := maps.Clone(have)
	if all == nil {
		all = map[string]any{}
	}
	for key, v := range d.changed {
		if all[key] = v; v == nil {
			delete(all, key)
		}
	}
	return all
}

// anew writes the whole group, in the place of the one at at if there is one.
func (d *describing) anew(at string, have map[string]any) (err error) {
	all := d.merged(have)
	doc := d.doc
	only := len(doc.Contract().CustomProperties) == 1
	if at != "" {
		gone := at
		if only {
			gone = customList
		}
		if doc, err = doc.Delete(gone); err != nil {
			return err
		}
	}
	if len(all) > 0 {
		property := odcs.CustomProperty{Property: "phohien.catalogue", Value: all}
		if _, there := doc.Value(customList); there {
			doc, err = doc.Insert(customList+"/-", property)
		} else {
			doc, err = doc.Insert(customList, []odcs.CustomProperty{property})
		}
	}
	if err == nil {
		d.doc = doc
	}
	return err
}

// writePurpose changes description.purpose.
func (d *describing) writePurpose(text string) (err error) {
	doc := d.doc
	all, described := doc.Value("/description")
	group, _ := all.(map[string]any)
	_, there := group["purpose"]
	switch {
	case text == "" && !there:
		return nil
	case text == "" && len(group) == 1:
		doc, err = doc.Delete("/description")
	case text == "":
		doc, err = doc.Delete("/description/purpose")
	case there:
		doc, err = doc.Set("/description/purpose", text)
	case described:
		doc, err = doc.Insert("/description/purpose", text)
	default:
		doc, err = doc.Insert("/description", odcs.Description{Purpose: text})
	}
	if err == nil {
		d.doc = doc
	}
	return err
}
