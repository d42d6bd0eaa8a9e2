package contract_test

import (
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
)

func TestObject_Place(t *testing.T) {
	number := func(name, title string, aliases ...string) contract.Column {
		return contract.Column{Name: name, Title: title, Aliases: aliases, Type: contract.Float}
	}
	for name, c := range map[string]struct {
		columns []contract.Column
		want    contract.Place
		ok      bool
	}{
		"names":    {[]contract.Column{number("Kinh-độ", ""), number("VI_DO", "")}, contract.Place{Shape: -1, Lon: 0, Lat: 1}, true},
		"titles":   {[]contract.Column{number("y", "Vĩ độ"), number("x", "Kinh độ")}, contract.Place{Shape: -1, Lon: 1, Lat: 0}, true},
		"aliases":  {[]contract.Column{number("a", "", "longitude"), number("b", "", "lat.")}, contract.Place{Shape: -1, Lon: 0, Lat: 1}, true},
		"one only": {[]contract.Column{number("lon", "")}, contract.Place{Shape: -1, Lon: 0, Lat: -1}, false},
		"texts":    {[]contract.Column{{Name: "lon", Type: contract.Text}, {Name: "lat", Type: contract.Text}}, contract.Place{Shape: -1, Lon: -1, Lat: -1}, false},
		"geometry": {[]contract.Column{number("gia", "Giá"), {Name: "ranh", Type: contract.Geometry}}, contract.Place{Shape: 1, Lon: -1, Lat: -1}, true},
		"money":    {[]contract.Column{number("kinh_phi", "Kinh phí"), number("vi_do", "")}, contract.Place{Shape: -1, Lon: -1, Lat: 1}, false},
	} {
		obj := &contract.Object{Columns: c.columns}
		if got, ok := obj.Place(); got != c.want || ok != c.ok {
			t.Errorf("%s: %+v, %t", name, got, ok)
		}
	}
}
