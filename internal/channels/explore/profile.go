package explore

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

type profileView struct {
	Head   ui.SetHead
	Empty  bool
	Lead   string
	API    string
	Fields []profileField
}

// A profileField is what a page says of one field.
type profileField struct {
	Name, Title, Type string
	Hidden            string // why nothing is told of its values, "" when they are
	Told              bool   // how many values there are is told
	Filled            string // "98,2 %"
	Present           string
	FilledWidth       int // of 1000
	Absent            []factView
	Facts             []factView
	Bars              []barView // of the histogram
	BarsLabel         string
	From, To          string // at the ends of the histogram
	Frequent          []frequentView
	Values            string // what stands above the frequent values
}

type factView struct{ Label, Text string }

// A barView is one bar of a histogram, 100 high at most.
type barView struct {
	X, Y, Height int
	Label, Count string
}

type frequentView struct {
	Value, Code  string
	Count, Share string
	Width        int // of 1000
}

func (p *Pages) profile(w http.ResponseWriter, r *http.Request, t table) error {
	ctx := r.Context()
	view, err := p.Door.See(ctx, policy.Read, t.con, t.obj)
	if err != nil {
		return err
	}
	lang := locale.From(ctx)
	v := profileView{Head: t.head, API: "/api/v1" + t.address("profile")}
	head, _, err := p.Records.Head(ctx, t.con.ID)
	if err != nil {
		return err
	}
	if head > 0 {
		if _, err := p.Mirror.CatchUp(ctx, t.obj, head); err != nil {
			return err
		}
		found, err := p.Mirror.Profile(ctx, view, mirror.ScanOptions{})
		if err != nil {
			return err
		}
		names, err := dictionary.NamesOf(ctx, p.CodeLists, viet.DateOf(p.Now().In(viet.Zone)), t.obj.CodeLists()...)
		if err != nil {
			return err
		}
		v.Lead = lang.T("explore-profile.lead", found.Rows, found.Seq)
		for i := range found.Columns {
			v.Fields = append(v.Fields, profileOf(lang, names, &t.obj.Columns[i], &found.Columns[i], found.Rows))
		}
		v.Empty = found.Rows == 0
	} else {
		v.Empty = true
	}
	return p.Show(w, r, p.Page(r, lang.T("explore.profile")+" · "+t.con.Name, "datasets"), profilePage(v))
}

func profileOf(l locale.Lang, names dictionary.Names, c *contract.Column, p *mirror.ColumnProfile, rows int64) profileField {
	f := profileField{Name: c.Name, Title: c.Title, Type: l.T("page.type." + string(c.Type))}
	switch p.Seen {
	case mirror.Masked, mirror.Sealed:
		f.Hidden = l.T("explore-profile." + string(p.Seen))
		return f
	case mirror.Personal:
		f.Hidden = l.T("explore-profile.personal")
	}
	f.Told, f.Present = true, l.Number(p.Present)
	f.Filled, f.FilledWidth = percent(l, p.Present, rows), part(p.Present, rows, 1000)
	known := int64(0)
	for _, why := range []string{"unknown", "not-collected", "withheld"} {
		if n := p.Why[why]; n > 0 {
			f.Absent = append(f.Absent, factView{l.T("page.nil." + why), l.Number(n)})
			known += n
		}
	}
	if rest := p.Absent - known; rest > 0 {
		f.Absent = append(f.Absent, factView{l.T("explore-profile.no-reason"), l.Number(rest)})
	}
	f.Facts = profileFacts(l, c, p)
	f.histogram(l, c, p)
	f.frequent(l, names, c, p)
	return f
}

func profileFacts(l locale.Lang, c *contract.Column, p *mirror.ColumnProfile) (all []factView) {
	add := func(key, text string) { all = append(all, factView{l.T("explore-profile." + key), text}) }
	if p.Distinct >= 0 && p.Present > 0 {
		text := l.Number(p.Distinct)
		if !p.Exact {
			text = l.T("explore-profile.about", p.Distinct)
		}
		if p.Exact && p.Distinct == p.Present && p.Present > 1 {
			text = l.T("explore-profile.all-different", p.Distinct)
		}
		add("distinct", text)
	}
	if p.Least != "" {
		add("least", valueText(l, c, p.Least))
		add("greatest", valueText(l, c, p.Greatest))
	}
	if p.Mean != nil {
		add("mean", number(l, *p.Mean))
	}
	for _, q := range []struct {
		percent float64
		key     string
	}{{50, "median"}, {25, "p25"}, {75, "p75"}, {5, "p5"}, {95, "p95"}} {
		if found := p.Quantile(q.percent); found != nil {
			text := number(l, found.Value)
			if !found.Exact {
				text = "≈ " + text
			}
			add(q.key, text)
		}
	}
	if p.Length != nil {
		text := l.T("explore-profile.one-length", p.Shortest)
		if p.Shortest < p.Longest {
			text = l.T("explore-profile.lengths", p.Shortest, p.Longest, number(l, *p.Length))
		}
		add("length", text)
	}
	return all
}

