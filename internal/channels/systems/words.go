package systems

import (
	"context"

	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// A FacetWords says what the values of the one search's facets are called. Its zero
// value knows what is the same in every province.
type FacetWords struct {
	names         dictionary.Names
	sector, state string // code lists
}

// FacetWords gives the words by which the register's own code lists call what they
// have codes for. A nil Desk knows none.
func (d *Desk) FacetWords(ctx context.Context) (w FacetWords, err error) {
	if d == nil {
		return w, nil
	}
	_, obj, names, err := d.Names(ctx)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return w, nil // the register is not installed
	}
	if err != nil {
		return w, err
	}
	w.names = names
	for _, of := range []struct {
		by   Facet
		list *string
	}{{BySector, &w.sector}, {ByState, &w.state}} {
		if i := obj.Column(of.by.Column()); i >= 0 {
			*of.list = obj.Columns[i].CodeList
		}
	}
	return w, nil
}

// Of is what a value of a facet is called.
func (w FacetWords) Of(l locale.Lang, f catalog.Facet, c catalog.Count) string {
	if c.Value == catalog.Unset {
		return l.T("find.unset")
	}
	switch f {
	case catalog.ByOwner:
		if c.Name != "" {
			return c.Name
		}
		return c.Value
	case catalog.ByLayer:
		layers, _ := contract.CatalogueFieldOf("layer")
		return layers.Says(c.Value).In(l)
	case catalog.BySector:
		return w.said(l, w.sector, "find.sector."+viet.Slug(c.Value), c.Value)
	case catalog.ByState:
		return w.State(l, c.Value)
	case catalog.ByScore:
		return w.said(l, "", "page.band."+c.Value, c.Value)
	}
	return w.said(l, "", "find."+string(f)+"."+c.Value, c.Value)
}

// State is what the state of something described is called.
func (w FacetWords) State(l locale.Lang, value string) string {
	return w.said(l, w.state, "find.state."+value, value)
}

// said is what a code list calls a value, else what the catalogues of words do, else
// the value. Code lists speak Vietnamese: in other languages they come second.
func (w FacetWords) said(l locale.Lang, list, key, value string) string {
	name := ""
	if list != "" {
		name = w.names.Name(list, value)
	}
	switch {
	case name != "" && (l == locale.Vi || !l.Has(key)):
		return name
	case l.Has(key):
		return l.T(key)
	}
	return value
}
