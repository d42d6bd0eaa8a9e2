package corridor

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// A judging is a file in its workshop: read, judged and compared with what is
// there.
type judging struct {
	c       *Corridor
	con     *contract.Contract
	obj     *contract.Object
	mode    contract.Mode
	confirm bool
	alone   bool // a check: nothing to compare with
	dir     string
	leave   func() // removes what lies around dir; nil: the walk does
	walk    *walk  // nil for a check

	shop    *quality.Workshop
	program *quality.Program
	opening *opening // nil for rows that are no file
	mapping *quality.Mapping
	staged  *quality.Stage
	verdict *quality.Verdict
	moves   *quality.Moves

	head             int64 // batch that existing rows stand at
	mended, replaced int64
}

// onDiskFrom is the size of a file, in bytes, whose rows do not lie in memory
// until they are applied.
const onDiskFrom = 8 << 20

// stage reads the file into a workshop of its own. Unhashed rows can be judged,
// not compared or stored.
func (j *judging) stage(ctx context.Context, src ingest.Source, hashed bool) (err error) {
	return j.stageKnowing(ctx, src, hashed, nil)
}

// stageKnowing is stage for a file of which the known rows go no further.
func (j *judging) stageKnowing(ctx context.Context, src ingest.Source, hashed bool, known *quality.Known) (err error) {
	if j.opening != nil {
		j.mapping = j.opening.mapping
	} else if j.mapping, err = quality.MapHeader(j.obj, src.Header()); err != nil {
		return err
	}
	if j.program, err = quality.Compile(j.obj); err != nil {
		return err
	}
	if j.obj.Sealed() {
		j.program.HashKey = j.c.Keys.Key("row-hash")
	}
	if err := j.register(ctx); err != nil {
		return err
	}
	if j.shop, err = quality.OpenWorkshop(ctx, j.obj, quality.WorkshopOptions{Dir: j.dir, MemoryLimit: j.c.Memory, OnDisk: j.walk != nil && j.walk.bytes >= onDiskFrom}); err != nil {
		return err
	}
	if err := j.needs(ctx); err != nil {
		return err
	}
	if known != nil {
		j.staged = quality.NewStageKnowing(ctx, j.program, src, j.mapping, known)
	} else {
		j.staged = quality.NewStage(ctx, j.program, src, j.mapping, hashed)
	}
	defer j.staged.Release()
	stop := j.tellProgress(ctx)
	defer stop()
	return j.shop.Stage(ctx, j.program, j.staged, !hashed)
}

// tellProgress tells how far the reading is until stop is called.
func (j *judging) tellProgress(ctx context.Context) (stop func()) {
	if j.walk == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				j.walk.progress(j.staged.Offset(), j.walk.bytes)
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-done }
}

func (j *judging) close() {
	if j.shop != nil {
		if err := j.shop.Close(); err != nil {
			j.c.Log.Error("workshop does not close", "dataset", j.obj.Dataset, "error", err)
		}
	}
	if j.leave != nil {
		j.leave()
	}
}

// judge runs all rules and compares with the current rows.
func (j *judging) judge(ctx context.Context) (err error) {
	if err := j.existing(ctx); err != nil {
		return err
	}
	if j.verdict, err = j.shop.Judge(ctx, j.program, j.mode); err != nil {
		return err
	}
	if j.moves, err = j.shop.Classify(ctx, j.program, j.staged, j.verdict, j.mode, j.confirm); err != nil {
		return err
	}
	return j.openLines(ctx)
}

