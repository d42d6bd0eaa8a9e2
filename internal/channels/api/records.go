package api

import (
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"

	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/jsontext"
)

// A Record is a row as the API shows it: its values by the contract's names,
// and beside them members of the platform, which begin with "_".
//
//	_key        the key as it stands in a path
//	_seq        batch that wrote this version
//	_end        batch that closed it, in a history
//	_nil        why values are absent
//	_flags      judgements on the row
//	_withdrawn  true: the key is gone, there are no values (changed_since only)
type Record struct {
	row       record.Row
	fields    []string // nil = all
	withdrawn bool
}

// MarshalJSON writes the values in the contract's order when it is known.
func (r Record) MarshalJSON() ([]byte, error) {
	o := jsonObject{text: append(make([]byte, 0, 1024), '{')}
	o.put("_key", r.row.Key)
	o.put("_seq", r.row.Seq)
	if r.row.End > 0 {
		o.put("_end", r.row.End)
	}
	if len(r.row.Nil) > 0 {
		o.put("_nil", r.row.Nil)
	}
	if len(r.row.Flags) > 0 {
		o.put("_flags", r.row.Flags)
	}
	if r.withdrawn {
		o.put("_withdrawn", true)
	}
	for _, name := range r.fields {
		if v, ok := r.row.Values[name]; ok {
			o.put(name, v)
		}
	}
	return append(o.text, '}'), o.err
}

// A jsonObject is written member by member: rows are most of what the API writes,
// and reflection took as long as reading them.
type jsonObject struct {
	text []byte
	err  error
}

func (o *jsonObject) put(name string, value any) {
	if len(o.text) > 1 {
		o.text = append(o.text, ',')
	}
	o.value(name)
	o.text = append(o.text, ':')
	o.value(value)
}

func (o *jsonObject) value(value any) {
	switch v := value.(type) {
	case nil:
		o.text = append(o.text, "null"...)
		return
	case bool:
		o.text = strconv.AppendBool(o.text, v)
		return
	case int64:
		o.text = strconv.AppendInt(o.text, v, 10)
		return
	case json.Number: // a decimal of ours
		o.text = append(o.text, v...)
		return
	case string:
		if text, err := jsontext.AppendString(o.text, v); err == nil {
			o.text = text
			return
		}
	}
	text, err := marshal(value)
	o.text, o.err = append(o.text, text...), cmp.Or(o.err, err)
}

// partOf is a row as far as some of its fields were asked for.
func partOf(row record.Row, fields []string) record.Row {
	row.Flags = nil
	absent := map[string]string{}
	for _, name := range fields {
		if why, ok := row.Nil[name]; ok {
			absent[name] = why
		}
	}
	row.Nil = absent
	return row
}

// recordOf shows a row: all of it, or the fields asked for.
func recordOf(row record.Row, fields []string, asked string) Record {
	if asked != "" {
		row = partOf(row, fields)
	}
	return Record{row: row, fields: fields}
}

// Schema documents it; what values a data set has, its contract says. It has a
// name, so that clients know one type of record.
func (Record) Schema(r huma.Registry) *huma.Schema {
	const name = "Record"
	if all := r.Map(); all[name] == nil {
		text, whole := &huma.Schema{Type: "string"}, &huma.Schema{Type: "integer", Format: "int64"}
		all[name] = &huma.Schema{
			Type: "object", Description: "Values by the contract's names; members that begin with _ are the platform's.",
			Properties: map[string]*huma.Schema{
				"_key": text, "_seq": whole, "_end": whole,
				"_nil":       {Type: "object", AdditionalProperties: &huma.Schema{Type: "string", Enum: []any{"unknown", "not-collected", "withheld"}}},
				"_flags":     {Type: "array", Items: text},
				"_withdrawn": {Type: "boolean"},
			},
			Required: []string{"_key", "_seq"}, AdditionalProperties: true,
		}
	}
	return &huma.Schema{Ref: schemaPrefix + name}
}

// RecordList is a page of records.
type RecordList struct {
	Items     []Record `json:"items" nullable:"false"`
	Next      string   `json:"next,omitempty" doc:"Give it as after, with the same other parameters; absent on the last page"`
	Seq       int64    `json:"seq" doc:"State of the data set that this page shows"`
	MirrorSeq int64    `json:"mirror_seq" doc:"State that searches by value show now, 0 when there is no copy yet"`
	NextSince string   `json:"next_since" doc:"Give it as changed_since, once all pages are read, for what changes after them"`
}

