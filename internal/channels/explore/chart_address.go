package explore

import (
	"net/url"

	"github.com/phohien/phohien/internal/core/mirror"
)

// address is where programs ask for the same figures.
func (d *drawing) address(t table) string {
	q := url.Values{}
	by := mirror.GroupBy{Column: t.obj.Columns[d.time].Name, Bucket: d.bucket}.String()
	if d.split >= 0 {
		by += "," + t.obj.Columns[d.split].Name
	}
	q.Set("by", by)
	if d.of >= 0 {
		q.Set("measure", mirror.MeasureOf{Func: d.fn, Column: t.obj.Columns[d.of].Name, Percent: d.percent}.String())
	}
	return "/api/v1" + t.address("groups") + "?" + q.Encode()
}
