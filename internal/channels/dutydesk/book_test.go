package dutydesk_test

import (
	"slices"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/dutydesk"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/foundation/locale"
)

var noon = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

// The book has the ten columns of the form, in its order, and those of the course
// behind them; a field is told by the title that its column has.
func TestBook(t *testing.T) {
	heads := dutydesk.BookHeads(locale.Vi)
	if len(heads) != 14 || dutydesk.FormColumns != 10 || slices.Contains(heads, "") {
		t.Fatalf("%q", heads)
	}
	con := &contract.Contract{ID: "tram", Name: "Trạm y tế", Objects: []*contract.Object{
		{Dataset: "tram", Columns: []contract.Column{{Name: "giuong", Title: "Số giường"}}},
	}}
	sets := dutydesk.Sets{Known: map[string]*contract.Contract{"tram": con}}
	i := &issue.Issue{
		ID: "SC-2026-0001", Dataset: "tram", Object: "tram", Rule: "giuong.range", Source: "B", SourceName: "Trạm B", Field: "giuong", Group: contract.Outlier,
		Severity: issue.Yellow, Org: "xa-b", State: issue.Taken, Cause: "Nhập nhầm", Effect: "Sai tổng", Action: "Sửa", Prevention: "Tập huấn", FoundAt: noon, DueAt: noon.AddDate(0, 0, 14),
	}
	desk := &dutydesk.Desk{Now: func() time.Time { return noon }}
	row := desk.BookRow(locale.Vi, sets, dutydesk.Names{}, i)
	want := []string{"SC-2026-0001", "23/11/2026", dutydesk.GroupWords(locale.Vi, contract.Outlier), issue.Yellow.In(locale.Vi), locale.Vi.T("duties.source-of", "Trạm y tế", "Trạm B"), "Số giường",
		"xa-b", "07/12/2026 12:00", issue.Taken.In(locale.Vi), "Sửa", "Nhập nhầm", "Sai tổng", "Tập huấn", locale.Vi.T("duties.kept.running")}
	if !slices.Equal(row, want) || len(row) != len(heads) {
		t.Errorf("%q\n%q", row, want)
	}

	// Of a data set that is not known any more, what the issue itself knows is told.
	i.Field, i.SourceName, i.DueAt = "", "", time.Time{}
	row = desk.BookRow(locale.Vi, dutydesk.Sets{}, dutydesk.Names{}, i)
	if row[4] != locale.Vi.T("duties.source-of", "tram", "B") || row[5] != locale.Vi.T("duties.whole") || row[7] != "" {
		t.Errorf("%q", row)
	}
}

func TestKeptWords(t *testing.T) {
	due := noon.AddDate(0, 0, 1)
	for key, i := range map[string]*issue.Issue{
		"duties.kept.none":    {State: issue.Fresh},
		"duties.kept.running": {State: issue.Fresh, DueAt: due},
		"duties.kept.overdue": {State: issue.Taken, DueAt: noon.Add(-time.Minute)},
		"duties.kept.in-time": {State: issue.Closed, DueAt: due, ClosedAt: due},
		"duties.kept.late":    {State: issue.Closed, DueAt: due, ClosedAt: due.Add(time.Minute)},
	} {
		if got := dutydesk.KeptWords(locale.Vi, i, noon); got != locale.Vi.T(key) {
			t.Errorf("%s: %s", key, got)
		}
	}
}