type recordsInput struct {
	Addressed
	Page
	AsOf         string `query:"as_of" maxLength:"40" doc:"State as the platform knew it: a batch's number, or a time (RFC 3339 or yyyy-mm-dd, the end of that day)"`
	ChangedSince string `query:"changed_since" maxLength:"400" doc:"The next_since of an earlier answer, or a time: what changed since, withdrawals included"`
	Narrowing
	Fields string `query:"fields" maxLength:"4000" doc:"Names of fields, separated by commas; all when absent"`
	MinSeq int64  `query:"min_seq" minimum:"0" doc:"At least this state: for who has just written"`
}

func (s *Server) recordRoutes() {
	register(s, door.Each(policy.Read, policy.KindDataset), huma.Operation{
		OperationID: "list-records", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/records",
		Summary: "Bản ghi / Records", Tags: []string{"records"},
		Description: "In key order, or as sort says. Any other parameter named like a field, or eq.<field>, keeps the records whose field has that value.",
		Parameters:  []*huma.Param{byField()},
		Responses:   map[string]*huma.Response{"200": jsonOf[RecordList](s)},
	}, s.listRecords)
	register(s, door.Each(policy.Read, policy.KindDataset), huma.Operation{
		OperationID: "search-records", Method: http.MethodPost, Path: Prefix + "/datasets/{id}/records/search",
		Summary: "Tìm bản ghi / Search records", Tags: []string{"records"},
		Description: "The list of records with what is asked for in the body: for filters that name persons by their numbers, which stand in no address, and for long ones.",
		Responses:   map[string]*huma.Response{"200": jsonOf[RecordList](s)},
	}, s.searchRecords)
	register(s, door.Each(policy.Read, policy.KindDataset), huma.Operation{
		OperationID: "get-record", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/records/{key}",
		Summary: "Một bản ghi / One record", Tags: []string{"records"},
		Description: "The key as _key writes it: components joined by ~, each percent-encoded.",
		Responses:   withNotModified(map[string]*huma.Response{"200": jsonOf[Record](s)}),
	}, s.getRecord)
	register(s, door.Each(policy.Read, policy.KindDataset), huma.Operation{
		OperationID: "get-record-history", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/records/{key}/history",
		Summary: "Các phiên bản của một bản ghi / Versions of a record, oldest first", Tags: []string{"records"},
	}, s.getHistory)
}

func (s *Server) listRecords(ctx context.Context, in *recordsInput) (*huma.StreamResponse, error) {
	con, obj, view, err := s.see(ctx, policy.Read, in.ID)
	if err != nil {
		return nil, err
	}
	q := &recordQuery{s: s, in: in, con: con, obj: obj, view: view}
	if q.Narrowed, err = which(exchangeOf(ctx).r, obj, in.Narrowing); err != nil {
		return nil, err
	}
	return q.answer(ctx)
}

type searchInput struct {
	Addressed
	Body struct {
		Limit   int    `json:"limit,omitempty" minimum:"1" maximum:"1000" default:"100"`
		After   string `json:"after,omitempty" maxLength:"4000" doc:"The next of the page before"`
		AsOf    string `json:"as_of,omitempty" maxLength:"40"`
		Filter  string `json:"filter,omitempty" maxLength:"8000" doc:"CQL2 text"`
		Sort    string `json:"sort,omitempty" maxLength:"1000" doc:"Names of fields, separated by commas; - in front: descending"`
		ValidAt string `json:"valid_at,omitempty" maxLength:"40"`
		Fields  string `json:"fields,omitempty" maxLength:"4000" doc:"Names of fields, separated by commas; all when absent"`
		MinSeq  int64  `json:"min_seq,omitempty" minimum:"0"`
	}
}

