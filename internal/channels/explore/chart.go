package explore

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

const (
	mostSeries = 8
	mostPoints = 6000 // of all series together
)

// A drawing is what a chart is asked to show. It comes from the address alone,
// so that every chart has one.
type drawing struct {
	time     int // columns by their place
	of       int // -1: rows are counted
	fn       mirror.Func
	percent  float64
	split    int // -1: one series
	bucket   mirror.Bucket
	from, to time.Time
	few      bool // groups are concealed

	times  []int // what may be chosen
	ofs    []int
	splits []int
}

// chart shows figures along time.
func (p *Pages) chart(w http.ResponseWriter, r *http.Request, t table) error {
	ctx := r.Context()
	decision, err := p.Door.Figures(ctx, t.con, t.obj, mirror.GroupQuery{})
	if err != nil {
		return err
	}
	lang := locale.From(ctx)
	v := chartView{Head: t.head, Action: t.address("chart"), Script: p.Assets.Chart}
	page := p.Page(r, lang.T("explore.chart")+" · "+t.con.Name, "datasets")
	d, err := choose(r, t, decision)
	if err != nil {
		return err
	}
	head, _, err := p.Records.Head(ctx, t.con.ID)
	if err != nil {
		return err
	}
	if d == nil || head == 0 {
		v.Empty = lang.T("explore-chart.empty")
		return p.Show(w, r, page, chartPage(v))
	}
	if _, err := p.Mirror.CatchUp(ctx, t.obj, head); err != nil {
		return err
	}
	if err := p.fitBucket(ctx, t, decision, d, r.URL.Query().Get("bucket")); err != nil {
		return err
	}
	found, err := p.draw(ctx, t, decision, d)
	if err != nil {
		return err
	}
	names, err := dictionary.NamesOf(ctx, p.CodeLists, viet.DateOf(p.Now().In(viet.Zone)), t.obj.CodeLists()...)
	if err != nil {
		return err
	}
	v.show(lang, t, d, names, found)
	return p.Show(w, r, page, chartPage(v))
}

// choose reads what is to be drawn, with what suits the table where nothing is
// said. It is nil where the reader sees no time.
func choose(r *http.Request, t table, decision policy.Decision) (*drawing, error) {
	obj, q := t.obj, r.URL.Query()
	d := &drawing{few: decision.SmallestGroup > 1, of: -1, split: -1}
	d.times = times(t.con, obj, decision.Sees)
	if len(d.times) == 0 {
		return nil, nil
	}
	find := func(name string, among []int) (int, error) {
		i := obj.Column(name)
		if !slices.Contains(among, i) {
			return -1, fault.New(fault.Invalid, "explore-chart.column", name)
		}
		return i, nil
	}
	var err error
	d.time = d.times[0]
	if name := q.Get("time"); name != "" {
		if d.time, err = find(name, d.times); err != nil {
			return nil, err
		}
	}
	d.ofs, d.splits = measurable(obj, d, decision), splittable(obj, d, decision)
	switch name := q.Get("of"); {
	case name == countRows:
	case name != "":
		if d.of, err = find(name, d.ofs); err != nil {
			return nil, err
		}
	case len(d.ofs) > 0:
		d.of = d.ofs[0]
	}
	switch name := q.Get("split"); {
	case name != "" && name != noSplit:
		if d.split, err = find(name, d.splits); err != nil {
			return nil, err
		}
	case name == "":
		d.split = usualSplit(obj, d)
	}
	if err := d.function(q.Get("fn"), obj); err != nil {
		return nil, err
	}
	if d.few { // a period is a filter
		return d, nil
	}
	for _, end := range []struct {
		name string
		to   *time.Time
	}{{"from", &d.from}, {"to", &d.to}} {
		if text := q.Get(end.name); text != "" {
			day, _, bad := viet.ParseDate([]byte(text))
			if bad != nil {
				return nil, fault.New(fault.Invalid, "explore-chart.day", text)
			}
			year, month, of := day.YMD()
			*end.to = time.Date(year, time.Month(month), of, 0, 0, 0, 0, record.VietnamTime)
		}
	}
	return d, nil
}

// What the form sends for no column.
const (
	countRows = "_rows"
	noSplit   = "_none"
)

// measurable are the columns of numbers, those that are no codes and no part of
// the key.
func measurable(obj *contract.Object, d *drawing, decision policy.Decision) (all []int) {
	for i := range obj.Columns {
		c := &obj.Columns[i]
		if ui.IsNumber(c) && i != d.time && decision.Sees(c.Name) && c.CodeList == "" && c.Unit == "" && !c.Personal.Is() && !c.Sealed && !isYear(c) && !slices.Contains(obj.Key, i) {
			all = append(all, i)
		}
	}
	return all
}

// splittable are the columns that can tell series apart.
func splittable(obj *contract.Object, d *drawing, decision policy.Decision) (all []int) {
	if d.few {
		return nil
	}
	for i := range obj.Columns {
		c := &obj.Columns[i]
		values, _ := mirror.Groupable(c)
		if values && i != d.time && decision.Sees(c.Name) && !c.Personal.Is() && (c.Type == contract.Text || c.Type == contract.Boolean || c.CodeList != "") && !c.Unique && !(len(obj.Key) == 1 && obj.Key[0] == i) {
			all = append(all, i)
		}
	}
	return all
}

