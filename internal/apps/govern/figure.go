package govern

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Figure is what a measure gives now.
type Figure struct {
	*Measure
	Value       *float64 // nil = chưa đo
	Numerator   *float64 // of a share …
	Denominator *float64 // … of which nothing is there when it is 0
	Score       *int     // 0 to 5; nil without value or scale
	Auto        bool     // measured by the platform; false: declared
	Declared    *Declaration
	Why         contract.Sentence // why there is no value
	Broken      string            // what the engine says of the SELECT, "" when it was answered
	At          time.Time
}

// answerTime is how long one SELECT may take.
const answerTime = 10 * time.Second

var (
	whyNothing  = contract.Sentence{Vi: "Chưa có đối tượng nào để tính.", En: "There is nothing yet to reckon it over."}
	whyDeclared = contract.Sentence{Vi: "Chưa có đơn vị nào khai báo kèm minh chứng cho kỳ này.", En: "Nobody has declared it with evidence for this period."}
	whyBroken   = contract.Sentence{Vi: "Câu lệnh của chỉ số không chạy được; cần sửa chỉ số.", En: "The measure's SELECT cannot be answered; it has to be mended."}
)

// Figures are all measures in force with their values.
func (d *Desk) Figures(ctx context.Context) ([]Figure, error) {
	list, err := d.Measures(ctx)
	if err != nil {
		return nil, err
	}
	return d.figures(ctx, list)
}

// Figure is one measure in force with its value; one that is not known is a fault
// "measure.unknown".
func (d *Desk) Figure(ctx context.Context, id string) (Figure, error) {
	m, err := d.measure(ctx, id)
	if err != nil {
		return Figure{}, err
	}
	return d.figure(ctx, m)
}

func (d *Desk) figure(ctx context.Context, m *Measure) (Figure, error) {
	list, err := d.figures(ctx, []*Measure{m})
	if err != nil {
		return Figure{}, err
	}
	return list[0], nil
}

// figures answers measures over the facts of this moment.
func (d *Desk) figures(ctx context.Context, list []*Measure) ([]Figure, error) {
	said, err := d.said(ctx)
	if err != nil {
		return nil, err
	}
	var b *bench // what is declared needs no facts
	if slices.ContainsFunc(list, func(m *Measure) bool { return !m.Declared() }) {
		if b, err = d.open(ctx); err != nil {
			return nil, err
		}
		defer b.close()
	}
	now := d.deps().Now()
	figures := make([]Figure, len(list))
	for i, m := range list {
		f := Figure{Measure: m, Auto: !m.Declared(), At: now}
		if m.Declared() {
			f.declared(said[m.ID], period(m.Period, now))
		} else if err := b.answer(ctx, &f); err != nil {
			return nil, err
		}
		if f.Value != nil {
			if n, ok := m.Score(*f.Value); ok {
				f.Score = &n
			}
		}
		figures[i] = f
	}
	return figures, nil
}

// said is what has been declared, the last of each period first.
func (d *Desk) said(ctx context.Context) (map[string][]Declaration, error) {
	all := map[string][]Declaration{}
	err := d.db.Read(ctx, func(tx *store.Tx) error {
		list, err := declared(ctx, tx, `ORDER BY measure, period DESC, place DESC`)
		clear(all)
		for _, one := range list {
			all[one.Measure] = append(all[one.Measure], one)
		}
		return err
	})
	return all, err
}

// declared takes over what was declared for a period.
func (f *Figure) declared(said []Declaration, period string) {
	f.Why = whyDeclared
	for i := range said {
		if said[i].Period != period {
			continue
		}
		if said[i].Value != nil {
			f.Value, f.Declared, f.Why = said[i].Value, &said[i], contract.Sentence{}
		}
		return // the last one counts, also when it takes back
	}
}

// period names the period that a moment lies in.
func period(kind string, at time.Time) string {
	day := score.DayOf(at)
	switch kind {
	case "month":
		return day[:7]
	case "quarter":
		month := int(day[5]-'0')*10 + int(day[6]-'0')
		return fmt.Sprintf("%s-Q%d", day[:4], (month+2)/3)
	}
	return day[:4]
}

