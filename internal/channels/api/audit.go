package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// An AuditEntry is an entry of the log.
type AuditEntry struct {
	Index   int64             `json:"index"`
	Epoch   int               `json:"epoch" doc:"Raised by every restore"`
	UTC     string            `json:"time_utc" format:"date-time"`
	VN      string            `json:"time_vn" format:"date-time"`
	Erased  bool              `json:"erased,omitempty" doc:"Only index, epoch and time are left"`
	Actor   *AuditActor       `json:"actor,omitempty"`
	Org     string            `json:"actor_agency,omitempty"`
	RealIP  string            `json:"real_ip,omitempty"`
	Dest    string            `json:"dest,omitempty" doc:"Door and host that were asked"`
	Action  string            `json:"action,omitempty"`
	Object  string            `json:"object,omitempty"`
	Purpose string            `json:"purpose,omitempty"`
	Basis   string            `json:"basis,omitempty"`
	Result  string            `json:"result,omitempty" doc:"allow, deny, done, failed"`
	Why     []string          `json:"why,omitempty" nullable:"false"`
	Trace   string            `json:"trace_id,omitempty"`
	Clock   string            `json:"clock,omitempty" doc:"synced, unsynced, unknown, held, jumped"`
	Detail  map[string]string `json:"detail,omitempty"`
}

// An AuditActor is who did something.
type AuditActor struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// An AuditReceipt proves an entry to whoever has the key of the log.
type AuditReceipt struct {
	Format     string   `json:"format"`
	KeyID      string   `json:"key_id"`
	Index      int64    `json:"index"`
	Erased     bool     `json:"erased,omitempty"`
	Payload    string   `json:"payload,omitempty"`
	Salt       string   `json:"salt,omitempty" doc:"base64"`
	Leaf       string   `json:"leaf" doc:"base64: version, epoch, time, HMAC-SHA256(salt, payload)"`
	Proof      []string `json:"proof" nullable:"false" doc:"base64, RFC 6962 audit path"`
	Checkpoint string   `json:"checkpoint" doc:"C2SP signed note"`
}

// An AuditQuery asks for entries. Its fields must be equal, save for text.
type AuditQuery struct {
	From    int64  `query:"from" minimum:"0" doc:"First index"`
	Before  int64  `query:"before" minimum:"0" doc:"Index behind the last"`
	Since   string `query:"since" maxLength:"40" doc:"Time (RFC 3339)"`
	Until   string `query:"until" maxLength:"40" doc:"Time (RFC 3339)"`
	Actor   string `query:"actor" maxLength:"200" doc:"Id of who did it"`
	Org     string `query:"org" maxLength:"200"`
	Action  string `query:"action" maxLength:"200"`
	Object  string `query:"object" maxLength:"400"`
	Purpose string `query:"purpose" maxLength:"200"`
	Result  string `query:"result" enum:"allow,deny,done,failed"`
	Text    string `query:"text" maxLength:"200" doc:"Anywhere in the entry, without regard to accents and case"`
	Limit   int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Newest  bool   `query:"newest" doc:"Newest first"`
}

type auditList struct {
	Body struct {
		Items []AuditEntry `json:"items" nullable:"false"`
		More  bool         `json:"more"`
		Next  int64        `json:"next,omitempty" doc:"Goes on as from, with newest as before. A page may be short, even empty, and go on all the same"`
	}
}

