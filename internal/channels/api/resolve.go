package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// MostResolved is how many texts one question may have, and mostInAddress how
// many of them may stand in an address.
const (
	MostResolved  = 1000
	mostInAddress = 100
)

// A Resolved is what one text means.
type Resolved struct {
	Text       string     `json:"text" doc:"As it was asked, never changed"`
	Sure       bool       `json:"sure" doc:"One unit alone fits; never a guess"`
	Certainty  string     `json:"certainty" enum:"high,good,low,none" doc:"high: written in full; good: sure, though short; low: a person chooses; none: nothing found"`
	Why        string     `json:"why" doc:"Why the answer is as it is, in a word"`
	Message    string     `json:"message" doc:"The same in a sentence"`
	Unit       *Unit      `json:"unit,omitempty" doc:"When sure"`
	Village    *Unit      `json:"village,omitempty" doc:"When the text names a village and the register knows it"`
	Candidates []Unit     `json:"candidates" nullable:"false" doc:"When not sure"`
	Steps      []UnitStep `json:"steps" nullable:"false" doc:"Changes by which the unit that was named became the one that answers"`
	Left       []string   `json:"left" nullable:"false" doc:"Words that were not understood"`
}

// A UnitStep is one change of a unit.
type UnitStep struct {
	Kind  string     `json:"kind" doc:"merge, split, rename, retype, recode, keep, move"`
	On    *viet.Date `json:"on,omitempty" format:"date"`
	Share *float64   `json:"share,omitempty" doc:"Part of the old unit that went to the new one, from 0 to 1; absent when not known"`
	Basis string     `json:"basis,omitempty"`
	From  Unit       `json:"from"`
	To    Unit       `json:"to"`
}

// A ResolveQuestion is how texts are to be read.
type ResolveQuestion struct {
	At     string `query:"at" json:"at,omitempty" maxLength:"20" doc:"Day at which the texts are meant: 2025-07-02 or 2/7/2025; all: not known; today when absent"`
	To     string `query:"to" json:"to,omitempty" maxLength:"20" doc:"Day to which the units are followed"`
	Within string `query:"within" json:"within,omitempty" maxLength:"200" doc:"Province that is meant where a text names none: name or code, several with commas. Of villages: the commune, by code or uid" example:"33"`
	Level  string `query:"level" json:"level,omitempty" enum:"province,district,commune,village" doc:"Absent: a commune first, then what else fits"`
}

type resolvedList struct {
	Body struct {
		At    string     `json:"at" doc:"The day that was asked for, all when it is not known"`
		To    string     `json:"to,omitempty"`
		Sure  int        `json:"sure" doc:"How many of the items are"`
		Items []Resolved `json:"items" nullable:"false" doc:"In the order of the texts"`
	}
}

func (s *Server) resolveRoutes() {
	register(s, door.Of(policy.Describe, policy.KindUnit).ForAll(), huma.Operation{
		OperationID: "resolve", Method: http.MethodGet, Path: Prefix + "/resolve",
		Summary: "Xác định đơn vị hành chính từ mã, tên hoặc địa chỉ / The unit that a code, a name or an address means", Tags: []string{"units"},
		Description: "Each unit is a text in one cell: a code, a name old or new, an address of two or three levels. Addresses of persons do not belong into addresses of pages: send them with POST.",
	}, func(ctx context.Context, in *struct {
		Units []string `query:"unit,explode" maxItems:"100" doc:"Code, name or whole address; may be repeated" example:"11953"`
		ResolveQuestion
	}) (*resolvedList, error) {
		if len(in.Units) > mostInAddress {
			return nil, fault.New(fault.TooLarge, "units.too-many", len(in.Units), mostInAddress)
		}
		return s.resolve(ctx, in.Units, in.ResolveQuestion)
	})
	register(s, door.Of(policy.Describe, policy.KindUnit).ForAll(), huma.Operation{
		OperationID: "resolve-list", Method: http.MethodPost, Path: Prefix + "/resolve",
		Summary: "Xác định đơn vị hành chính cho một danh sách / The units of a list of texts", Tags: []string{"units"},
		Description: "As the same with GET, for up to 1,000 texts. Nothing of them is kept.", MaxBodyBytes: 4 << 20,
	}, func(ctx context.Context, in *struct {
		Body struct {
			Units []string `json:"units" nullable:"false" doc:"Codes, names or whole addresses, 1,000 at most"`
			ResolveQuestion
		}
	}) (*resolvedList, error) {
		return s.resolve(ctx, in.Body.Units, in.Body.ResolveQuestion)
	})
}

func (s *Server) resolve(ctx context.Context, texts []string, how ResolveQuestion) (*resolvedList, error) {
	if !door.From(ctx).Known() { // who has signed in answers for what they ask
		if err := s.Limits.Search(exchangeOf(ctx).r); err != nil {
			return nil, err
		}
	}
	ix, err := UnitIndex(ctx, s.Units)
	if err != nil {
		return nil, err
	}
	found, at, to, err := Resolve(ix, texts, how, time.Now())
	if err != nil {
		return nil, err
	}
	out := &resolvedList{}
	out.Body.Items = make([]Resolved, len(found))
	if out.Body.At = "all"; at != units.NoDay {
		out.Body.At = at.String()
	}
	if to != units.NoDay {
		out.Body.To = to.String()
	}
	l := locale.From(ctx)
	for i := range found {
		if found[i].Sure {
			out.Body.Sure++
		}
		out.Body.Items[i] = resolved(l, ix, &found[i])
	}
	return out, nil
}

// Resolve reads texts as of a day.
func Resolve(ix *units.Index, texts []string, how ResolveQuestion, now time.Time) (found []units.Answer, at, to viet.Date, err error) {
	to = units.NoDay
	if at, err = UnitDay(strings.TrimSpace(how.At), now); err != nil {
		return nil, at, to, err
	}
	if text := strings.TrimSpace(how.To); text != "" {
		if to, err = oneDay(text, now); err != nil {
			return nil, at, to, err
		}
	}
	switch {
	case len(texts) == 0:
		return nil, at, to, fault.New(fault.Invalid, "units.no-text")
	case len(texts) > MostResolved:
		return nil, at, to, fault.New(fault.TooLarge, "units.too-many", len(texts), MostResolved)
	}
	found = make([]units.Answer, len(texts))
	for i, text := range texts {
		found[i] = ix.Ask(units.Ask{Text: text, At: at, To: to, Within: how.Within, Level: units.Level(how.Level)})
	}
	return found, at, to, nil
}

func resolved(l locale.Lang, ix *units.Index, a *units.Answer) Resolved {
	out := Resolved{
		Text: a.Text, Sure: a.Sure, Certainty: string(a.Confidence), Why: string(a.Why), Message: a.Say(l),
		Candidates: []Unit{}, Steps: []UnitStep{}, Left: []string{},
	}
	if a.Sure {
		u := unitOf(ix, a.Units[0])
		out.Unit = &u
	} else {
		out.Candidates = unitsOf(ix, a.Units)
	}
	if a.Village.Sure {
		u := unitOf(ix, a.Village.Units[0])
		out.Village = &u
	}
	for _, p := range a.Steps {
		step := UnitStep{Kind: p.Kind, On: unitDate(p.On), Basis: p.Basis, From: unitOf(ix, p.From), To: unitOf(ix, p.To)}
		if p.Share > 0 {
			share := float64(p.Share) / float64(units.Whole)
			step.Share = &share
		}
		out.Steps = append(out.Steps, step)
	}
	for _, p := range a.Left() {
		out.Left = append(out.Left, p.Text)
	}
	return out
}