// usualSplit tells series apart where the key does: one value of each at a time.
func usualSplit(obj *contract.Object, d *drawing) int {
	if !slices.Contains(obj.Key, d.time) || len(obj.Key) != 2 {
		return -1
	}
	for _, i := range obj.Key {
		if slices.Contains(d.splits, i) {
			return i
		}
	}
	return -1
}

var chartFunctions = []string{"avg", "sum", "min", "max", "median", "p5", "p95"}

func (d *drawing) functions() []string {
	if d.few {
		return chartFunctions[:2]
	}
	return chartFunctions
}

// function finds what is told of the values. Amounts are added up, states are not.
func (d *drawing) function(name string, obj *contract.Object) error {
	if d.of < 0 {
		return nil
	}
	if name == "" {
		name = "avg"
		if c := &obj.Columns[d.of]; isAmount(c) {
			name = "sum"
		}
	}
	if !slices.Contains(d.functions(), name) {
		return fault.New(fault.Invalid, "explore-chart.function", name)
	}
	if digits, found := strings.CutPrefix(name, "p"); found {
		d.fn = mirror.Percentile
		var err error
		d.percent, err = strconv.ParseFloat(digits, 64)
		return err
	}
	d.fn = mirror.Func(name)
	return nil
}

// states begin the names of what is so high at a time: two of them have a mean,
// not a sum.
var states = []string{
	"tỷ lệ", "tỉ lệ", "giá", "đơn giá", "mực", "nhiệt", "độ ẩm", "tốc độ", "áp suất", "mật độ", "bình quân", "trung bình", "chỉ số", "điểm", "tuổi", "nồng độ", "hệ số",
}

// isAmount tells numbers that may be added up by what is said of them.
func isAmount(c *contract.Column) bool {
	title := strings.ToLower(c.Title)
	if strings.ContainsAny(title, "%°") {
		return false
	}
	for _, state := range states {
		if strings.HasPrefix(title, state) || strings.Contains(title, " "+state) {
			return false
		}
	}
	return c.Type == contract.Integer || strings.Contains(title, "đồng") || strings.Contains(title, "số tiền") || strings.Contains(title, "kinh phí")
}

func (d *drawing) functionName() string {
	if d.fn == mirror.Percentile {
		return "p" + strconv.FormatFloat(d.percent, 'f', -1, 64)
	}
	return string(d.fn)
}

// fitBucket finds the stretch of time, by how far the data reaches where nothing
// is said.
func (p *Pages) fitBucket(ctx context.Context, t table, decision policy.Decision, d *drawing, asked string) error {
	c := &t.obj.Columns[d.time]
	choice := bucketsOf(c, d.few)
	if len(choice) == 0 {
		return nil
	}
	if asked != "" {
		d.bucket = mirror.Bucket(asked)
		if !slices.Contains(choice, d.bucket) {
			return fault.New(fault.Invalid, "explore-chart.bucket", asked)
		}
		return nil
	}
	if d.few {
		d.bucket = mirror.Year
		return nil
	}
	reach, err := p.Mirror.Groups(ctx, t.obj, decision, mirror.GroupQuery{
		Measures: []mirror.MeasureOf{{Func: mirror.Least, Column: c.Name}, {Func: mirror.Greatest, Column: c.Name}},
		Rows:     mirror.ScanOptions{Where: between(c, d.from, d.to)},
	})
	if err != nil {
		return err
	}
	first, last := "", ""
	if one := reach.Groups[0]; one.Measures[0] != nil && one.Measures[1] != nil {
		first, last = one.Measures[0].Value, one.Measures[1].Value
	}
	d.bucket = bucketFor(c, first, last)
	return nil
}

// draw asks for the figures.
func (p *Pages) draw(ctx context.Context, t table, decision policy.Decision, d *drawing) (mirror.Groups, error) {
	c := &t.obj.Columns[d.time]
	q := mirror.GroupQuery{
		By:    []mirror.GroupBy{{Column: c.Name, Bucket: d.bucket}},
		Rows:  mirror.ScanOptions{Where: between(c, d.from, d.to)},
		Limit: mostPoints,
	}
	q.Order = []mirror.GroupOrder{{Term: q.By[0].String(), Desc: true}} // the newest are kept
	if d.of >= 0 {
		q.Measures = []mirror.MeasureOf{{Func: d.fn, Column: t.obj.Columns[d.of].Name, Percent: d.percent}}
	}
	if d.split >= 0 {
		by := mirror.GroupBy{Column: t.obj.Columns[d.split].Name}
		top, err := p.Mirror.Groups(ctx, t.obj, decision, mirror.GroupQuery{
			By: []mirror.GroupBy{by}, Rows: q.Rows, Order: []mirror.GroupOrder{{Term: mirror.CountTerm, Desc: true}}, Limit: mostSeries,
		})
		if err != nil {
			return top, err
		}
		if top.More {
			by.Keep = []string{}
			for _, g := range top.Groups {
				if g.Values[0] != nil {
					by.Keep = append(by.Keep, *g.Values[0])
				}
			}
		}
		q.By = append(q.By, by)
	}
	return p.Mirror.Groups(ctx, t.obj, decision, q)
}
