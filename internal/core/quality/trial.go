package quality

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// trialTime is how long the rules of an object may take over the few rows of a
// trial: one that takes longer would never end over a file.
const trialTime = 20 * time.Second

// Try runs every rule of an object over a few rows that hold the extremes of
// what its columns can hold, in a workshop that is shut off as that of a batch
// is, and gives the rules that could not be judged: a contract is refused for
// them when it is checked, so that no batch fails on them. It is a
// [contract.Trial].
func Try(o *contract.Object) []contract.Refusal {
	ctx, stop := context.WithTimeout(context.Background(), trialTime)
	defer stop()
	no, err := try(ctx, o)
	if err != nil { // no rule's fault: the machine's
		return []contract.Refusal{{Rule: -1, Why: contract.Sentence{
			Vi: "Máy không mở được chỗ thử: " + firstLine(err) + ".", En: "The machine could not make a place for it: " + firstLine(err) + ".",
		}}}
	}
	return no
}

func try(ctx context.Context, o *contract.Object) (no []contract.Refusal, err error) {
	p, err := Compile(o)
	if err != nil {
		return nil, err
	}
	digest := p.digest()
	if ran.has(digest) {
		return nil, nil
	}
	dir, err := os.MkdirTemp("", "phohien-trial-")
	if err != nil {
		return nil, err
	}
	w, err := OpenWorkshop(ctx, o, WorkshopOptions{Dir: dir, MemoryLimit: 256 << 20, Threads: 1})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := w.extremes(ctx, p); err != nil {
		return nil, err
	}
	if err := w.runAll(ctx, p); err != nil {
		if no = w.refused(ctx, p); len(no) > 0 {
			return no, nil
		}
		return nil, err
	}
	ran.add(digest)
	return nil, nil
}

// runAll runs all rules at once, when the SQL of each does no more than look at its
// own row.
func (w *Workshop) runAll(ctx context.Context, p *Program) error {
	for i := range p.breaks {
		if r := &p.Rules[i]; p.breaks[i] != "" && r.Kind == contract.RuleSQL {
			if why, bad := w.trySQL(ctx, p, r); bad {
				return errors.New(why.En)
			}
		}
	}
	return w.exec(ctx, "CREATE TABLE tried AS SELECT *, "+strings.Join(p.pass(), ", ")+" FROM trial s")
}

// refused runs rule after rule, to name those that cannot be run. It has its own
// time: that of running all at once may be over.
func (w *Workshop) refused(ctx context.Context, p *Program) (no []contract.Refusal) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), trialTime)
	defer stop()
	for i := range p.breaks {
		if p.breaks[i] == "" {
			continue
		}
		if why, bad := w.tryRule(ctx, p, i); bad {
			no = append(no, contract.Refusal{Rule: i, Why: why})
		}
	}
	return no
}

// extremes makes the table of a trial, of the columns and types that a file
// streams in, and the tables that rules compare with.
func (w *Workshop) extremes(ctx context.Context, p *Program) error {
	for _, n := range p.needs {
		value := contract.Field{Name: "code", Kind: contract.KindText}
		if n.CodeList == "" {
			value = n.Type.Fields(0)[0]
			value.Name = "value"
		}
		day := func(name string) contract.Field { return contract.Field{Name: name, Kind: contract.KindDate} }
		rr, err := samples([]contract.Field{value, day("valid_from"), day("valid_to")}, nil)
		if err != nil {
			return err
		}
		_, err = w.Fill(ctx, n.Table, rr)
		rr.Release()
		if err != nil {
			return err
		}
	}
	rr, err := samples(p.streamFields(), p.Object)
	if err != nil {
		return err
	}
	defer rr.Release()
	_, err = w.conn.CreateAs(ctx, rr, columns.Table{Name: "trial"}, columns.Query{Lists: []string{"*"}})
	return err
}

// extreme values by kind; "" is null.
var extreme = map[contract.Kind][]string{
	contract.KindText:      {"", " ", "đ", "0", "-1", "2025", "2025-07", "2025-07-01", "07:30:00", `{"a":[1]}`, "%_[*", "99999999999999999999", strings.Repeat("ộ", 5000)},
	contract.KindInteger:   {"", "0", "1", "-1", "9223372036854775807", "-9223372036854775808"},
	contract.KindFloat:     {"", "0", "-1", "1e-300", "1.7e308", "-1.7e308"},
	contract.KindBoolean:   {"", "true", "false"},
	contract.KindDate:      {"", "0001-01-01", "2024-02-29", "9999-12-31"},
	contract.KindTimestamp: {"", "0001-01-01T00:00:00", "2024-02-29T23:59:59.999999", "9999-12-31T23:59:59.999999"},
	contract.KindJSON:      {"", "null", "[]", `{"a":{"b":[1,"x"]}}`},
	contract.KindBytes:     {"", "AAECAw=="},
}

