package explore

import (
	"net/url"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/cql2"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A link from the map asks for what it says, whatever a column is called and
// holds: numbers stand without quotes, words of the grammar within them.
func TestMapping_rowsOf(t *testing.T) {
	obj := &contract.Object{Dataset: "x", Columns: []contract.Column{
		{Name: "ma_xa", Store: "ma_xa", Type: contract.Text}, {Name: "tinh", Store: "tinh", Type: contract.Integer},
		{Name: "Between", Store: "between", Type: contract.Text}, {Name: "Mã \"xã\"", Store: "ma", Type: contract.Text},
	}, ScopeUnit: -1, ScopeAgency: -1}
	view, err := record.NewView(obj, policy.Decision{Allowed: true, Rows: policy.Rows{All: true}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := &mapping{table: table{obj: obj}, view: view}
	for i := range obj.Columns {
		c := &obj.Columns[i]
		value := map[contract.Type]string{contract.Text: "O'Neil 33", contract.Integer: "33"}[c.Type]
		u, err := url.Parse(m.rowsOf(i, value))
		if err != nil {
			t.Fatal(err)
		}
		got, err := cql2.Parse(u.Query().Get("filter"))
		if err != nil {
			t.Errorf("%s: %v", u, err)
			continue
		}
		c2, ok := got.(cql2.Compare)
		if !ok || c2.Property.Name != c.Name || c2.Op != "=" || c2.Value.Kind != mirror.ValueOf(c, value).Kind || c2.Value.Text != value {
			t.Errorf("%s asks %+v", u, got)
		}
	}
}
