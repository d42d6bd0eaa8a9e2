package audit

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/jsontext"
)

// The formats of an export.
const (
	JSONLines = "jsonl" // one JSON object a line: the entry with its index
	CEF       = "cef"   // ArcSight Common Event Format, version 0
	OCSF      = "ocsf"  // Open Cybersecurity Schema Framework 1.3.0, API Activity (6003), one JSON object a line
)

// Formats lists them.
var Formats = []string{JSONLines, CEF, OCSF}

// Export writes all entries that a query picks, oldest first; its Limit does not
// count.
func (r *Reader) Export(ctx context.Context, w io.Writer, format string, q Query) (n int64, err error) {
	line, ok := map[string]func(Recorded) ([]byte, error){JSONLines: jsonLine, CEF: cefLine, OCSF: ocsfLine}[format]
	if !ok {
		return 0, fault.New(fault.Invalid, "audit.bad-format", format, strings.Join(Formats, ", "))
	}
	out := bufio.NewWriterSize(w, 1<<16)
	q.Limit, q.Newest = mostPage, false
	for more := true; more; {
		page, err := r.Entries(ctx, q)
		if err != nil {
			return n, err
		}
		for _, e := range page.Entries {
			text, err := line(e)
			if err != nil {
				return n, err
			}
			if _, err := out.Write(append(text, '\n')); err != nil {
				return n, err
			}
			n++
		}
		q.From, more = page.Next, page.More
	}
	return n, out.Flush()
}

// exported is an entry in JSON lines: the payload's members and what the log
// adds to them.
type exported struct {
	Index   int64             `json:"index"`
	Epoch   int               `json:"epoch"`
	UTC     string            `json:"time_utc"`
	VN      string            `json:"time_vn"`
	Erased  bool              `json:"erased,omitempty"`
	Actor   *Actor            `json:"actor,omitempty"`
	Org     string            `json:"actor_agency,omitempty"`
	RealIP  string            `json:"real_ip,omitempty"`
	Dest    string            `json:"dest,omitempty"`
	Action  string            `json:"action,omitempty"`
	Object  string            `json:"object,omitempty"`
	Purpose string            `json:"purpose,omitempty"`
	Basis   string            `json:"basis,omitempty"`
	Result  string            `json:"result,omitempty"`
	Why     []string          `json:"why,omitempty"`
	Trace   string            `json:"trace_id,omitempty"`
	Clock   string            `json:"clock,omitempty"`
	Detail  map[string]string `json:"detail,omitempty"`
}

// MarshalJSON gives an entry the same members as the export.
func (r Recorded) MarshalJSON() ([]byte, error) {
	e := exported{
		Index: r.Index, Epoch: r.Epoch, UTC: r.Time.UTC().Format(utcForm), VN: r.Time.In(vietnam).Format(vnForm), Erased: r.Erased,
		Org: r.Org, RealIP: r.RealIP, Dest: r.Dest, Action: r.Action, Object: r.Object, Purpose: r.Purpose, Basis: r.Basis,
		Result: r.Result, Why: r.Why, Trace: r.Trace, Clock: r.ClockHealth, Detail: r.Detail,
	}
	if !r.Erased {
		e.Actor = &r.Actor
	}
	return json.Marshal(e)
}

func jsonLine(r Recorded) ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return jsontext.Canonical(text)
}

