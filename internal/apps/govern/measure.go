package govern

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/pack"
)

// A Measure is one figure of governance and how it comes about.
type Measure struct {
	ID      string    `yaml:"id" json:"id"`           // QT-01
	Set     string    `yaml:"set" json:"set"`         // quan-tri or kien-truc
	Group   string    `yaml:"group" json:"group"`     // of the set, see Groups
	Kind    string    `yaml:"kind" json:"kind"`       // kpi or kqi
	Title   string    `yaml:"title" json:"title"`     // Vietnamese
	TitleEn string    `yaml:"titleEn" json:"titleEn"` //
	About   string    `yaml:"about" json:"about"`     // how it is counted, in words
	Unit    string    `yaml:"unit" json:"unit"`       // percent, count, days
	SQL     string    `yaml:"sql" json:"sql"`         // SELECT of one row: value, or numerator and denominator; "" = declared
	Scale   []float64 `yaml:"scale" json:"scale"`     // five bounds: from the n-th on the score is n; falling where less is better; empty = not scored
	Target  *float64  `yaml:"target" json:"target,omitempty"`
	Period  string    `yaml:"period" json:"period"` // year, quarter, month
	Owner   string    `yaml:"owner" json:"owner,omitempty"`
	Source  string    `yaml:"source" json:"source"`
	Sure    string    `yaml:"sure" json:"sure"` // T, P, C, G, U: how sure the source is
	Digest  string    `yaml:"-" json:"-"`
	Pack    string    `yaml:"-" json:"-"`
}

// Declared reports whether the figure is declared, not measured: something to be
// retired.
func (m *Measure) Declared() bool { return m.SQL == "" }

// A Group of measures.
type Group struct {
	Set, ID string
	Title   contract.Sentence
}

// Groups are those of the frame of data governance (§9 of the standards' digest) and
// the five of the digital architecture (§26).
var Groups = []Group{
	{"quan-tri", "nen-tang", contract.Sentence{Vi: "Nền tảng quản trị", En: "Foundation"}},
	{"quan-tri", "chat-luong", contract.Sentence{Vi: "Chất lượng và tuân thủ", En: "Quality and compliance"}},
	{"quan-tri", "cong-nghe", contract.Sentence{Vi: "Công nghệ", En: "Technology"}},
	{"kien-truc", "tuan-thu", contract.Sentence{Vi: "Tuân thủ kiến trúc", En: "Compliance with the architecture"}},
	{"kien-truc", "lien-thong", contract.Sentence{Vi: "Liên thông và tích hợp", En: "Interoperability and integration"}},
	{"kien-truc", "van-hanh", contract.Sentence{Vi: "Quản trị và vận hành", En: "Governance and operation"}},
	{"kien-truc", "ky-thuat", contract.Sentence{Vi: "Kỹ thuật và an toàn", En: "Technology and security"}},
	{"kien-truc", "ket-qua", contract.Sentence{Vi: "Kết quả triển khai", En: "Results"}},
}

// An Error says what is wrong with a measure, and where.
type Error struct {
	Line   int
	Vi, En string
}

func (e *Error) Error() string { return fmt.Sprintf("measures: line %d: %s", e.Line, e.En) }

func wrong(line int, vi, en string, args ...any) *Error {
	return &Error{line, fmt.Sprintf(vi, args...), fmt.Sprintf(en, args...)}
}

// MeasuresKind is the kind of a file of measures in a pack.
const MeasuresKind = "Measures"

var validID = regexp.MustCompile(`^[A-Z]{2}-[A-Z0-9-]{2,20}$`)

// Parse reads a file of measures in YAML, strictly.
func Parse(text []byte) (list []*Measure, err error) {
	defer func() {
		if r := recover(); r != nil { // the YAML parser panics on some broken input
			list, err = nil, wrong(1, "Không đọc được YAML: %v.", "This YAML cannot be read: %v.", r)
		}
	}()
	var d struct {
		Kind     string     `yaml:"kind"`
		Measures []*Measure `yaml:"measures"`
	}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&d); err != nil && !errors.Is(err, io.EOF) {
		line, _, what := pack.YAMLError(err)
		return nil, wrong(max(line, 1), "Không đọc được chỉ số: %s.", "The measures cannot be read: %s.", what)
	}
	if d.Kind != MeasuresKind {
		return nil, wrong(1, "kind phải là %s.", "kind must be %s.", MeasuresKind)
	}
	for i, m := range d.Measures {
		if e := m.Check(); e != nil {
			e.Line = pack.ItemLine(text, "measures", i)
			return nil, e
		}
	}
	return d.Measures, nil
}

