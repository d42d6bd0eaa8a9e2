package audit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/jsontext"
)

// An Actor is who did something.
type Actor struct {
	Kind string `json:"kind"` // "person", "program", "company" or "system"
	ID   string `json:"id"`
	Name string `json:"name"`
}

// self acts in the log's own entries.
var self = Actor{Kind: "system", ID: "audit", Name: "Phố Hiến"}

// The results of what was asked.
const (
	Allow  = "allow"  // asked and allowed
	Deny   = "deny"   // asked and refused
	Done   = "done"   // carried out
	Failed = "failed" // begun and not carried out
)

// The actions of the log's own entries. Nobody else may use the prefix, and
// they are never erased: they hold nothing about persons.
const (
	ownPrefix     = "audit."
	ActionBegin   = "audit.begin"   // the log's first entry
	ActionEpoch   = "audit.epoch"   // it begins anew after a restore
	ActionRecover = "audit.recover" // an unfinished end was cut off
	ActionClock   = "audit.clock"   // the clock jumped
	ActionErase   = "audit.erase"   // payloads were erased
)

// An Entry is one thing that was done or asked. All values are plain text, so
// that the log needs nobody's types. Time and ClockHealth are the log's to say:
// what a caller puts there is overwritten.
type Entry struct {
	Time        time.Time         // UTC, to the microsecond
	Actor       Actor             // who
	Org         string            // actor_agency: the agency it acts for
	RealIP      string            // where it came from, behind proxies
	Dest        string            // where it was asked: door and host
	Action      string            // e.g. "record.read"
	Object      string            // what it was done to
	Purpose     string            // what for
	Basis       string            // legal basis
	Result      string            // Allow, Deny, Done or Failed
	Why         []string          // key of the reason, ids of the policies
	Trace       string            // trace id
	ClockHealth string            // state of the clock, see docs/audit.md
	Detail      map[string]string // what else belongs to this action
}

// mostPayload bounds an entry's payload, so that a segment stays below 4 GiB;
// more belongs where the entry points to.
const mostPayload = 56 << 10

// check refuses an entry that would say nothing. own: it is the log's own.
func (e *Entry) check(own bool) error {
	switch {
	case strings.TrimSpace(e.Action) == "":
		return fault.New(fault.Invalid, "audit.no-action")
	case !own && strings.HasPrefix(e.Action, ownPrefix):
		return fault.New(fault.Invalid, "audit.own-action", e.Action, ownPrefix)
	case e.Result != Allow && e.Result != Deny && e.Result != Done && e.Result != Failed:
		return fault.New(fault.Invalid, "audit.bad-result", e.Result, e.Action)
	}
	// JSON makes at most seven bytes of one: a short entry needs no closer look.
	if e.roughBytes() > mostPayload/7 {
		if n := len(e.appendPayload(nil)) + len(ClockUnsynced); n > mostPayload {
			return fault.New(fault.TooLarge, "audit.too-large", e.Action, int64(n), int64(mostPayload))
		}
	}
	return nil
}

// roughBytes is how long the payload gets where JSON escapes nothing, or more.
func (e *Entry) roughBytes() int {
	n := 400 + len(e.Actor.Kind) + len(e.Actor.ID) + len(e.Actor.Name) + len(e.Org) + len(e.RealIP) + len(e.Dest) + len(e.Action) +
		len(e.Object) + len(e.Purpose) + len(e.Basis) + len(e.Trace)
	for _, w := range e.Why {
		n += len(w) + 3
	}
	for k, v := range e.Detail {
		n += len(k) + len(v) + 6
	}
	return n
}

const payloadVersion = "1"

// The forms of a time in a payload: fixed width, to the microsecond.
const (
	utcForm = "2006-01-02T15:04:05.000000Z"
	vnForm  = "2006-01-02T15:04:05.000000+07:00"
)

var vietnam = time.FixedZone("+07", 7*3600)