// A bench is an engine of its own with the facts in it, shut off from everything.
type bench struct {
	db *columns.DB
	c  *columns.Conn
}

func (d *Desk) open(ctx context.Context) (b *bench, err error) {
	deps := d.deps()
	facts, err := deps.gather(ctx)
	if err != nil {
		return nil, err
	}
	db, err := columns.Open(ctx, columns.Options{TempDir: d.temp, MemoryLimit: 128 << 20, Threads: 1})
	if err != nil {
		return nil, err
	}
	b = &bench{db: db}
	defer func() {
		if err != nil {
			b.close()
			b = nil
		}
	}()
	if b.c, err = db.Conn(ctx); err != nil {
		return b, err
	}
	for _, name := range order {
		if err := b.fill(ctx, facts[name]); err != nil {
			return b, err
		}
	}
	return b, db.Lock(ctx)
}

func (b *bench) fill(ctx context.Context, t *Table) error {
	rr, err := t.reader()
	if err != nil {
		return err
	}
	defer rr.Release()
	to := columns.Table{Name: t.Name}
	ddl, err := columns.CreateTable(to, rr.Schema())
	if err != nil {
		return err
	}
	if _, err := b.c.Exec(ctx, ddl); err != nil {
		return err
	}
	_, err = b.c.Append(ctx, rr, to)
	return err
}

func (b *bench) close() {
	if b.c != nil {
		_ = b.c.Close() // only read
	}
	_ = b.db.Close()
}

// answer asks a measure's SELECT. A wrong one is told of in the figure, not as an
// error.
func (b *bench) answer(ctx context.Context, f *Figure) error {
	limited, stop := context.WithTimeout(ctx, answerTime)
	defer stop()
	rows, err := b.c.Query(limited, "SELECT * FROM ("+strings.TrimRight(strings.TrimSpace(f.SQL), ";")+") LIMIT 1")
	if err != nil {
		return f.broken(ctx, err)
	}
	defer rows.Close() // rows.Err is asked below
	names, err := rows.Columns()
	if err != nil {
		return f.broken(ctx, err)
	}
	values := make([]sql.NullFloat64, len(names))
	into := make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	if !rows.Next() {
		f.Why = whyNothing
		return f.broken(ctx, rows.Err())
	}
	if err := rows.Scan(into...); err != nil {
		return f.broken(ctx, err)
	}
	f.take(names, values)
	return f.broken(ctx, rows.Err())
}

func (f *Figure) take(names []string, values []sql.NullFloat64) {
	by := map[string]*float64{}
	for i, n := range names {
		if values[i].Valid {
			by[strings.ToLower(n)] = &values[i].Float64
		}
	}
	f.Numerator, f.Denominator = by["numerator"], by["denominator"]
	switch {
	case by["value"] != nil:
		f.Value = by["value"]
	case f.Numerator != nil && f.Denominator != nil && *f.Denominator != 0:
		v := *f.Numerator / *f.Denominator
		if f.Unit == "percent" {
			v *= 100
		}
		f.Value = &v
	default:
		f.Why = whyNothing
	}
}

// broken keeps what the engine says; the end of the caller's own time is an error.
func (f *Figure) broken(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return errors.Join(ctx.Err(), err)
	}
	f.Value, f.Why, f.Broken = nil, whyBroken, err.Error()
	return nil
}

// A Maturity is what a set of measures reaches together.
type Maturity struct {
	Mean     *float64 // 0 to 5; nil where nothing is measured
	Band     *Band
	Measured int // measures with a score
	Auto     int // of these: measured by the platform
	Of       int // measures with a scale
}

// MaturityOf is the mean of the scores of a set's measures; what is not measured is
// left out, and counted.
func MaturityOf(figures []Figure, set string) Maturity {
	var m Maturity
	sum := 0
	for _, f := range figures {
		if f.Set != set || len(f.Scale) == 0 {
			continue
		}
		m.Of++
		if f.Score != nil {
			m.Measured++
			sum += *f.Score
			if f.Auto {
				m.Auto++
			}
		}
	}
	if m.Measured > 0 {
		mean := float64(sum) / float64(m.Measured)
		band := BandOf(mean)
		m.Mean, m.Band = &mean, &band
	}
	return m
}
