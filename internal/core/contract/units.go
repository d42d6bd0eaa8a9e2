package contract

import "slices"

// A UnitSet says where the codes of one level of administrative units are: a
// data set and its key column. This table is the only place that names them;
// docs/contract.md repeats it for people. A province that keeps its units
// elsewhere installs a data set under these addresses.
type UnitSet struct {
	Dataset, Column string
	Name            Sentence
}

// UnitSets are the data sets that phohien.unit refers to, by its value.
var UnitSets = map[string]UnitSet{
	"province": {"vn-tinh", "ma", Sentence{"mã tỉnh, thành phố trực thuộc trung ương", "a code of a province"}},
	"commune":  {"vn-xa", "ma", Sentence{"mã xã, phường, đặc khu", "a code of a commune"}},
}

// UnitRegister are the data sets of which the register of administrative units
// is made, for phohien.unitFrom and for looking units up: the units of each
// level, and what became of them.
var UnitRegister = struct{ Provinces, Districts, Communes, ProvinceChanges, DistrictChanges, CommuneChanges string }{
	"vn-tinh", "vn-huyen", "vn-xa", "vn-tinh-thay-doi", "vn-huyen-thay-doi", "vn-don-vi-thay-doi",
}

// InUnitRegister reports whether a data set is a part of the register.
func InUnitRegister(dataset string) bool {
	r := UnitRegister
	return slices.Contains([]string{r.Provinces, r.Districts, r.Communes, r.ProvinceChanges, r.DistrictChanges, r.CommuneChanges}, dataset)
}

// The terms by which a table of villages is known: its key is the id of a village
// in its period, and another column the id of the commune.
const (
	termVillage   = "ph:ID-278"
	termFullName  = "ph:ID-204"
	termName      = "ph:ID-702"
	termKind      = "ph:ID-279"
	termCommune   = "ph:ID-280"
	termSuccessor = "ph:ID-281"
	termOrigin    = "ph:ID-282"
	termBasis     = "ph:ID-358"
)

// VillageColumns are the columns of a table of villages, by position; -1 for
// those that it has not.
type VillageColumns struct {
	UID, Full, Commune, From, To         int
	Name, Kind, Successor, Origin, Basis int
}

// Villages reports whether a table keeps villages by period, whatever its data
// set and columns are called: each province has its own.
func (o *Object) Villages() (VillageColumns, bool) {
	by := map[string]int{}
	for i := range o.Columns {
		c := &o.Columns[i]
		if _, twice := by[c.Term]; c.Term != "" && !twice && c.Type == Text {
			by[c.Term] = i
		}
	}
	at := func(term string) int {
		if i, ok := by[term]; ok {
			return i
		}
		return -1
	}
	v := VillageColumns{
		UID: at(termVillage), Full: at(termFullName), Commune: at(termCommune), From: o.ValidFrom, To: o.ValidTo,
		Name: at(termName), Kind: at(termKind), Successor: at(termSuccessor), Origin: at(termOrigin), Basis: at(termBasis),
	}
	return v, v.UID >= 0 && v.Full >= 0 && v.Commune >= 0 && v.From >= 0 && v.To >= 0 && slices.Equal(o.Key, []int{v.UID})
}