// Check refuses what is no measure, and names the version by its content.
func (m *Measure) Check() *Error {
	known := slices.ContainsFunc(Groups, func(g Group) bool { return g.Set == m.Set && g.ID == m.Group })
	rising := slices.IsSorted(m.Scale)
	falling := slices.IsSortedFunc(m.Scale, func(a, b float64) int {
		switch {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	switch {
	case !validID.MatchString(m.ID):
		return wrong(1, "Mã chỉ số “%s” phải có dạng QT-01.", "The id %q must have the form QT-01.", m.ID)
	case !known:
		return wrong(1, "Chỉ số %s: không có nhóm “%s” trong bộ “%s”.", "The measure %s: there is no group %q in the set %q.", m.ID, m.Group, m.Set)
	case m.Title == "" || m.About == "" || m.Source == "":
		return wrong(1, "Chỉ số %s: thiếu title, about hoặc source.", "The measure %s: title, about or source is missing.", m.ID)
	case m.Kind != "kpi" && m.Kind != "kqi":
		return wrong(1, "Chỉ số %s: kind phải là kpi hoặc kqi.", "The measure %s: kind must be kpi or kqi.", m.ID)
	case !slices.Contains([]string{"percent", "count", "days"}, m.Unit):
		return wrong(1, "Chỉ số %s: unit phải là percent, count hoặc days.", "The measure %s: unit must be percent, count or days.", m.ID)
	case !slices.Contains([]string{"year", "quarter", "month"}, m.Period):
		return wrong(1, "Chỉ số %s: period phải là year, quarter hoặc month.", "The measure %s: period must be year, quarter or month.", m.ID)
	case len(m.Scale) != 0 && (len(m.Scale) != 5 || !rising && !falling):
		return wrong(1, "Chỉ số %s: scale cần đúng năm mốc tăng dần hoặc giảm dần.", "The measure %s: scale needs five bounds that rise or fall.", m.ID)
	}
	text, err := json.Marshal(m)
	if err != nil {
		return wrong(1, "Chỉ số %s: %v.", "The measure %s: %v.", m.ID, err)
	}
	sum := sha256.Sum256(text)
	m.Digest = hex.EncodeToString(sum[:])
	return nil
}

// Score turns a value into 0 to 5; false without a scale.
func (m *Measure) Score(value float64) (int, bool) {
	if len(m.Scale) != 5 {
		return 0, false
	}
	falling := m.Scale[0] > m.Scale[4]
	n := 0
	for _, bound := range m.Scale {
		if !falling && value >= bound || falling && value <= bound {
			n++
		}
	}
	return n, true
}

// A Band of maturity: half open, [From, next).
type Band struct {
	From  float64
	Title contract.Sentence
}

// Bands are those of the national frame; 4.5 and more is the best.
var Bands = []Band{
	{0, contract.Sentence{Vi: "Không có năng lực", En: "No capability"}},
	{1, contract.Sentence{Vi: "Không ổn định", En: "Unstable"}},
	{2, contract.Sentence{Vi: "Đang phát triển", En: "Developing"}},
	{3, contract.Sentence{Vi: "Đã xác định", En: "Defined"}},
	{4, contract.Sentence{Vi: "Quản lý hiệu quả", En: "Managed"}},
	{4.5, contract.Sentence{Vi: "Tối ưu", En: "Optimised"}},
}

// BandOf is the band of a mean of scores, 0 to 5.
func BandOf(mean float64) Band {
	b := Bands[0]
	for _, one := range Bands {
		if mean >= one.From {
			b = one
		}
	}
	return b
}