// histogram draws what lies where: numbers in bins, times in stretches.
func (f *profileField) histogram(l locale.Lang, c *contract.Column, p *mirror.ColumnProfile) {
	var counts []int64
	var labels []string
	switch {
	case len(p.Bins) > 1 && !(len(p.Frequent) > 1 && int64(len(p.Frequent)) == p.Distinct): // else the values say it all
		for _, b := range p.Bins {
			counts = append(counts, b.Count)
			labels = append(labels, binText(l, c, b))
		}
		f.From, f.To = valueText(l, c, p.Least), valueText(l, c, p.Greatest)
	case len(p.Times) > 1:
		for _, t := range p.Times {
			counts = append(counts, t.Count)
			labels = append(labels, bucketText(l, p.Bucket, t.Label))
		}
		f.From, f.To = labels[0], labels[len(labels)-1]
	default:
		return
	}
	most := slices.Max(counts)
	for i, n := range counts {
		height := part(n, most, 100)
		if n > 0 {
			height = max(height, 2)
		}
		f.Bars = append(f.Bars, barView{X: 10*i + 1, Y: 100 - height, Height: height, Label: labels[i], Count: l.Number(n)})
	}
	top := slices.Index(counts, most)
	f.BarsLabel = l.T("explore-profile.histogram", f.Title, len(counts), labels[top], most)
}

func binText(l locale.Lang, c *contract.Column, b mirror.Bin) string {
	if c.Type == contract.Integer {
		if b.To-b.From <= 1 {
			return number(l, b.From)
		}
		return number(l, b.From) + " – " + number(l, b.To-1)
	}
	return number(l, b.From) + " – " + number(l, b.To)
}

func (f *profileField) frequent(l locale.Lang, names dictionary.Names, c *contract.Column, p *mirror.ColumnProfile) {
	if len(p.Frequent) == 0 {
		return
	}
	f.Values = l.T("explore-profile.frequent", len(p.Frequent))
	if int64(len(p.Frequent)) == p.Distinct {
		f.Values = l.T("explore-profile.all-values")
	} else if p.Frequent[0].Count == 1 {
		f.Values = ""
		return // each value once
	}
	for _, one := range p.Frequent {
		v := frequentView{Value: valueText(l, c, one.Value), Count: l.Number(one.Count), Share: percent(l, one.Count, p.Present), Width: part(one.Count, p.Frequent[0].Count, 1000)}
		if name := names.Name(c.CodeList, one.Value); name != "" {
			v.Value, v.Code = name, one.Value
		}
		f.Frequent = append(f.Frequent, v)
	}
}

// valueText writes a value in canonical form as pages write values. Whole
// numbers that are codes or years are not cut into thousands.
func valueText(l locale.Lang, c *contract.Column, text string) string {
	var v any = text
	switch c.Type {
	case contract.Integer:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || c.CodeList != "" || isYear(c) {
			return text
		}
		v = n
	case contract.Boolean:
		v = text == "true"
	}
	return ui.Value(l, c, v)
}

// number writes a figure with as many decimals as say something.
func number(l locale.Lang, f float64) string {
	digits := 2
	switch a := math.Abs(f); {
	case a >= 1000:
		digits = 1
	case a < 0.01:
		digits = 6
	case a < 1:
		digits = 4
	}
	scale := math.Pow10(digits)
	return l.Float(math.Round(f*scale)/scale, -1)
}

// percent writes a share, never 100 where something is missing nor 0 where
// something is there.
func percent(l locale.Lang, n, of int64) string {
	if of == 0 {
		return "–"
	}
	share := math.Round(1000*float64(n)/float64(of)) / 10
	switch {
	case n < of && share >= 100:
		share = 99.9
	case n > 0 && share == 0:
		return "< " + l.Float(0.1, 1) + " %"
	}
	return l.Float(share, -1) + " %"
}

// part is n of a whole, as a share of a length.
func part(n, whole int64, length int) int {
	if whole == 0 {
		return 0
	}
	return int(math.Round(float64(length) * float64(n) / float64(whole)))
}

func viewBox(bars []barView) string { return fmt.Sprintf("0 0 %d 100", 10*len(bars)) }
