package api

import (
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"

	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/phohien/phohien/internal/channels/faults"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A Line is a line of a file that did not pass.
type Line struct {
	ID     string          `json:"id"`
	Batch  string          `json:"batch" doc:"Batch that brought it"`
	Seq    int64           `json:"seq" doc:"Number of that batch"`
	Line   int64           `json:"line" doc:"Line in the file as sent"`
	Key    string          `json:"key" doc:"\"\" when it could not be read"`
	State  string          `json:"state" enum:"open,mended,replaced,undone"`
	At     time.Time       `json:"at"`
	Raw    []string        `json:"raw" nullable:"false" doc:"Cells as sent, in the order of the contract's fields"`
	Faults []faults.Broken `json:"faults" nullable:"false" doc:"Every broken rule"`
}

// LineList is a page of lines.
type LineList struct {
	Items []Line `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Give it as after; absent on the last page"`
	Open  int64  `json:"open" doc:"Open lines of the data set, whatever was asked for"`
}

type quarantineInput struct {
	Addressed
	Page
	State  string `query:"state" enum:"open,mended,replaced,undone" doc:"All when absent"`
	Rule   string `query:"rule" maxLength:"200" doc:"Id of a broken rule"`
	Batch  string `query:"batch" maxLength:"64" doc:"Id of the batch that brought it"`
	Line   int64  `query:"line" minimum:"1" doc:"Line in the file"`
	Format string `query:"format" enum:"json,csv" doc:"csv exports all lines that fit the filter; so does Accept: text/csv"`
}

func (s *Server) quarantineRoutes() {
	list := jsonOf[LineList](s)
	list.Content["text/csv"] = &huma.MediaType{Schema: &huma.Schema{Type: "string"}}
	register(s, door.Each(policy.ReadQuarantine, policy.KindDataset), huma.Operation{
		OperationID: "list-quarantine", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/quarantine",
		Summary: "Bản ghi chưa đạt / Lines that did not pass", Tags: []string{"quality"},
		Responses: map[string]*huma.Response{"200": list},
	}, s.listQuarantine)
}

func (in *quarantineInput) filter() record.Filter {
	return record.Filter{State: in.State, Rule: in.Rule, Batch: in.Batch, Line: in.Line}
}

func (s *Server) listQuarantine(ctx context.Context, in *quarantineInput) (*huma.StreamResponse, error) {
	_, obj, view, err := s.see(ctx, policy.ReadQuarantine, in.ID)
	if err != nil {
		return nil, err
	}
	from := s.Records.Through(view)
	words, err := Words(ctx, obj, s.Units)
	if err != nil {
		return nil, err
	}
	r := exchangeOf(ctx).r
	if in.Format == "csv" || (in.Format == "" && strings.HasPrefix(r.Header.Get("Accept"), "text/csv")) {
		first, err := from.Quarantine(ctx, in.filter(), 0, csvPage)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			_, w := humago.Unwrap(hc)
			// Headers are out: what breaks now can only break the answer off.
			if err := ExportQuarantine(ctx, w, from, obj, words, in.filter(), first); err != nil {
				s.log.ErrorContext(ctx, "export of quarantine", "dataset", obj.Dataset, "err", err)
				panic(http.ErrAbortHandler)
			}
		}}, nil
	}
	after, err := lineID(in.After)
	if err != nil {
		return nil, err
	}
	lines, err := from.Quarantine(ctx, in.filter(), after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	counts, err := from.QuarantineCounts(ctx)
	if err != nil {
		return nil, err
	}
	out := LineList{Items: []Line{}, Open: counts.Lines}
	if len(lines) > in.Limit {
		lines = lines[:in.Limit]
		out.Next = strconv.FormatInt(lines[len(lines)-1].ID, 10)
	}
	for _, l := range lines {
		out.Items = append(out.Items, lineOf(words, l))
	}
	return tagged(ctx, out)
}

func lineID(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 0 {
		return 0, fault.New(fault.Invalid, "api.cursor", text)
	}
	return id, nil
}

func lineOf(words *faults.Words, l record.QuarantineLine) Line {
	raw := l.Raw
	if raw == nil {
		raw = []string{}
	}
	return Line{ID: strconv.FormatInt(l.ID, 10), Batch: l.Batch, Seq: l.Seq, Line: l.Line, Key: l.Key, State: l.State,
		At: l.At.In(record.VietnamTime), Raw: raw, Faults: words.Of(l)}
}

// csvPage is how many lines an export holds at a time.
const csvPage = 2000

// ExportQuarantine writes lines as a CSV that spreadsheets open as it is: what
// is wrong first, then the cells under the contract's own names, so that the
// mended file can be sent back. first are the lines already read.
func ExportQuarantine(ctx context.Context, w http.ResponseWriter, from *record.Reader, obj *contract.Object, words *faults.Words, f record.Filter, first []record.QuarantineLine) error {
	lang := locale.From(ctx)
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-chua-dat.csv"`, obj.Dataset))
	w.WriteHeader(http.StatusOK)
	out := csv.NewWriter(w)
	if _, err := w.Write([]byte("\ufeff")); err != nil { // or Excel takes it for another encoding
		return err
	}
	head := []string{lang.T("quarantine.line"), lang.T("quarantine.state"), lang.T("quarantine.reasons"), lang.T("quarantine.batch")}
	for _, c := range obj.Columns {
		head = append(head, c.Name)
	}
	if err := out.Write(head); err != nil {
		return err
	}
	for lines := first; len(lines) > 0; {
		guard.Extend(w, time.Minute)
		for _, l := range lines {
			if err := out.Write(csvRow(lang, obj, words, l)); err != nil {
				return err
			}
		}
		if len(lines) < csvPage {
			break
		}
		var err error
		if lines, err = from.Quarantine(ctx, f, lines[len(lines)-1].ID, csvPage); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func csvRow(lang locale.Lang, obj *contract.Object, words *faults.Words, l record.QuarantineLine) []string {
	var why bytes.Buffer
	for i, f := range words.Of(l) {
		if i > 0 {
			why.WriteString(" | ")
		}
		why.WriteString(lang.Of(f.MessageVi, f.MessageEn))
	}
	row := []string{strconv.FormatInt(l.Line, 10), lang.T("quarantine.state." + l.State), workbook.Harmless(why.String()), l.Batch}
	for i := range max(len(obj.Columns), len(l.Raw)) {
		cell := ""
		if i < len(l.Raw) {
			cell = workbook.Harmless(l.Raw[i])
		}
		row = append(row, cell)
	}
	return row
}