// auditRoutes: the checkpoint and the key hold no secret, and whoever has a
// receipt needs them to verify it, so they are for everybody. Entries and
// receipts hold what was done by whom.
func (s *Server) auditRoutes() {
	if s.Audit == nil {
		return
	}
	text := func() map[string]*huma.Response {
		return map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: "string"}}}}}
	}
	register(s, door.Open, huma.Operation{
		OperationID: "audit-checkpoint", Method: http.MethodGet, Path: Prefix + "/audit/checkpoint", Responses: text(),
		Summary: "Điểm kiểm đã ký của nhật ký / Signed checkpoint of the log", Tags: []string{"audit"},
		Description: "A C2SP signed note. It holds no secret: keep it elsewhere, and it proves later that nothing before it was changed.",
	}, func(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
		return answerBytes(ctx, "text/plain; charset=utf-8", s.Audit.Checkpoint().Note), nil
	})
	register(s, door.Open, huma.Operation{
		OperationID: "audit-key", Method: http.MethodGet, Path: Prefix + "/audit/key", Responses: text(),
		Summary: "Khóa kiểm chứng nhật ký / Verifier key of the log", Tags: []string{"audit"},
		Description: "Keep a copy elsewhere: whoever replaces a log replaces the key beside it as well.",
	}, func(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
		return answerBytes(ctx, "text/plain; charset=utf-8", []byte(s.Audit.Key().String()+"\n")), nil
	})
	register(s, door.Of(policy.ReadAudit, policy.KindAudit), huma.Operation{
		OperationID: "audit-proof", Method: http.MethodGet, Path: Prefix + "/audit/proof/{index}",
		Summary: "Biên nhận chứng minh một mục / Receipt that proves an entry", Tags: []string{"audit"},
		Description: "Verified offline by the page /admin/audit/verify.html, which needs nothing of ours but the key.",
	}, s.auditProof)
	register(s, door.Of(policy.ReadAudit, policy.KindAudit), huma.Operation{
		OperationID: "audit-entries", Method: http.MethodGet, Path: Prefix + "/audit/entries",
		Summary: "Tra cứu nhật ký / Search the log", Tags: []string{"audit"},
		Description: "Reading the log is itself written into the log.",
	}, s.auditEntries)
	register(s, door.Of(policy.ReadAudit, policy.KindAudit), huma.Operation{
		OperationID: "audit-verify", Method: http.MethodPost, Path: Prefix + "/audit/verify", DefaultStatus: http.StatusOK,
		Summary: "Kiểm chứng toàn bộ nhật ký / Verify the whole log", Tags: []string{"audit"},
		Description: "Computes every byte of the log anew, a minute for some millions of entries, and proves that nothing before an old checkpoint has changed: one that you kept, or the last of yesterday. That it was done is in the log.",
	}, s.auditVerify)
}

// A LogVerdict is what verifying the log found.
type LogVerdict struct {
	Whole    bool         `json:"whole" doc:"Nothing is other than it was written and signed, and the old checkpoint proves it"`
	Size     int64        `json:"size" doc:"Signed entries"`
	Root     string       `json:"root" doc:"base64, of the signed checkpoint"`
	Last     string       `json:"last,omitempty" format:"date-time" doc:"Time of the last signed entry"`
	Pending  int64        `json:"pending" doc:"Entries behind the checkpoint"`
	Erased   int64        `json:"erased"`
	Kept     int          `json:"kept" doc:"Checkpoints of earlier hours that were compared"`
	Problems []LogProblem `json:"problems" nullable:"false" doc:"The first 1,000"`
	More     int          `json:"more,omitempty" doc:"Problems beyond them"`
	Since    LogSince     `json:"since"`
	Seconds  float64      `json:"seconds" doc:"How long it took"`
}

// A LogProblem is a place that is not as it was signed.
type LogProblem struct {
	File string `json:"file,omitempty" doc:"Below the folder of the log"`
	Leaf int64  `json:"leaf" doc:"The first entry that it touches, -1 for none"`
	Vi   string `json:"vi"`
	En   string `json:"en"`
}

// A LogSince is what an old checkpoint proves.
type LogSince struct {
	Proved bool   `json:"proved"`
	Size   int64  `json:"size" doc:"Entries at that checkpoint; 0: there is none, the log is younger than a day"`
	Time   string `json:"time,omitempty" format:"date-time" doc:"Of its last entry"`
	Vi     string `json:"vi,omitempty" doc:"Why it is not proved"`
	En     string `json:"en,omitempty"`
}

// verifying is how long it may take.
const verifying = 30 * time.Minute

