package quality

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
)

// wordBits is how many rules one column of the verdict holds; the sign bit and
// one more stay free.
const wordBits = 62

// A Verdict is what Judge found.
type Verdict struct {
	Broken   []int64 // per rule of the Program: rows that break it
	Rejected int64   // rows that break a rule of severity reject
	words    int
	reject   []uint64 // per word: the rules that reject
	warn     []uint64 // per word: the rules that flag
}

func (p *Program) words() int { return (len(p.Rules) + wordBits - 1) / wordBits }

func word(rule int) string { return "_m" + strconv.Itoa(rule/wordBits) }

func bit(rule int) string { return strconv.FormatUint(1<<(rule%wordBits), 10) }

// Judge gathers what the rules found: those about one row have been run while
// the rows came in (Stage), those about many rows are run now. Existing, if the
// object has a sender, a unique column or is appended to, must be in the
// workshop by then.
func (w *Workshop) Judge(ctx context.Context, p *Program, mode contract.Mode) (*Verdict, error) {
	v := &Verdict{Broken: make([]int64, len(p.Rules)), words: p.words()}
	v.reject, v.warn = p.severities()
	if err := w.findTwins(ctx, p); err != nil {
		return nil, err
	}
	words := make([]string, v.words)
	some := make([]string, v.words)
	for i := range words {
		words[i] = "_m" + strconv.Itoa(i)
		some[i] = words[i] + " <> 0"
	}
	parts := append([]string{"SELECT _n, " + strings.Join(words, ", ") + " FROM staged WHERE " + strings.Join(some, " OR ")}, w.manyRows(p, mode)...)
	ddl := "CREATE TABLE verdict AS " + parts[0]
	if len(parts) > 1 {
		sums := make([]string, v.words)
		for i, m := range words {
			sums[i] = "bit_or(" + m + ") AS " + m
		}
		ddl = "CREATE TABLE verdict AS SELECT _n, " + strings.Join(sums, ", ") + " FROM (" + strings.Join(parts, " UNION ALL ") + ") GROUP BY _n"
	}
	if err := w.exec(ctx, ddl); err != nil {
		return nil, err
	}
	if err := w.tally(ctx, p, v); err != nil {
		return nil, err
	}
	if w.light { // of the rows that are not unique only that was kept
		for i := range p.Rules {
			if p.Rules[i].Kind == contract.RuleUnique && v.Broken[i] > 0 {
				return nil, ErrTwins
			}
		}
	}
	return v, nil
}

// ErrTwins says that keys, or values that must be unique, stand more than once in
// a file of which not every row was kept whole: what tells their rows apart, or
// shows them, is missing, and the file must be staged again, whole.
var ErrTwins = errors.New("quality: the file has keys that stand more than once")

// guard refuses a rule in SQL that would do more than look at its own row. Packs
// come from anybody: what is not on the list of package columns is not run.
func (w *Workshop) guard(ctx context.Context, p *Program) error {
	for i := range p.Rules {
		if r := &p.Rules[i]; r.Kind == contract.RuleSQL {
			_, err := w.conn.Inspect(ctx, "SELECT ("+r.SQL+") FROM staged", func(table string) bool { return table == "staged" })
			if err != nil {
				return fmt.Errorf("rule %s of %s: %w", r.ID, p.Object.Dataset, err)
			}
		}
	}
	return nil
}

// severities gives the rules that reject and those that flag, as bits.
func (p *Program) severities() (reject, warn []uint64) {
	reject, warn = make([]uint64, p.words()), make([]uint64, p.words())
	for i := range p.Rules {
		switch p.Rules[i].Severity {
		case contract.Reject:
			reject[i/wordBits] |= 1 << (i % wordBits)
		case contract.Warn:
			warn[i/wordBits] |= 1 << (i % wordBits)
		}
	}
	return reject, warn
}

// pass writes the one pass over the rows as they come in: for each word, the
// rules that staging saw broken and those that SQL finds broken.
func (p *Program) pass() []string {
	var words []string
	for i := range p.words() {
		terms := []string{"s." + quote("_t"+strconv.Itoa(i))}
		for r := i * wordBits; r < min((i+1)*wordBits, len(p.breaks)); r++ {
			if p.breaks[r] != "" {
				terms = append(terms, "CASE WHEN "+p.breaks[r]+" THEN "+bit(r)+"::BIGINT ELSE 0 END")
			}
		}
		words = append(words, strings.Join(terms, " | ")+" AS _m"+strconv.Itoa(i))
	}
	return words
}

// manyRows writes the rules that need more than one row, each as a query for
// (_n, _m0, _m1, …).
func (w *Workshop) manyRows(p *Program, mode contract.Mode) []string {
	var parts []string
	o := p.Object
	mark := func(rule int, from string) {
		ms := make([]string, p.words())
		for i := range ms {
			ms[i] = "0::BIGINT"
			if i == rule/wordBits {
				ms[i] = bit(rule) + "::BIGINT"
			}
		}
		parts = append(parts, "SELECT _n, "+strings.Join(ms, ", ")+" FROM ("+from+")")
	}
	if o.HasKey() {
		w.keyRules(p, mode, mark)
	}
	w.uniques(p, mark)
	return parts
}