// cefLine writes "CEF:0|vendor|product|version|class|name|severity|extension".
func cefLine(r Recorded) ([]byte, error) {
	action, result := r.Action, r.Result
	if r.Erased {
		action, result = "audit.erased", "erased"
	}
	b := []byte("CEF:0|PhoHien|phohien|1|")
	b = append(b, cefHead(action)+"|"+cefHead(strings.TrimSpace(action+" "+result))+"|"+strconv.Itoa(cefSeverity(r))+"|"...)
	first := true
	field := func(name, value string) {
		if value == "" {
			return
		}
		if !first {
			b = append(b, ' ')
		}
		first = false
		b = append(b, name+"="+cefValue(value)...)
	}
	labelled := func(name, label, value string) {
		if value != "" {
			field(name, value)
			field(name+"Label", label)
		}
	}
	field("rt", strconv.FormatInt(r.Time.UnixMilli(), 10))
	field("externalId", strconv.FormatInt(r.Index, 10))
	field("suid", r.Actor.ID)
	field("suser", r.Actor.Name)
	field("src", r.RealIP)
	field("dhost", r.Dest)
	field("act", r.Action)
	field("outcome", result)
	field("reason", strings.Join(r.Why, ", "))
	labelled("cs1", "object", r.Object)
	labelled("cs2", "purpose", r.Purpose)
	labelled("cs3", "basis", r.Basis)
	labelled("cs4", "actorAgency", r.Org)
	labelled("cs5", "traceId", r.Trace)
	labelled("cs6", "actorKind", r.Actor.Kind)
	labelled("flexString1", "clock", r.ClockHealth)
	if len(r.Detail) > 0 {
		detail := append((&Entry{Detail: r.Detail}).appendDetail([]byte{'{'}), '}')
		labelled("flexString2", "detail", string(detail))
	}
	return b, nil
}

func cefSeverity(r Recorded) int {
	switch {
	case r.Action == ActionClock || r.Action == ActionEpoch:
		return 8
	case r.Result == Deny:
		return 5
	case r.Result == Failed:
		return 6
	}
	return 3
}

