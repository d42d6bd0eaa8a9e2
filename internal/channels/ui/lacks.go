package ui

import (
	"net/url"
	"strings"

	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A Lack is a required field of the catalogue that a data set has not.
type Lack struct {
	Name  string
	Items string // of its own fields, those concerned
	Path  string // where it is filled in
}

// mostItems is how many fields of a data set are named under one lack.
const mostItems = 12

// Lacks words what a data set lacks, each with the place where it is filled in.
func Lacks(l locale.Lang, id string, list []catalog.Lack) []Lack {
	all := make([]Lack, len(list))
	for i, one := range list {
		all[i] = Lack{Name: l.Of(one.Vi, one.En), Path: "/datasets/" + url.PathEscape(id) + "/catalogue#f-" + one.Key}
		all[i].Items = strings.Join(one.Items[:min(len(one.Items), mostItems)], ", ")
		if more := len(one.Items) - mostItems; more > 0 {
			all[i].Items += " " + l.T("catalogue.more-items", int64(more))
		}
	}
	return all
}