// keyRules marks rows whose key stands on different rows of the file, belongs
// to another sender, or (when rows are only added) is there already.
func (w *Workshop) keyRules(p *Program, mode contract.Mode, mark func(int, string)) {
	o := p.Object
	key := o.KeyFields()
	if w.twins {
		for i := range o.Rules {
			if o.Rules[i].Kind == contract.RuleKey {
				mark(i, "SELECT s._n FROM staged s JOIN twins t ON "+equal("s", "t", key)+" WHERE t.differ")
			}
		}
	}
	if w.compare && o.Sender >= 0 {
		f := o.Columns[o.Sender].Fields(o.Sender)[0]
		mark(p.rule(Owner), "SELECT s._n FROM staged s JOIN existing e ON "+equal("s", "e", key)+" WHERE s."+quote(f.Name)+" <> e."+quote(f.Name))
	}
	if w.compare && mode == contract.Append {
		mark(p.rule(Exists), "SELECT s._n FROM staged s JOIN existing e ON "+equal("s", "e", key)+" WHERE s._hash <> e._hash")
	}
}

// findTwins lists the keys that stand more than once in the file. Rows that are
// equal in all are one row, sent twice; of different ones nobody guesses which
// is right.
func (w *Workshop) findTwins(ctx context.Context, p *Program) error {
	if !w.repeats {
		return nil
	}
	if w.light { // the rows that may be equal are not there
		return ErrTwins
	}
	key, what := w.object.KeyFields(), p.content()
	// Counting first and comparing only what stands twice is twice as fast as
	// comparing everything: most files have no twins.
	if err := w.exec(ctx, "CREATE TABLE doubles AS SELECT "+list("", key)+" FROM staged WHERE "+present("", key)+" GROUP BY "+list("", key)+" HAVING count(*) > 1"); err != nil {
		return err
	}
	n, err := w.number(ctx, "SELECT count(*) FROM doubles")
	if err != nil || n == 0 {
		return err
	}
	w.twins = true
	return w.exec(ctx, "CREATE TABLE twins AS SELECT "+list("s.", key)+", min(s._n) AS first, min("+what+") <> max("+what+") AS differ FROM staged s SEMI JOIN doubles d ON "+
		equal("s", "d", key)+" GROUP BY "+list("s.", key))
}

// content tells two records of one key apart: the values, and the cells of a
// record in which something could not be read.
func (p *Program) content() string {
	var unreadable []string
	masks := make([]uint64, p.words())
	for _, r := range p.types {
		masks[r/wordBits] |= 1 << (r % wordBits)
	}
	for i, m := range masks {
		unreadable = append(unreadable, "s._m"+strconv.Itoa(i)+" & "+strconv.FormatUint(m, 10)+" <> 0")
	}
	return "(CAST(row(" + list("s.", p.Object.Fields()) + ") AS VARCHAR) || coalesce(CASE WHEN " + strings.Join(unreadable, " OR ") + " THEN s._was END, ''))"
}

// uniques marks values that stand more than once in what the data set would
// hold: the file's rows and the current rows that the file does not replace.
func (w *Workshop) uniques(p *Program, mark func(int, string)) {
	o := p.Object
	for i := range p.Rules {
		r := &p.Rules[i]
		if r.Kind != contract.RuleUnique {
			continue
		}
		var fields []contract.Field
		for _, c := range r.Columns {
			fields = append(fields, o.Columns[c].Fields(c)[0])
		}
		// A row that stands twice in the file, equal in all, is one row.
		all := "SELECT " + list("s.", fields) + " FROM staged s"
		if w.twins {
			all += " LEFT JOIN twins t ON " + equal("s", "t", o.KeyFields()) + " WHERE (t.first IS NULL OR t.differ OR t.first = s._n) AND " + present("s.", fields)
		} else {
			all += " WHERE " + present("s.", fields)
		}
		if w.compare {
			all += " UNION ALL SELECT " + list("e.", fields) + " FROM existing e"
			if o.HasKey() {
				all += " ANTI JOIN staged s ON " + equal("s", "e", o.KeyFields())
			}
			all += " WHERE " + present("e.", fields)
		}
		mark(i, "SELECT s._n FROM staged s JOIN (SELECT "+list("", fields)+" FROM ("+all+") GROUP BY "+list("", fields)+
			" HAVING count(*) > 1) d ON "+equal("s", "d", fields))
	}
}

// tally counts rows per broken rule, and the rejected ones.
func (w *Workshop) tally(ctx context.Context, p *Program, v *Verdict) error {
	n, err := w.number(ctx, "SELECT count(*) FROM verdict")
	if err != nil || n == 0 {
		return err
	}
	sums := []string{"count(*) FILTER (WHERE " + v.rejects("") + ")"}
	for i := range p.Rules {
		sums = append(sums, "count(*) FILTER (WHERE "+word(i)+" & "+bit(i)+" <> 0)")
	}
	into := []any{&v.Rejected}
	for i := range v.Broken {
		into = append(into, &v.Broken[i])
	}
	if err := w.conn.Row(ctx, "SELECT "+strings.Join(sums, ", ")+" FROM verdict").Scan(into...); err != nil {
		return fmt.Errorf("workshop: tally: %w", err)
	}
	return nil
}

// rejects writes that a row of the verdict is rejected.
func (v *Verdict) rejects(prefix string) string { return masked(prefix, v.reject) }

func masked(prefix string, masks []uint64) string {
	var parts []string
	for i, m := range masks {
		if m != 0 {
			parts = append(parts, prefix+"_m"+strconv.Itoa(i)+" & "+strconv.FormatUint(m, 10)+" <> 0")
		}
	}
	if len(parts) == 0 {
		return "false"
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}