var (
	// In the head a line cannot break; bar and backslash are escaped.
	cefHeads = strings.NewReplacer(`\`, `\\`, `|`, `\|`, "\r\n", " ", "\n", " ", "\r", " ")
	// In a value equals sign and backslash are escaped, line ends are written \n and \r; a bar is not.
	cefValues = strings.NewReplacer(`\`, `\\`, `=`, `\=`, "\n", `\n`, "\r", `\r`)
)

func cefHead(s string) string  { return cefHeads.Replace(s) }
func cefValue(s string) string { return cefValues.Replace(s) }

// The parts of an OCSF event that we fill (https://schema.ocsf.io/1.3.0/classes/api_activity).
type (
	ocsfEvent struct {
		ActivityID   int            `json:"activity_id"`
		ActivityName string         `json:"activity_name"`
		Actor        ocsfActor      `json:"actor"`
		API          ocsfAPI        `json:"api"`
		CategoryUID  int            `json:"category_uid"`
		ClassUID     int            `json:"class_uid"`
		Dst          *ocsfEndpoint  `json:"dst_endpoint,omitempty"`
		Metadata     ocsfMetadata   `json:"metadata"`
		Resources    []ocsfResource `json:"resources,omitempty"`
		SeverityID   int            `json:"severity_id"`
		Src          ocsfEndpoint   `json:"src_endpoint"`
		StatusID     int            `json:"status_id"`
		Status       string         `json:"status,omitempty"`
		StatusDetail string         `json:"status_detail,omitempty"`
		Time         int64          `json:"time"`
		TypeUID      int            `json:"type_uid"`
		Unmapped     ocsfUnmapped   `json:"unmapped"`
	}
	ocsfActor struct {
		User ocsfUser `json:"user"`
	}
	ocsfUser struct {
		Name   string   `json:"name,omitempty"`
		Org    *ocsfOrg `json:"org,omitempty"`
		Type   string   `json:"type,omitempty"`
		TypeID int      `json:"type_id"`
		UID    string   `json:"uid,omitempty"`
	}
	ocsfOrg struct {
		UID string `json:"uid"`
	}
	ocsfAPI struct {
		Operation string       `json:"operation"`
		Request   *ocsfRequest `json:"request,omitempty"`
	}
	ocsfRequest struct {
		UID string `json:"uid"`
	}
	ocsfEndpoint struct {
		Hostname string `json:"hostname,omitempty"`
		IP       string `json:"ip,omitempty"`
		Name     string `json:"name,omitempty"`
	}
	ocsfMetadata struct {
		Product      ocsfProduct `json:"product"`
		Sequence     int64       `json:"sequence"`
		OriginalTime string      `json:"original_time"`
		UID          string      `json:"uid"`
		Version      string      `json:"version"`
	}
	ocsfProduct struct {
		Name       string `json:"name"`
		VendorName string `json:"vendor_name"`
	}
	ocsfResource struct {
		Name string `json:"name"`
	}
	ocsfUnmapped struct {
		Basis   string            `json:"basis,omitempty"`
		Clock   string            `json:"clock,omitempty"`
		Detail  map[string]string `json:"detail,omitempty"`
		Epoch   int               `json:"epoch"`
		Erased  bool              `json:"erased,omitempty"`
		Purpose string            `json:"purpose,omitempty"`
		Why     []string          `json:"why,omitempty"`
	}
)

const ocsfClass = 6003

func ocsfLine(r Recorded) ([]byte, error) {
	id, name := ocsfActivity(r.Action)
	e := ocsfEvent{
		ActivityID: id, ActivityName: name, CategoryUID: 6, ClassUID: ocsfClass, TypeUID: ocsfClass*100 + id,
		Time: r.Time.UnixMilli(), SeverityID: ocsfSeverity(r),
		Actor: ocsfActor{User: ocsfUser{Name: r.Actor.Name, UID: r.Actor.ID, Type: r.Actor.Kind, TypeID: 99}},
		API:   ocsfAPI{Operation: r.Action}, Src: ocsfEndpoint{IP: r.RealIP},
		Metadata: ocsfMetadata{
			Product: ocsfProduct{Name: "phohien", VendorName: "PhoHien"}, Version: "1.3.0", Sequence: r.Index,
			OriginalTime: r.Time.In(vietnam).Format(time.RFC3339Nano), UID: fmt.Sprintf("%d/%d", r.Epoch, r.Index),
		},
		StatusDetail: r.Result,
		Unmapped: ocsfUnmapped{
			Basis: r.Basis, Clock: r.ClockHealth, Detail: r.Detail, Epoch: r.Epoch, Erased: r.Erased, Purpose: r.Purpose, Why: r.Why,
		},
	}
	e.StatusID, e.Status = ocsfStatus(r.Result)
	if r.RealIP == "" {
		e.Src.Name = "unknown" // the schema wants one way to name it at least
	}
	if r.Erased {
		e.API.Operation, e.Actor.User.Name = "audit.erased", "erased"
	}
	switch r.Actor.Kind {
	case "person":
		e.Actor.User.TypeID = 1
	case "system":
		e.Actor.User.TypeID = 3
	}
	if r.Org != "" {
		e.Actor.User.Org = &ocsfOrg{UID: r.Org}
	}
	if r.Dest != "" {
		e.Dst = &ocsfEndpoint{Name: r.Dest}
	}
	if r.Trace != "" {
		e.API.Request = &ocsfRequest{UID: r.Trace}
	}
	if r.Object != "" {
		e.Resources = []ocsfResource{{Name: r.Object}}
	}
	text, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	return jsontext.Canonical(text)
}

// ocsfActivity reads the activity from an action's last word.
func ocsfActivity(action string) (int, string) {
	verb := action[strings.LastIndexByte(action, '.')+1:]
	switch verb {
	case "create", "add", "register", "install", "begin":
		return 1, "Create"
	case "read", "list", "search", "export", "query", "download", "show":
		return 2, "Read"
	case "update", "change", "write", "apply", "approve", "rename", "undo", "load":
		return 3, "Update"
	case "delete", "remove", "erase", "withdraw":
		return 4, "Delete"
	case "":
		return 0, "Unknown"
	}
	return 99, verb
}

func ocsfStatus(result string) (int, string) {
	switch result {
	case Allow, Done:
		return 1, "Success"
	case Deny, Failed:
		return 2, "Failure"
	}
	return 0, "Unknown"
}

func ocsfSeverity(r Recorded) int {
	switch {
	case r.Action == ActionClock || r.Action == ActionEpoch:
		return 4
	case r.Result == Deny || r.Result == Failed:
		return 2
	}
	return 1
}