// appendPayload writes the one spelling of an entry: JSON in the house's
// spelling (package jsontext), each field there, members sorted by name.
func (e *Entry) appendPayload(b []byte) []byte {
	b = appendMember(b, `{"action":`, e.Action)
	b = appendMember(b, `,"actor":{"id":`, e.Actor.ID)
	b = appendMember(b, `,"kind":`, e.Actor.Kind)
	b = appendMember(b, `,"name":`, e.Actor.Name)
	b = appendMember(b, `},"actor_agency":`, e.Org)
	b = appendMember(b, `,"basis":`, e.Basis)
	b = appendMember(b, `,"clock":`, e.ClockHealth)
	b = appendMember(b, `,"dest":`, e.Dest)
	b = e.appendDetail(append(b, `,"detail":{`...))
	b = appendMember(b, `},"object":`, e.Object)
	b = appendMember(b, `,"purpose":`, e.Purpose)
	b = appendMember(b, `,"real_ip":`, e.RealIP)
	b = appendMember(b, `,"result":`, e.Result)
	b = append(b, `,"time_utc":"`...)
	b = e.Time.UTC().AppendFormat(b, utcForm)
	b = append(b, `","time_vn":"`...)
	b = e.Time.In(vietnam).AppendFormat(b, vnForm)
	b = appendMember(b, `","trace_id":`, e.Trace)
	b = append(b, `,"v":"`+payloadVersion+`","why":[`...)
	for i, w := range e.Why {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, w)
	}
	return append(b, "]}"...)
}

func (e *Entry) appendDetail(b []byte) []byte {
	if len(e.Detail) == 0 {
		return b
	}
	var few [16]string
	names := few[:0]
	for k := range maps.Keys(e.Detail) {
		names = append(names, k)
	}
	slices.Sort(names)
	for i, k := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, k), ':')
		b = appendText(b, e.Detail[k])
	}
	return b
}

func appendMember(b []byte, name, value string) []byte { return appendText(append(b, name...), value) }

// appendText writes a string as JSON. What is no UTF-8, and NUL, which the
// house's spelling refuses, is written as the replacement character.
func appendText(b []byte, s string) []byte {
	if plain(s) {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	}
	b, err := jsontext.AppendString(b, s)
	if err != nil {
		panic(err) // what it refuses has just been replaced
	}
	return b
}

// plain reports whether JSON writes a text as it stands.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return false
		}
	}
	return true
}

// payloadJSON is the form that payloads are read in.
type payloadJSON struct {
	Action  string            `json:"action"`
	Actor   Actor             `json:"actor"`
	Org     string            `json:"actor_agency"`
	Basis   string            `json:"basis"`
	Clock   string            `json:"clock"`
	Dest    string            `json:"dest"`
	Detail  map[string]string `json:"detail"`
	Object  string            `json:"object"`
	Purpose string            `json:"purpose"`
	RealIP  string            `json:"real_ip"`
	Result  string            `json:"result"`
	UTC     string            `json:"time_utc"`
	VN      string            `json:"time_vn"`
	Trace   string            `json:"trace_id"`
	Version string            `json:"v"`
	Why     []string          `json:"why"`
}

// parsePayload reads a payload. That nothing else was written is the MAC's to
// say.
func parsePayload(b []byte) (Entry, error) {
	var p payloadJSON
	if err := json.Unmarshal(b, &p); err != nil {
		return Entry{}, fmt.Errorf("payload: %w", err)
	}
	if p.Version != payloadVersion {
		return Entry{}, fmt.Errorf("payload: version %q", p.Version)
	}
	t, err := time.Parse(utcForm, p.UTC)
	if err != nil {
		return Entry{}, fmt.Errorf("payload: %w", err)
	}
	e := Entry{
		Time: t, Actor: p.Actor, Org: p.Org, RealIP: p.RealIP, Dest: p.Dest, Action: p.Action, Object: p.Object,
		Purpose: p.Purpose, Basis: p.Basis, Result: p.Result, Trace: p.Trace, ClockHealth: p.Clock,
	}
	if len(p.Why) > 0 {
		e.Why = p.Why
	}
	if len(p.Detail) > 0 {
		e.Detail = p.Detail
	}
	return e, nil
}