// samples gives as many rows as the longest list of extremes, and one more that
// is null throughout. The bits of staging (of o, nil for none) say nothing.
func samples(fields []contract.Field, o *contract.Object) (array.RecordReader, error) {
	schema := contract.ArrowSchema(fields)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i, f := range fields {
		for n := range len(extreme[contract.KindText]) {
			v := sample(f, n)
			if o != nil && f.Column < 0 && f.Kind == contract.KindInteger {
				v = "0"
			}
			if v == "" {
				b.Field(i).AppendNull()
			} else if err := b.Field(i).AppendValueFromString(v); err != nil {
				return nil, fmt.Errorf("sample of %s: %w", f.Name, err)
			}
		}
	}
	rec := b.NewRecordBatch()
	defer rec.Release()
	return array.NewRecordReader(schema, []arrow.RecordBatch{rec})
}

func sample(f contract.Field, n int) string {
	if f.Kind == contract.KindDecimal {
		most := strings.Repeat("9", f.Precision-f.Scale)
		if f.Scale > 0 {
			most += "." + strings.Repeat("9", f.Scale)
		}
		all := []string{"", "0", most, "-" + most}
		return all[n%len(all)]
	}
	all := extreme[f.Kind]
	return all[n%len(all)]
}

// tryRule judges the extremes by one rule.
func (w *Workshop) tryRule(ctx context.Context, p *Program, rule int) (why contract.Sentence, bad bool) {
	r := &p.Rules[rule]
	if r.Kind == contract.RuleSQL {
		if why, bad := w.trySQL(ctx, p, r); bad {
			return why, true
		}
	}
	if _, err := w.number(ctx, "SELECT count(*) FROM (SELECT CASE WHEN "+p.breaks[rule]+" THEN 1 ELSE 0 END AS m FROM trial s) WHERE m = 1"); err != nil {
		return p.sayTrial(r, err), true
	}
	return why, false
}

// trySQL looks at the SQL of a rule: that it does no more than look at its own
// row, and says yes or no of it.
func (w *Workshop) trySQL(ctx context.Context, p *Program, r *contract.Rule) (why contract.Sentence, bad bool) {
	if _, err := w.conn.Inspect(ctx, "SELECT ("+r.SQL+") FROM trial", func(string) bool { return true }); err != nil {
		return p.sayTrial(r, err), true
	}
	var kind string
	if err := w.conn.Row(ctx, "SELECT typeof(TRY(("+r.SQL+"))) FROM trial s LIMIT 1").Scan(&kind); err != nil {
		return p.sayTrial(r, err), true
	}
	if kind != "BOOLEAN" && kind != `"NULL"` {
		return contract.Sentence{
			Vi: fmt.Sprintf("Biểu thức cho ra %s, không phải đúng hoặc sai. Viết thành một phép so sánh, ví dụ: so_nam + so_nu = tong_so.", inVietnamese(kind)),
			En: fmt.Sprintf("The expression gives %s, not true or false. Write a comparison, for example: males + females = total.", kind),
		}, true
	}
	return why, false
}

// What DuckDB says of a rule that it does not run.
var (
	saysCompare  = regexp.MustCompile(`Cannot (?:compare|mix) values of type (.+?) (?:and|in|with)(?: values of)?(?: type)? (.+?)(?: - | in |$)`)
	saysNoColumn = regexp.MustCompile(`Referenced (?:column|table) "?([^"]+)"? not found`)
	saysFunction = regexp.MustCompile(`No function matches the given name and argument types '(.+?)'\.`)
	saysMany     = regexp.MustCompile(`(?i)aggregate|group by|window|unnest|subquery|volatile|table with name`)
	saysKind     = regexp.MustCompile(`^[A-Z][A-Za-z ]+ Error: `)
)

