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
