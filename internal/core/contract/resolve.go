package contract

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/odcs"
	"github.com/phohien/phohien/viet"
)

// Options are what a document does not say about itself.
type Options struct {
	Pack string // id of the pack that brings it, "" for none
	// Try runs the rules of an object before it is let in; nil: a document that
	// has been let in, or that nothing is judged by.
	Try Trial
	// Terms finds the terms that properties name; nil: nothing is inherited, and
	// nothing is said of it.
	Terms Terms
}

// A Trial runs each rule of an object once, over rows of its own that hold what
// its columns can hold, and says which rules cannot be judged.
type Trial func(*Object) []Refusal

// A Refusal is a rule that a batch would fail on.
type Refusal struct {
	Rule int      // position in Object.Rules; -1: all of them
	Why  Sentence // what is wrong and how it is mended, from the capital letter to the full stop
}

// Resolve turns a document into a Contract. The findings are those of the
// standard's schema and our own, in the order of the text; when one of them is an error there is no
// Contract, see [Broken]. Findings without error come with the Contract: they
// say what is left aside.
func Resolve(doc *odcs.Document, opts Options) (*Contract, []Finding) {
	r := &resolver{doc: doc, in: doc.Contract(), terms: opts.Terms}
	r.findings = doc.Check()
	r.broken = Broken(r.findings)
	sum := sha256.Sum256(doc.Bytes())
	r.out = &Contract{Digest: hex.EncodeToString(sum[:]), Pack: opts.Pack}
	r.fundamentals()
	r.objects()
	r.inside()
	r.openPersonal()
	r.frequency()
	r.sources()
	r.catalogue()
	if opts.Try != nil && !Broken(r.findings) {
		r.try(opts.Try)
	}
	slices.SortStableFunc(r.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if Broken(r.findings) {
		return nil, r.findings
	}
	r.out.Basis = r.out.basis()
	return r.out, r.findings
}

// A resolver holds one run of Resolve.
type resolver struct {
	doc      *odcs.Document
	in       odcs.Contract
	terms    Terms
	out      *Contract
	findings []Finding
	broken   bool       // by the standard itself: what it has said is not said again
	places   [][]string // by object and rule: where in the document the rule stands

	catalogued   map[string]any // phohien.catalogue, read when the rest of the contract is known
	cataloguedAt string
}

// inside checks references to objects of the same contract: that the column is
// there, and can be compared. Other data sets come and go.
func (r *resolver) inside() {
	for i, o := range r.out.Objects {
		for j := range o.Rules {
			ref := o.Rules[j].Reference
			if ref == nil {
				continue
			}
			for _, to := range r.out.Objects {
				if to.Dataset != ref.Dataset || to.refers(ref) {
					continue
				}
				r.fail(CodeReference, r.places[i][j], "Tham chiếu tới trường “%s” của bảng “%s”: bảng đó không có trường như vậy để so sánh (không ghi column thì bảng phải có khóa là một trường).",
					"The reference to the property %q of %q: there is no such property to compare with (without column, the object needs a key of one property).", ref.Column, to.Name)
			}
		}
	}
}

// refers tells that a reference to this object finds a column to compare with.
func (o *Object) refers(ref *Reference) bool {
	i := o.Column(ref.Column)
	if ref.Column == "" && len(o.Key) == 1 {
		i = o.Key[0]
	}
	return i >= 0 && o.Columns[i].Type != Geometry
}

// try tells of the rules that cannot be judged, each at its place.
func (r *resolver) try(trial Trial) {
	for i, o := range r.out.Objects {
		for _, no := range trial(o) {
			at, why := fmt.Sprintf("/schema/%d", i), bilingual{no.Why.Vi, no.Why.En}
			if no.Rule < 0 {
				r.fail(CodeRule, at, "Chưa thử được các quy tắc của bảng “%s”. %s", "The rules of %q could not be tried. %s", o.Name, why)
				continue
			}
			code := CodeRule
			if o.Rules[no.Rule].Kind == RuleSQL {
				code = CodeSQL
			}
			r.fail(code, r.places[i][no.Rule], "Quy tắc “%s” không chạy được khi kiểm tra dữ liệu. %s", "The rule %q cannot be run when data is judged. %s", o.Rules[no.Rule].ID, why)
		}
	}
}

var validID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,59}$`)

// fundamentals resolves what stands on the contract itself.
func (r *resolver) fundamentals() {
	in, out := &r.in, r.out
	out.ID, out.Version, out.Status = in.ID, in.Version, in.Status
	if !validID.MatchString(in.ID) {
		r.fail(CodeID, "/id",
			"id “%s” không dùng làm địa chỉ bộ dữ liệu được: chỉ gồm chữ thường a–z, chữ số và dấu “-”, dài 1–60 ký tự. Ví dụ: %s.",
			"The id %q cannot be the address of a data set: use lower-case a-z, digits and \"-\", 1 to 60 characters. For example: %s.",
			in.ID, strings.ReplaceAll(viet.Identifier(in.ID), "_", "-"))
	}
	out.Name, out.Domain, out.Tags = first(in.Name, in.ID), in.Domain, in.Tags
	if in.Description != nil {
		out.Purpose, out.Limitations, out.Usage = in.Description.Purpose, in.Description.Limitations, in.Description.Usage
	}
	out.Origin, out.Storage, out.Weight, out.Hold = FromSource, Rows, 1, DefaultHold
	v := r.customs(onContract, "", in.CustomProperties)
	out.Owner = v.text("phohien.owner")
	out.OwnerName = out.Owner
	out.Access, out.Class = v.text("phohien.access"), v.text("phohien.class")
	if r.in.Team != nil {
		out.OwnerName = first(r.in.Team.Name, out.Owner)
	}
	out.Provenance = provenance(v.group("phohien.provenance"))
	out.Register = v.text("phohien.register")
	r.catalogued, r.cataloguedAt = v.group("phohien.catalogue"), v.at["phohien.catalogue"]
	if s := v.text("phohien.origin"); s != "" {
		out.Origin = Origin(s)
	}
	if v.text("phohien.storage") == string(Series) {
		r.fail(CodeStorage, v.at["phohien.storage"],
			"Phiên bản này chưa lưu chuỗi số đo (series). Bỏ phohien.storage hoặc ghi rows.",
			"This version does not keep series. Leave phohien.storage out, or write rows.")
	}
	if w, ok := number(v.have["phohien.weight"]); ok {
		out.Weight = w
	}
	r.history(v)
	r.hold(v.group("phohien.hold"))
	if m := v.group("phohien.retention"); m != nil {
		out.Retention.Originals = r.period(v.at["phohien.retention"]+"/originals", m["originals"])
	}
}

// provenance reads a group whose form the schema has checked.
func provenance(m map[string]any) Provenance {
	text := func(name string) string { s, _ := m[name].(string); return s }
	p := Provenance{Kind: OwnData, Source: text("source"), Licence: text("licence"), Attribution: text("attribution")}
	if kind := text("kind"); kind != "" {
		p.Kind = ProvenanceKind(kind)
	}
	return p
}

func (r *resolver) history(v values) {
	switch s := v.text("phohien.history"); s {
	case "", "forever":
	case "none":
		r.out.NoHistory = true
	default:
		r.out.History = r.period(v.at["phohien.history"], s)
	}
}

func (r *resolver) hold(m map[string]any) {
	h := &r.out.Hold
	for name, into := range map[string]*float64{
		"withdrawShare": &h.WithdrawShare, "shrinkShare": &h.ShrinkShare, "brokenShare": &h.BrokenShare,
	} {
		if f, ok := number(m[name]); ok {
			*into = f
		}
	}
	for name, into := range map[string]*int64{"withdrawRows": &h.WithdrawRows, "brokenRows": &h.BrokenRows} {
		if f, ok := number(m[name]); ok {
			*into = int64(f)
		}
	}
}

var periodParts = regexp.MustCompile(`(\d+)([YMWD])`)

// period reads an ISO 8601 period whose form the schema has checked.
func (r *resolver) period(at string, value any) Period {
	var p Period
	s, _ := value.(string)
	for _, m := range periodParts.FindAllStringSubmatch(s, -1) {
		n, _ := strconv.Atoi(m[1]) // at most five digits
		switch m[2] {
		case "Y":
			p.Years += n
		case "M":
			p.Months += n
		case "W":
			p.Days += 7 * n
		case "D":
			p.Days += n
		}
	}
	if p.IsZero() {
		r.fail(CodeValue, at, "Khoảng thời gian “%s” bằng không. Ví dụ đúng: P5Y, P6M, P90D.",
			"The period %q is nothing. Write for example P5Y, P6M, P90D.", s)
	}
	return p
}

// frequencies are the units of a promise. A month counts as 30 days and a year
// as 365: the promise is a clock that must not depend on the day it starts.
var frequencies = map[string]time.Duration{
	"min": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": day, "day": day, "days": day,
	"w": 7 * day, "week": 7 * day, "weeks": 7 * day,
	"m": 30 * day, "mo": 30 * day, "month": 30 * day, "months": 30 * day,
	"q": 91 * day, "quarter": 91 * day, "quarters": 91 * day,
	"y": 365 * day, "yr": 365 * day, "year": 365 * day, "years": 365 * day,
}

const day = 24 * time.Hour

// frequency resolves the promise of new data.
func (r *resolver) frequency() {
	r.out.Frequency = Frequency{Object: -1, Column: -1}
	found := false
	for i, p := range r.in.SLAProperties {
		if p.Property != "frequency" {
			continue
		}
		at := fmt.Sprintf("/slaProperties/%d", i)
		if found {
			r.warn(CodeSLA, at, "Tần suất (frequency) ghi hai lần; chỉ dùng dòng đầu.", "The frequency stands twice; only the first counts.")
			continue
		}
		found = true
		n, ok := number(p.Value)
		if s, isText := p.Value.(string); isText {
			f, err := strconv.ParseFloat(s, 64)
			n, ok = f, err == nil
		}
		unit, known := frequencies[strings.ToLower(p.Unit)]
		every := n * float64(unit)
		if !ok || !known || !(n > 0) || every > float64(100*365*day) {
			r.fail(CodeSLA, at,
				"Không hiểu tần suất “%v %s”. Ghi value là số lớn hơn 0 và unit là một trong: h, d, w, m, q, y.",
				"The frequency \"%v %s\" is not understood. Write value as a number above 0 and unit as one of h, d, w, m, q, y.", p.Value, p.Unit)
			continue
		}
		r.out.Frequency.Every = time.Duration(every)
		r.out.Frequency.Element = p.Element
		r.element(at+"/element", p.Element)
	}
}

// element finds the column that holds the data's own time.
func (r *resolver) element(at, element string) {
	if element == "" {
		return
	}
	f := &r.out.Frequency
	object, column := "", element
	if i := strings.IndexByte(element, '.'); i >= 0 {
		object, column = element[:i], element[i+1:]
	}
	for i, o := range r.out.Objects {
		if object != "" && object != o.Name && object != o.Table && object != r.in.Schema[i].PhysicalName {
			continue
		}
		j := o.columnNamed(column)
		if j < 0 {
			continue
		}
		if t := o.Columns[j].Type; t != Date && t != Timestamp && t != PartialDate && t != Integer {
			r.warn(CodeSLA, at, "Cột “%s” không phải ngày, giờ hay năm nên tiêu chí sống tính theo đợt gửi cuối cùng.",
				"The column %q holds no date, time or year, so liveliness counts from the last batch.", element)
			f.Element = ""
			return
		}
		f.Object, f.Column = i, j
		return
	}
	f.Element = ""
	r.warn(CodeSLA, at, "Không có cột “%s”; tiêu chí sống tính theo đợt gửi cuối cùng.",
		"There is no column %q; liveliness counts from the last batch.", element)
}

// sources resolves the files that come with the pack.
func (r *resolver) sources() {
	for i, s := range r.in.Servers {
		at := fmt.Sprintf("/servers/%d", i)
		v := r.customs(onServer, at, s.CustomProperties)
		if s.Type != "local" {
			continue
		}
		file := path.Clean(s.Path)
		if !fs.ValidPath(file) || file == "." || strings.ContainsAny(file, `\*?[`) {
			r.fail(CodeServer, at+"/path", "Đường dẫn “%s” phải là một tệp trong gói, ví dụ data/xa.csv.",
				"The path %q must be one file inside the pack, for example data/xa.csv.", s.Path)
			continue
		}
		format := strings.ToLower(s.Format)
		if format != "csv" && format != "geojson" {
			r.note(CodeServer, at+"/format", "Tệp dạng “%s” chưa nạp được, chỉ nạp csv, geojson.", "Files of format %q are not loaded, only csv and geojson.", s.Format)
			continue
		}
		object := v.text("phohien.object")
		if !r.hasObject(object) {
			r.fail(CodeServer, at, "Đặc tả có %d bảng: ghi phohien.object là tên bảng mà tệp này chứa.",
				"The contract has %d schema objects: name the one this file holds in phohien.object.", len(r.out.Objects))
			continue
		}
		r.out.Sources = append(r.out.Sources, Source{Object: object, Path: file, Format: format})
	}
}

func (r *resolver) hasObject(name string) bool {
	if name == "" {
		return len(r.out.Objects) <= 1
	}
	for _, o := range r.out.Objects {
		if o.Name == name {
			return true
		}
	}
	return false
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
