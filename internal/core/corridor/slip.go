package corridor

import (
	"cmp"
	"context"
	"crypto/hmac"
	"encoding/base32"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// tokenMark begins every token, tokenMAC is how many bytes of the code follow:
// enough that nobody hits one by trying, and short enough for a cell.
const (
	tokenMark = "PH1"
	tokenMAC  = 10
)

var tokenText = base32.StdEncoding.WithPadding(base32.NoPadding)

// Token names a quarantine line of an object in the slips that go out. Whoever
// sends it back closes that line, also when the key of the line was wrong.
func (c *Corridor) Token(obj *contract.Object, line int64) string {
	n := strconv.FormatInt(line, 10)
	return tokenMark + "-" + n + "-" + c.tokenCode(obj, n)
}

// TokenLine is the line that a token names, false for what Token has not made
// for this object.
func (c *Corridor) TokenLine(obj *contract.Object, token string) (int64, bool) {
	rest, ours := strings.CutPrefix(strings.TrimSpace(token), tokenMark+"-")
	n, code, whole := strings.Cut(rest, "-")
	if !ours || !whole {
		return 0, false
	}
	line, err := strconv.ParseInt(n, 10, 64)
	if err != nil || strconv.FormatInt(line, 10) != n {
		return 0, false
	}
	// The text is compared: there are several that decode to the same bytes.
	if !hmac.Equal([]byte(code), []byte(c.tokenCode(obj, n))) {
		return 0, false
	}
	return line, true
}

// tokenCode binds a line to the object: lines are numbered in each data set.
func (c *Corridor) tokenCode(obj *contract.Object, line string) string {
	return tokenText.EncodeToString(c.Keys.MAC("slip", []byte(obj.Dataset+"\x00"+line))[:tokenMAC])
}

// SlipOptions say what a slip shows beside its lines.
type SlipOptions struct {
	Language locale.Lang // "" = Vietnamese
	Unit     string      // whom it is addressed to, "" = the sender as the batch names it
	Rest     string      // where the lines beyond those a workbook holds are to be had
	Contact  string      // whom to ask
}

// SlipName is what the slip of a batch is called, of all open lines of a data
// set when batch is "".
func (c *Corridor) SlipName(dataset, batch string) string {
	tail := c.Now().In(locale.Zone).Format("20060102")
	if batch != "" {
		tail = batch[max(0, len(batch)-8):]
	}
	return "Phieu-bo-sung-" + dataset + "-" + tail + ".xlsx"
}

// Slip writes the return slip of the open lines that a batch brought, of all
// open lines of the object when batch is "". The lines of a workbook as sent are
// marked in that workbook where that can be done, else in a new one. Nothing is
// written before everything that can be wrong has been tried but w itself.
func (c *Corridor) Slip(ctx context.Context, dataset, batch string, w io.Writer, o SlipOptions) (name string, err error) {
	con, obj, err := c.object(ctx, dataset)
	if err != nil {
		return "", err
	}
	name = c.SlipName(obj.Dataset, batch)
	in := workbook.SlipInput{
		Title: titleOf(con, obj), Batch: batch, Unit: o.Unit, Contract: con, Object: obj, Rest: o.Rest, Contact: o.Contact,
		Language: cmp.Or(o.Language, locale.Vi), Now: c.Now(),
	}
	if in.Temp, err = os.MkdirTemp(c.WorkDir, "slip-"); err != nil {
		return "", noSpace(fmt.Errorf("slip: %w", err))
	}
	defer func() { _ = os.RemoveAll(in.Temp) }() // the work folder is emptied at start
	if batch != "" {
		done, err := c.ofBatch(ctx, obj, batch, &in)
		if err != nil {
			return "", err
		}
		defer done()
	}
	lists := &listsOf{c: c, ctx: ctx, have: map[string]*dictionary.CodeList{}}
	in.Lists = lists.find
	if in.Units, err = c.registerFor(ctx, obj); err != nil {
		return "", err
	}
	if in.Lines, in.Total, err = c.slipLines(ctx, obj, batch, &in); err != nil {
		return "", err
	}
	if lists.err != nil {
		return "", lists.err
	}
	if len(in.Lines) == 0 {
		return "", fault.New(fault.NotFound, "slip.no-lines", in.Title)
	}
	if err := workbook.Slip(ctx, w, in); err != nil {
		return "", noSpace(fmt.Errorf("slip of %s: %w", obj.Dataset, err))
	}
	return name, nil
}

// titleOf names an object for people.
func titleOf(con *contract.Contract, obj *contract.Object) string {
	if len(con.Objects) > 1 {
		return con.Name + " – " + obj.Title
	}
	return con.Name
}

// linesAtOnce is how many lines are read in one go.
const linesAtOnce = 5000

// slipLines reads open lines with what is wrong with them; those that no slip
// has room for are counted.
func (c *Corridor) slipLines(ctx context.Context, obj *contract.Object, batch string, in *workbook.SlipInput) (list []workbook.SlipLine, total int64, err error) {
	filter := record.Filter{State: record.StateOpen, Batch: batch}
	for after := int64(0); ; {
		lines, err := c.Truth.Quarantine(ctx, obj, filter, after, linesAtOnce)
		if err != nil {
			return nil, 0, err
		}
		for i := range lines {
			after = lines[i].ID
			if total++; total <= workbook.MaxLines {
				list = append(list, c.slipLine(obj, &lines[i], in))
			}
		}
		if len(lines) < linesAtOnce {
			break
		}
	}
	if batch != "" {
		slices.SortStableFunc(list, func(a, b workbook.SlipLine) int { return cmp.Compare(a.Row, b.Row) })
	}
	return list, total, nil
}

func (c *Corridor) slipLine(obj *contract.Object, l *record.QuarantineLine, in *workbook.SlipInput) workbook.SlipLine {
	return workbook.SlipLine{
		ID: l.ID, Row: l.Line, Cells: l.Raw, Token: c.Token(obj, l.ID),
		Faults: workbook.FaultsWith(in.Units, obj, l.Faults, l.Raw, in.Lists, in.Language),
	}
}

// ofBatch says which batch the lines are of, and brings the workbook in which
// they were sent when it can be marked. done closes what was opened.
func (c *Corridor) ofBatch(ctx context.Context, obj *contract.Object, batch string, in *workbook.SlipInput) (done func(), err error) {
	done = func() {}
	r, err := c.row(ctx, batch)
	if err != nil {
		return done, err
	}
	if r.Dataset != obj.Dataset {
		return done, fault.New(fault.NotFound, "batch.not-there", batch)
	}
	in.File, in.Received = r.Name, r.Received
	if r.Report == nil {
		return done, nil
	}
	in.Unit = cmp.Or(in.Unit, r.Report.Sender)
	reading := r.Report.Reading
	if r.bytes >= workbook.MaxOwnBytes || !direct(reading) {
		return done, nil
	}
	f, err := c.Blobs.Open(r.digest)
	if notThere(err) { // kept no longer than the contract wants
		return done, nil
	}
	if err != nil {
		return done, err
	}
	in.Own = &workbook.Own{
		File:  ingest.File{ReaderAt: f, Size: r.bytes, Name: r.Name, Temp: in.Temp, Limits: c.Limits},
		Sheet: reading.Table, HeaderTo: reading.Layout.HeaderTo, Places: inSheet(reading),
	}
	in.Refused = func(why error) {
		c.Log.Info("slip in a new workbook: the one that was sent cannot be marked", "batch", batch, "why", why)
	}
	return func() { _ = f.Close() }, nil // only read
}

// direct reports whether rows of a workbook were read as they lie in it.
func direct(r *Reading) bool {
	return r != nil && r.Kind == "xlsx" && r.Path == "" && r.Layout != nil && r.Layout.Cross == nil
}

// inSheet gives, by column of the object, the place of its cell in the sheet:
// the column of groups is made while reading and stands nowhere.
func inSheet(r *Reading) []int {
	places := slices.Clone(r.Places)
	for i, p := range places {
		if p >= len(r.Layout.Columns) {
			places[i] = -1
		}
	}
	return places
}

// listsOf gives code lists, each read once; the first error is kept.
type listsOf struct {
	c    *Corridor
	ctx  context.Context
	have map[string]*dictionary.CodeList
	err  error
}

func (l *listsOf) find(id string) *dictionary.CodeList {
	if list, known := l.have[id]; known {
		return list
	}
	list, err := l.c.Dictionary.Current(l.ctx, id)
	if err != nil && !notThere(err) && l.err == nil {
		l.err = err
	}
	if err != nil {
		list = nil
	}
	l.have[id] = list
	return list
}

// An Original is the file of a batch as it was sent.
type Original struct {
	Digest string // SHA-256 in hex, "" when the batch is no file
	Bytes  int64
}

// Original describes the file of a batch.
func (c *Corridor) Original(ctx context.Context, batch string) (Original, error) {
	r, err := c.row(ctx, batch)
	return Original{Digest: r.digest, Bytes: r.bytes}, err
}
