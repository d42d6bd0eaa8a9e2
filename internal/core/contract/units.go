package contract

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
