// Package registry says of information systems, databases and platforms what
// their contract cannot: which state may follow which and what that needs, what
// availability was measured against the promise, which fields of state
// management have nothing, and how the register leaves the house, as the label
// of a platform and as the national register of architecture wants it.
//
// The register itself is a data set (docs/registry.md): rows, history, forms,
// imports, scores come from its contract. This package reads no data set; the
// caller hands in rows, and gets plain values back.
package registry

import (
	"slices"
	"strings"
)

// A Row is one row of a data set: the name of a column in the stores, and its
// value as CSV writes it (docs/types.md). A value that is null is "" or is not
// there.
type Row map[string]string

// Yes reports whether a boolean column is true.
func (r Row) Yes(column string) bool { return r[column] == "true" }

// List gives the items of a column that separates them by semicolons, without
// the blanks around them; nil when it is empty.
func (r Row) List(column string) []string {
	var items []string
	for item := range strings.SplitSeq(r[column], ";") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// ID is the code by which others refer to a row: of a system, or of a national
// database.
func (r Row) ID() string { return r["ma"] }

// State is the state in a row of the register, "" when it is not known.
func (r Row) State() State { return State(r["trang_thai"]) }

// A System is one system with all that the register holds of it.
type System struct {
	Row
	Parts []Row // object thanh_phan
	Links []Row // object ket_noi
	Rents []Row // object dich_vu_thue
}

// Gather puts rows of the register's four objects together by system, in the
// order of systems. Rows of systems that are not there are left out.
func Gather(systems, parts, links, rents []Row) []System {
	all, at := make([]System, len(systems)), make(map[string]int, len(systems))
	for i, r := range systems {
		all[i], at[r.ID()] = System{Row: r}, i
	}
	for _, r := range parts {
		if i, ok := at[r["he_thong"]]; ok {
			all[i].Parts = append(all[i].Parts, r)
		}
	}
	for _, r := range links {
		if i, ok := at[r["he_thong"]]; ok {
			all[i].Links = append(all[i].Links, r)
		}
	}
	for _, r := range rents {
		if i, ok := at[r["he_thong"]]; ok {
			all[i].Rents = append(all[i].Rents, r)
		}
	}
	return all
}

// A State is how far a system has come: a code of the list trang-thai-he-thong.
type State string

// The states.
const (
	Proposed  State = "de-xuat"
	Appraised State = "tham-dinh" // being appraised
	Building  State = "xay-dung"
	Trial     State = "van-hanh-thu"
	Running   State = "van-hanh"
	Paused    State = "tam-dung"
	Stopped   State = "ngung"
)

// Words are said in both languages.
type Words struct {
	Vi string `json:"vi"`
	En string `json:"en"`
}

// Rented are the rents of a system that have begun: what is only planned has
// neither price nor promise yet.
func (s System) Rented() []Row {
	return slices.DeleteFunc(slices.Clone(s.Rents), func(r Row) bool { return r["trang_thai"] == "du-kien" })
}