// sayTrial puts what keeps a rule from being judged into words, with how to mend
// it.
func (p *Program) sayTrial(r *contract.Rule, err error) contract.Sentence {
	if errors.Is(err, context.DeadlineExceeded) {
		return contract.Sentence{Vi: "Tính trên vài dòng đã quá lâu. Viết quy tắc gọn lại.", En: "It takes too long over a few rows. Write the rule shorter."}
	}
	if f := fault.Of(err); f != nil && f.Kind != fault.Internal {
		return contract.Sentence{Vi: locale.Vi.Error(f), En: locale.En.Error(f)}
	}
	said := saysKind.ReplaceAllString(firstLine(err), "")
	if m := saysCompare.FindStringSubmatch(said); m != nil {
		s := contract.Sentence{
			Vi: fmt.Sprintf("Không so sánh được %s với %s.", inVietnamese(m[1]), inVietnamese(m[2])),
			En: fmt.Sprintf("%s cannot be compared with %s.", m[1], m[2]),
		}
		return p.mendCompare(r, s)
	}
	if m := saysNoColumn.FindStringSubmatch(said); m != nil {
		return contract.Sentence{
			Vi: fmt.Sprintf("Bảng không có trường “%s”. Có: %s. Giá trị bằng chữ phải đặt trong dấu nháy đơn.", m[1], p.names()),
			En: fmt.Sprintf("There is no property %q. There are: %s. A text stands between single quotes.", m[1], p.names()),
		}
	}
	if m := saysFunction.FindStringSubmatch(said); m != nil {
		return contract.Sentence{
			Vi: fmt.Sprintf("Không có phép tính hay hàm %s cho các kiểu này. Chuyển kiểu bằng CAST(trường AS VARCHAR, BIGINT, DATE …), hoặc dùng hàm khác.", m[1]),
			En: fmt.Sprintf("There is no operation or function %s for these types. Convert with CAST(property AS VARCHAR, BIGINT, DATE …), or use another.", m[1]),
		}
	}
	if saysMany.MatchString(said) {
		return contract.Sentence{
			Vi: "Quy tắc chỉ được xem một bản ghi: bỏ hàm gộp (count, sum …), hàm cửa sổ, truy vấn con và hàm ngẫu nhiên. Kiểm tra cả bộ dữ liệu thì dùng type: sql. (" + said + ")",
			En: "A rule may look at one row only: leave out aggregates (count, sum …), window functions, subqueries and random numbers. To check the whole set use type: sql. (" + said + ")",
		}
	}
	return contract.Sentence{
		Vi: "Máy kiểm tra trả lời: " + said + ". Sửa lại biểu thức cho đúng kiểu của các trường.",
		En: "The engine says: " + said + ". Mend the expression so that it fits the types of its properties.",
	}
}

// mendCompare adds how two values are made comparable: of a partial date the
// year is always there.
func (p *Program) mendCompare(r *contract.Rule, s contract.Sentence) contract.Sentence {
	for _, i := range r.Columns {
		if c := &p.Object.Columns[i]; c.Type == contract.PartialDate {
			s.Vi += fmt.Sprintf(" Trường “%s” có thể chỉ ghi năm hoặc tháng nên là chữ: so sánh theo năm, ví dụ CAST(left(%s, 4) AS INTEGER) <= year(ngay_cap).", c.Name, c.Name)
			s.En += fmt.Sprintf(" The property %q may hold a year or a month only and is a text: compare years, for example CAST(left(%s, 4) AS INTEGER) <= year(issued).", c.Name, c.Name)
			return s
		}
	}
	s.Vi += " Chuyển một bên về kiểu của bên kia, ví dụ CAST(ma_so AS BIGINT) hoặc CAST(ngay AS VARCHAR)."
	s.En += " Convert one side to the type of the other, for example CAST(code AS BIGINT) or CAST(day AS VARCHAR)."
	return s
}

func (p *Program) names() string {
	var all []string
	for i := range p.Object.Columns {
		all = append(all, p.Object.Columns[i].Name)
		if i == 30 {
			all = append(all, "…")
			break
		}
	}
	return strings.Join(all, ", ")
}

// inVietnamese names a type of DuckDB for people.
func inVietnamese(kind string) string {
	kind, _, _ = strings.Cut(kind, "(")
	switch strings.TrimSuffix(kind, "_LITERAL") {
	case "VARCHAR", "STRING":
		return "chữ (VARCHAR)"
	case "DATE":
		return "ngày (DATE)"
	case "TIMESTAMP", "TIMESTAMP WITH TIME ZONE":
		return "ngày giờ (" + kind + ")"
	case "TIME":
		return "giờ (TIME)"
	case "BOOLEAN":
		return "đúng/sai (BOOLEAN)"
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT", "UINTEGER":
		return "số nguyên (" + kind + ")"
	case "DOUBLE", "FLOAT", "DECIMAL":
		return "số (" + kind + ")"
	}
	return kind
}

// firstLine is what an engine says, without the SQL it points into.
func firstLine(err error) string {
	text := err.Error()
	if i := strings.Index(text, "Error: "); i > 0 { // behind what wrapped it
		start := strings.LastIndex(text[:i], ": ")
		text = text[start+1:]
	}
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimSuffix(strings.TrimSpace(text), ".")
}