func (s *Server) auditVerify(ctx context.Context, in *struct {
	Body struct {
		Checkpoint string `json:"checkpoint,omitempty" maxLength:"65536" doc:"A signed note that you kept; absent: the last of yesterday"`
	}
}) (*struct{ Body LogVerdict }, error) {
	guard.Extend(exchangeOf(ctx).w, verifying)
	found, err := s.Audit.Verify(ctx, in.Body.Checkpoint)
	if err != nil {
		return nil, err
	}
	out := LogVerdict{
		Whole: found.Whole(), Size: found.Size, Root: found.Root.String(), Last: stamped(found.Last), Pending: found.Pending, Erased: found.Erased, Kept: found.Kept,
		Problems: []LogProblem{}, More: found.More, Seconds: found.Took.Seconds(),
		Since: LogSince{Proved: found.Since.Err == nil, Size: found.Since.Size, Time: stamped(found.Since.Time)},
	}
	for _, p := range found.Problems {
		out.Problems = append(out.Problems, LogProblem{p.File, p.Leaf, locale.Vi.Error(p.What), locale.En.Error(p.What)})
	}
	if err := found.Since.Err; err != nil {
		out.Since.Vi, out.Since.En = locale.Vi.Error(err), locale.En.Error(err)
	}
	return &struct{ Body LogVerdict }{out}, nil
}

func (s *Server) auditProof(ctx context.Context, in *struct {
	Index int64 `path:"index" minimum:"0"`
}) (*struct{ Body AuditReceipt }, error) {
	r, err := s.Audit.Receipt(ctx, in.Index)
	if err == nil {
		err = s.Audit.Took(ctx, in.Index)
	}
	if err != nil {
		return nil, err
	}
	out := AuditReceipt(r)
	if out.Proof == nil {
		out.Proof = []string{}
	}
	return &struct{ Body AuditReceipt }{out}, nil
}

func (s *Server) auditEntries(ctx context.Context, in *AuditQuery) (*auditList, error) {
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	page, err := s.Audit.Entries(ctx, q)
	if err != nil {
		return nil, err
	}
	if err := s.Door.Done(ctx, policy.ReadAudit, policy.What{Kind: policy.KindAudit}, nil, AuditAsked(q)); err != nil {
		return nil, err
	}
	out := &auditList{}
	out.Body.Items = make([]AuditEntry, len(page.Entries))
	for i, e := range page.Entries {
		out.Body.Items[i] = auditEntry(e)
	}
	if out.Body.More = page.More; page.More {
		out.Body.Next = page.Next
	}
	return out, nil
}

func (in *AuditQuery) query() (q audit.Query, err error) {
	q = audit.Query{
		From: in.From, Before: in.Before, Actor: in.Actor, Org: in.Org, Action: in.Action, Object: in.Object, Purpose: in.Purpose,
		Result: in.Result, Text: in.Text, Limit: in.Limit, Newest: in.Newest,
	}
	for _, t := range []struct {
		text string
		into *time.Time
	}{{in.Since, &q.Since}, {in.Until, &q.Until}} {
		if t.text == "" {
			continue
		}
		if *t.into, err = time.Parse(time.RFC3339Nano, t.text); err != nil {
			return q, fault.New(fault.Invalid, "api.audit-time", t.text)
		}
	}
	return q, nil
}

// AuditAsked says what a question to the log was about, for the log's own entry.
// A text that was searched for is left out: it may name a person, who would then
// stand in the log a second time.
func AuditAsked(q audit.Query) map[string]string {
	asked := map[string]string{}
	for name, v := range map[string]string{"actor": q.Actor, "org": q.Org, "asked-action": q.Action, "object": q.Object, "asked-purpose": q.Purpose, "asked-result": q.Result} {
		if v != "" {
			asked[name] = v
		}
	}
	if strings.TrimSpace(q.Text) != "" {
		asked["text"] = "yes"
	}
	for name, t := range map[string]time.Time{"since": q.Since, "until": q.Until} {
		if !t.IsZero() {
			asked[name] = t.UTC().Format(time.RFC3339)
		}
	}
	return asked
}

func auditEntry(r audit.Recorded) AuditEntry {
	const form = "2006-01-02T15:04:05.000000Z07:00"
	e := AuditEntry{
		Index: r.Index, Epoch: r.Epoch, UTC: r.Time.UTC().Format(form), VN: r.Time.In(vietnamTime).Format(form), Erased: r.Erased,
		Org: r.Org, RealIP: r.RealIP, Dest: r.Dest, Action: r.Action, Object: r.Object, Purpose: r.Purpose, Basis: r.Basis,
		Result: r.Result, Why: r.Why, Trace: r.Trace, Clock: r.ClockHealth, Detail: r.Detail,
	}
	if !r.Erased {
		e.Actor = &AuditActor{r.Actor.Kind, r.Actor.ID, r.Actor.Name}
	}
	return e
}

var vietnamTime = time.FixedZone("+07", 7*3600)