func (s *Server) searchRecords(ctx context.Context, in *searchInput) (*huma.StreamResponse, error) {
	con, obj, view, err := s.see(ctx, policy.Read, in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	q := &recordQuery{s: s, con: con, obj: obj, view: view, in: &recordsInput{
		Page: Page{Limit: cmp.Or(b.Limit, 100), After: b.After}, AsOf: b.AsOf, Fields: b.Fields, MinSeq: b.MinSeq,
	}}
	if q.Narrowed, err = (Narrowing{Filter: b.Filter, Sort: b.Sort, ValidAt: b.ValidAt}).Read(obj); err != nil {
		return nil, err
	}
	return q.answer(ctx)
}

// answer is one page of the list.
func (q *recordQuery) answer(ctx context.Context) (_ *huma.StreamResponse, err error) {
	if q.fields, err = chosen(q.obj, q.in.Fields); err != nil {
		return nil, err
	}
	list, err := q.run(ctx)
	if err != nil {
		return nil, err
	}
	if list.MirrorSeq, _, err = q.s.Mirror.Seq(ctx, q.obj.Dataset); err != nil {
		return nil, err
	}
	body, err := marshal(list)
	if err != nil {
		return nil, err
	}
	return answerBytes(ctx, "application/json", append(body, '\n')), nil
}

// chosen reads the names of fields, all in the contract's order for "".
func chosen(obj *contract.Object, list string) ([]string, error) {
	if strings.TrimSpace(list) == "" {
		all := make([]string, len(obj.Columns))
		for i := range obj.Columns {
			all[i] = obj.Columns[i].Name
		}
		return all, nil
	}
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if obj.Column(name) < 0 {
			return nil, fault.New(fault.Invalid, "column.unknown", name, obj.Dataset)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// A recordQuery is one request for a list.
type recordQuery struct {
	s      *Server
	in     *recordsInput
	con    *contract.Contract
	obj    *contract.Object
	view   *record.View
	fields []string
	Narrowed
}

func (q *recordQuery) run(ctx context.Context) (*RecordList, error) {
	if q.in.ChangedSince != "" {
		if q.in.AsOf != "" || q.asked() {
			return nil, fault.New(fault.Invalid, "api.changed-since-alone")
		}
		return q.changes(ctx)
	}
	cursor, err := readCursor(q.in.After, q.obj.Dataset)
	if err != nil {
		return nil, err
	}
	seq, err := q.state(ctx, cursor)
	if err != nil {
		return nil, err
	}
	if q.asked() {
		return q.search(ctx, seq, cursor)
	}
	rows, err := q.s.Records.Through(q.view).List(ctx, cursor.Key, q.in.Limit+1, seq)
	if err != nil {
		return nil, err
	}
	return q.page(rows, seq), nil
}

// state is the batch whose state the page shows. The pages of one list show one
// state: the cursor carries it.
func (q *recordQuery) state(ctx context.Context, c cursor) (int64, error) {
	if c.Seq == nil {
		return q.s.stateOf(ctx, q.con, q.in.AsOf, q.in.MinSeq)
	}
	_, err := q.s.stateOf(ctx, q.con, "", q.in.MinSeq)
	return *c.Seq, err
}

// stateOf is the batch whose state is asked for: the newest, or that of as_of.
func (s *Server) stateOf(ctx context.Context, con *contract.Contract, asOf string, least int64) (int64, error) {
	head, _, err := s.Records.Head(ctx, con.ID)
	if err != nil {
		return 0, err
	}
	if least > head {
		return 0, fault.New(fault.Unavailable, "api.min-seq", least, head)
	}
	if asOf == "" {
		return head, nil
	}
	return s.seqOf(ctx, con.ID, asOf, head)
}

// seqOf reads as_of: a number of a batch or a time.
func (s *Server) seqOf(ctx context.Context, id, text string, head int64) (int64, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && len(text) < 19 {
		if n < 0 || n > head {
			return 0, fault.New(fault.NotFound, "api.no-such-seq", n, head)
		}
		return n, nil
	}
	at, err := moment(text, true)
	if err != nil {
		return 0, fault.New(fault.Invalid, "api.as-of", text)
	}
	return s.Records.SeqAt(ctx, id, at)
}

// moment reads a time; a day is its first or its last moment in Viet Nam.
func moment(text string, last bool) (time.Time, error) {
	if day, err := time.ParseInLocation(time.DateOnly, text, record.VietnamTime); err == nil {
		if last {
			return day.AddDate(0, 0, 1).Add(-time.Microsecond), nil
		}
		return day, nil
	}
	// A "+" in a query that nobody encoded arrives as a space.
	return time.Parse(time.RFC3339Nano, strings.ReplaceAll(text, " ", "+"))
}

// page cuts rows to a page with its cursors.
func (q *recordQuery) page(rows []record.Row, seq int64) *RecordList {
	list := &RecordList{Items: []Record{}, Seq: seq, NextSince: sinceCursor(q.obj.Dataset, seq)}
	if len(rows) > q.in.Limit {
		rows = rows[:q.in.Limit]
		list.Next = cursor{Key: rows[len(rows)-1].Key, Seq: &seq}.text(q.obj.Dataset)
	}
	for _, r := range rows {
		list.Items = append(list.Items, recordOf(r, q.fields, q.in.Fields))
	}
	return list
}

// changes answers changed_since: rows and tombstones between two states, paged
// by key at the fixed later one.
func (q *recordQuery) changes(ctx context.Context) (*RecordList, error) {
	c, err := readCursor(q.in.After, q.obj.Dataset)
	if err != nil {
		return nil, err
	}
	since, err := q.since(ctx)
	if err != nil {
		return nil, err
	}
	upto, err := q.state(ctx, c)
	if err != nil {
		return nil, err
	}
	if since > upto {
		return nil, fault.New(fault.Invalid, "api.since-ahead", since, upto)
	}
	list, err := q.s.Records.Through(q.view).Changes(ctx, since, upto, c.Key, q.in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &RecordList{Items: []Record{}, Seq: upto, NextSince: sinceCursor(q.obj.Dataset, upto)}
	if len(list) > q.in.Limit {
		list = list[:q.in.Limit]
		out.Next = cursor{Key: list[len(list)-1].Key, Seq: &upto}.text(q.obj.Dataset)
	}
	for _, ch := range list {
		r := Record{withdrawn: ch.Withdrawn, row: record.Row{Key: ch.Key, Seq: ch.Seq}}
		if ch.Row != nil {
			r = recordOf(*ch.Row, q.fields, q.in.Fields)
		}
		out.Items = append(out.Items, r)
	}
	return out, nil
}

// since reads changed_since: our cursor, or a time.
func (q *recordQuery) since(ctx context.Context) (int64, error) {
	if seq, ok, err := readSince(q.in.ChangedSince, q.obj.Dataset); ok || err != nil {
		return seq, err
	}
	at, err := moment(q.in.ChangedSince, false)
	if err != nil {
		return 0, fault.New(fault.Invalid, "api.changed-since", q.in.ChangedSince)
	}
	return q.s.Records.SeqBefore(ctx, q.con.ID, at)
}

type recordNamed struct {
	Addressed
	Key    string `path:"key" doc:"As _key writes it"`
	AsOf   string `query:"as_of" maxLength:"40"`
	Fields string `query:"fields" maxLength:"4000"`
	MinSeq int64  `query:"min_seq" minimum:"0"`
}

func (s *Server) getRecord(ctx context.Context, in *recordNamed) (*huma.StreamResponse, error) {
	con, obj, view, err := s.see(ctx, policy.Read, in.ID)
	if err != nil {
		return nil, err
	}
	fields, err := chosen(obj, in.Fields)
	if err != nil {
		return nil, err
	}
	asOf := record.Latest
	if in.AsOf != "" || in.MinSeq > 0 {
		seq, err := s.stateOf(ctx, con, in.AsOf, in.MinSeq)
		if err != nil {
			return nil, err
		}
		if in.AsOf != "" {
			asOf = seq
		}
	}
	var row record.Row
	err = eachKey(ctx, obj, func(key string) error {
		row, err = s.Records.Through(view).Get(ctx, key, asOf)
		return err
	})
	if err != nil {
		return nil, err
	}
	body, err := recordOf(row, fields, in.Fields).MarshalJSON()
	if err != nil {
		return nil, err
	}
	return answerBytes(ctx, "application/json", append(body, '\n')), nil
}

// keyOf is the key as it stands in the path, still encoded: a "/" of the key
// and the "~" between components can only be told apart there.
func keyOf(r *http.Request) string {
	_, rest, _ := strings.Cut(r.URL.EscapedPath(), "/records/")
	return strings.TrimSuffix(rest, "/history")
}

// eachKey tries the key of the path as it stands there and, when there is no such
// record, with one encoding less: clients made from the document encode once more
// what _key has encoded already.
func eachKey(ctx context.Context, obj *contract.Object, try func(key string) error) error {
	key := keyOf(exchangeOf(ctx).r)
	err := try(key)
	if plain, e := url.PathUnescape(key); fault.Is(err, "record.unknown") && e == nil && plain != key {
		if _, e := record.ParseKey(obj, plain); e == nil && try(plain) == nil {
			return nil
		}
	}
	return err
}

type historyAnswer struct {
	Body struct {
		Items []Record `json:"items" nullable:"false"`
	}
}

func (s *Server) getHistory(ctx context.Context, in *struct {
	Addressed
	Key string `path:"key" doc:"As _key writes it"`
}) (*historyAnswer, error) {
	_, obj, view, err := s.see(ctx, policy.Read, in.ID)
	if err != nil {
		return nil, err
	}
	var rows []record.Row
	err = eachKey(ctx, obj, func(key string) error {
		if rows, err = s.Records.Through(view).History(ctx, key); err == nil && len(rows) == 0 {
			err = fault.New(fault.NotFound, "record.unknown", obj.Dataset, key)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	fields, err := chosen(obj, "")
	out := &historyAnswer{}
	for _, r := range rows {
		out.Body.Items = append(out.Body.Items, Record{row: r, fields: fields})
	}
	return out, err
}

// marshal writes JSON as the API does.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