// needs brings code lists and the columns of other data sets that rules compare
// with.
func (j *judging) needs(ctx context.Context) error {
	for _, n := range j.program.Needs() {
		var rr array.RecordReader
		var err error
		if n.CodeList != "" {
			rr, err = j.c.codes(ctx, n.CodeList)
		} else {
			rr, err = j.c.referred(ctx, n)
		}
		if err != nil {
			return fmt.Errorf("rule %s: %w", j.program.Rules[n.Rule].ID, err)
		}
		_, err = j.shop.Fill(ctx, n.Table, rr)
		rr.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// validity is how a table of allowed values looks in a workshop.
func validity(value arrow.Field) *arrow.Schema {
	return arrow.NewSchema([]arrow.Field{
		value,
		{Name: "valid_from", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
		{Name: "valid_to", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
	}, nil)
}

// codes gives the codes of a list with their days.
func (c *Corridor) codes(ctx context.Context, id string) (array.RecordReader, error) {
	list, err := c.Dictionary.Current(ctx, id)
	if err != nil {
		return nil, err
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, validity(arrow.Field{Name: "code", Type: arrow.BinaryTypes.String}))
	defer b.Release()
	day := func(f int, set bool, d viet.Date) {
		if set {
			b.Field(f).(*array.Date32Builder).Append(arrow.Date32(d))
		} else {
			b.Field(f).AppendNull()
		}
	}
	for i := range list.Codes {
		code := &list.Codes[i]
		b.Field(0).(*array.StringBuilder).Append(code.Code)
		day(1, code.From.Set, code.From.Date)
		day(2, code.To.Set, code.To.Date)
	}
	rec := b.NewRecordBatch()
	defer rec.Release()
	return array.NewRecordReader(rec.Schema(), []arrow.RecordBatch{rec})
}

// referred gives the values of a column of another data set, with the days on
// which their rows are valid. A data set without rows yet gives none.
func (c *Corridor) referred(ctx context.Context, n quality.Need) (array.RecordReader, error) {
	as := func(c *contract.Column) *arrow.Schema {
		f := contract.ArrowField(c.Fields(0)[0])
		f.Name = "value"
		return validity(f)
	}
	_, obj, err := c.object(ctx, n.Reference.Dataset)
	if notThere(err) {
		return array.NewRecordReader(as(&n.Type), nil)
	}
	if err != nil {
		return nil, err
	}
	column := obj.Column(n.Reference.Column)
	if n.Reference.Column == "" && len(obj.Key) == 1 {
		column = obj.Key[0]
	}
	if column < 0 {
		return nil, unknownColumn(obj.Dataset, n.Reference.Column)
	}
	if obj.Columns[column].Type == contract.Geometry { // nothing is equal to a place
		return array.NewRecordReader(as(&n.Type), nil)
	}
	return c.Truth.Values(ctx, obj, as(&obj.Columns[column]), column, obj.ValidFrom, obj.ValidTo)
}

// existing brings the current rows' keys and hashes, from the mirror when it
// stands at the head, else from the truth.
func (j *judging) existing(ctx context.Context) (err error) {
	if j.alone {
		return nil
	}
	if j.head, _, err = j.c.Truth.Head(ctx, j.con.ID); err != nil {
		return err
	}
	if j.head == 0 || !j.obj.HasKey() && !j.unique() {
		return nil
	}
	if j.staged.Same > 0 && j.staged.Same == j.staged.Rows() {
		return nil // every row is known: there is nothing to compare
	}
	if rows, ok, err := j.c.Mirror.Existing(ctx, j.obj); err != nil {
		return err
	} else if ok {
		defer rows.Release()
		return j.shop.Existing(ctx, rows)
	}
	rr, err := j.c.Truth.Existing(ctx, j.obj)
	if err != nil {
		return err
	}
	defer rr.Release()
	return j.shop.Existing(ctx, rr)
}

func (j *judging) unique() bool {
	for i := range j.obj.Rules {
		if j.obj.Rules[i].Kind == contract.RuleUnique {
			return true
		}
	}
	return false
}

// openLines finds the quarantine lines that this batch mends or replaces.
func (j *judging) openLines(ctx context.Context) error {
	if j.head == 0 || !j.obj.HasKey() && !j.shop.NamesLines() {
		return nil
	}
	rr, err := j.c.Truth.OpenQuarantine(ctx, j.obj)
	if err != nil {
		return err
	}
	err = j.shop.OpenLines(ctx, rr)
	rr.Release()
	if err != nil {
		return err
	}
	if j.mended, err = quality.CountRows(j.shop.Mended(ctx, j.program, j.moves)); err != nil {
		return err
	}
	j.replaced, err = quality.CountRows(j.shop.Replaced(ctx, j.program, j.moves, j.mode))
	return err
}

// report says what the batch does, before it is done.
func (j *judging) report(w *walk) *Report {
	m := j.moves
	r := &Report{
		Dataset: j.obj.Dataset, State: Checked, Contract: j.con.Version, Digest: j.con.Digest, Mode: string(j.mode),
		Read: j.staged.Rows(), Skipped: j.staged.Skipped, Accepted: m.Accepted, Quarantined: j.verdict.Rejected,
		Inserted: m.Inserted, Updated: m.Updated, Unchanged: m.Unchanged, Withdrawn: m.Withdrawn, Late: m.Late, Missing: m.Missing, Mended: j.mended,
		Standardised: []ColumnCount{}, Reasons: []Reason{}, Holds: []Note{}, Notes: []Note{},
	}
	if w != nil {
		r.Batch, r.Source, r.Sender = w.id, w.status.Name, w.request.Sender
	}
	for i, n := range j.staged.Fixed {
		if n > 0 {
			r.Standardised = append(r.Standardised, ColumnCount{Column: j.obj.Columns[i].Name, Title: j.obj.Columns[i].Title, Count: n})
		}
	}
	for i, n := range j.verdict.Broken {
		if n > 0 {
			r.Reasons = append(r.Reasons, reasonOf(j.obj, &j.program.Rules[i], n))
		}
	}
	sort.SliceStable(r.Reasons, func(a, b int) bool { return r.Reasons[a].Count > r.Reasons[b].Count })
	if j.opening != nil {
		r.Reading = j.opening.finish(j.staged)
	}
	if len(j.mapping.Unknown) > 0 {
		r.Notes = append(r.Notes, note("note.unknown-headings", join(j.mapping.Unknown)))
	}
	if len(j.mapping.Missing) > 0 {
		r.Notes = append(r.Notes, note("note.missing-columns", join(j.titles(j.mapping.Missing))))
	}
	if m.Missing > 0 {
		r.Notes = append(r.Notes, note("note.missing-keys", m.Missing, m.Unreadable))
	}
	return r
}

func (j *judging) titles(columns []int) []string {
	var out []string
	for _, c := range columns {
		out = append(out, j.obj.Columns[c].Title)
	}
	return out
}

// holds says why the batch should wait for a person.
func (j *judging) holds(ctx context.Context, r *Report) ([]Note, error) {
	h := j.con.Hold
	var out []Note
	if j.opening != nil {
		out = append(out, j.opening.ask...)
	}
	if r.Read >= h.BrokenRows && float64(r.Quarantined) > h.BrokenShare*float64(r.Read) {
		out = append(out, note("hold.broken", r.Quarantined, r.Read))
	}
	if r.Read >= h.BrokenRows {
		for i, n := range j.verdict.Broken {
			if n == r.Read && j.program.Rules[i].Severity == contract.Reject {
				why := reasonOf(j.obj, &j.program.Rules[i], n)
				out = append(out, Note{Key: "hold.every-row", Vi: locale.Vi.T("hold.every-row", why.MessageVi), En: locale.En.T("hold.every-row", why.MessageEn)})
			}
		}
	}
	if j.mode == contract.Replace || j.mode == contract.Slice {
		gone := max(r.Withdrawn, r.Missing)
		if gone > h.WithdrawRows && float64(gone) > h.WithdrawShare*float64(j.moves.Current) {
			out = append(out, note("hold.withdraws", gone, j.moves.Current))
		}
	}
	if j.mode == contract.Replace && j.head > 0 {
		before, err := j.c.lastRead(ctx, j.obj.Dataset)
		if err != nil {
			return nil, err
		}
		// Where no file was the whole yet, what is there stands for it.
		before = max(before, j.moves.Current)
		if float64(r.Read) < h.ShrinkShare*float64(before) {
			out = append(out, note("hold.shrunk", r.Read, before))
		}
	}
	if len(j.mapping.Missing) > 0 && j.moves.Updated > 0 {
		// Without its column a value would be wiped out: not in silence.
		out = append(out, note("hold.missing-columns", join(j.titles(j.mapping.Missing)), j.moves.Updated))
	}
	return out, nil
}

// batch is what record writes.
func (j *judging) batch(w *walk, report *Report) record.Batch {
	m, p, shop, ctx := j.moves, j.program, j.shop, w.ctx
	b := record.Batch{
		ID: w.id, Contract: j.con, Object: j.obj, By: w.by, Source: w.status.Name, Digest: w.digest, Kind: w.kind,
		Inserted: m.Inserted, Updated: m.Updated, Withdrawn: m.Withdrawn, Quarantined: j.verdict.Rejected, Reflagged: m.Reflagged,
	}
	set := func(into *record.Stream, n int64, open func() (array.RecordReader, error)) {
		if n > 0 {
			*into = open
		}
	}
	set(&b.Inserts, m.Inserted, func() (array.RecordReader, error) { return shop.Inserts(ctx, p, m) })
	set(&b.Updates, m.Updated, func() (array.RecordReader, error) { return shop.Updates(ctx, p, m) })
	set(&b.Withdraws, m.Withdrawn, func() (array.RecordReader, error) { return shop.Withdraws(ctx, p, m) })
	set(&b.Reflags, m.Reflagged, func() (array.RecordReader, error) { return shop.Reflags(ctx, p, m) })
	set(&b.Quarantine, j.verdict.Rejected, func() (array.RecordReader, error) {
		return shop.Lines(ctx, p, j.verdict, record.QuarantineSchema)
	})
	b.CloseAs = record.Mended
	set(&b.Close, j.mended, func() (array.RecordReader, error) { return shop.Mended(ctx, p, m) })
	set(&b.Replace, j.replaced, func() (array.RecordReader, error) { return shop.Replaced(ctx, p, m, j.mode) })
	return b
}

// reasonOf is a broken rule in words.
func reasonOf(o *contract.Object, r *contract.Rule, n int64) Reason {
	out := Reason{Rule: r.ID, Severity: string(r.Severity), Group: string(r.Group), Count: n}
	vi, en := "Cả dòng", "The whole line"
	if len(r.Columns) > 0 {
		c := &o.Columns[r.Columns[0]]
		out.Column = c.Name
		vi, en = "Trường “"+c.Title+"”", "Field “"+c.Title+"”"
	}
	out.MessageVi = vi + " chưa đạt yêu cầu: " + r.Expected.Vi
	out.MessageEn = en + " does not meet: " + r.Expected.En
	if len(r.Columns) > 0 {
		if ex := o.Columns[r.Columns[0]].Example; ex != "" && o.Columns[r.Columns[0]].Type != contract.Boolean && (r.Kind == contract.RuleType || r.Kind == contract.RulePattern || r.Kind == contract.RuleLength) {
			out.MessageVi += " (ví dụ: " + o.Columns[r.Columns[0]].ShownExample() + ")"
			out.MessageEn += " (for example: " + ex + ")"
		}
	}
	return out
}
