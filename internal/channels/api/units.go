package api

import (
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"

	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/faults"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// Units is what the doors need of the register of administrative units.
type Units interface {
	Index(ctx context.Context) (*units.Index, error)
}

// A Unit is an administrative unit in one period.
type Unit struct {
	UID       string     `json:"uid" example:"X11953.2025-07-01" doc:"Id of the unit in its period"`
	Code      string     `json:"code" example:"11953" doc:"Code; it means something only with a day"`
	Level     string     `json:"level" enum:"province,district,commune,village"`
	Type      string     `json:"type" example:"phuong"`
	Name      string     `json:"name" example:"Phố Hiến"`
	FullName  string     `json:"full_name" example:"Phường Phố Hiến"`
	Title     string     `json:"title" example:"Phường Phố Hiến, Tỉnh Hưng Yên" doc:"Full name with those of its parents"`
	ValidFrom *viet.Date `json:"valid_from,omitempty" format:"date" doc:"First day; absent when not known"`
	ValidTo   *viet.Date `json:"valid_to,omitempty" format:"date" doc:"Last day; absent while in force"`
	Basis     string     `json:"basis,omitempty" doc:"The act that made it"`
	Parents   []string   `json:"parents" nullable:"false" doc:"uids of its commune and its district, where it has them, and its province"`
}

// A UnitChange is what a unit was made of, or became.
type UnitChange struct {
	Kind  string    `json:"kind" doc:"merge, split, rename, retype, recode, keep, move"`
	On    viet.Date `json:"on" format:"date"`
	Basis string    `json:"basis,omitempty"`
	Unit  Unit      `json:"unit" doc:"The other unit"`
}

// A UnitDetail is a unit with its history.
type UnitDetail struct {
	Unit
	Before []UnitChange `json:"before" nullable:"false" doc:"What it was made of"`
	After  []UnitChange `json:"after" nullable:"false" doc:"What became of it"`
}

// A UnitAnswer says which commune is meant.
type UnitAnswer struct {
	Sure    bool   `json:"sure" doc:"One unit alone fits; never a guess"`
	Why     string `json:"why" doc:"code, name, before, change, same when sure; empty, no-province, no-district, none, near, several, split, made, day, differs, unknown otherwise"`
	Message string `json:"message"`
	Items   []Unit `json:"items" nullable:"false" doc:"The unit when sure, the candidates otherwise"`
}

type unitList struct {
	Body struct {
		On    string `json:"on" doc:"The day that was asked for, all for all times"`
		Items []Unit `json:"items" nullable:"false"`
	}
}

func (s *Server) unitRoutes() {
	register(s, door.Of(policy.Describe, policy.KindUnit).ForAll(), huma.Operation{
		OperationID: "list-units", Method: http.MethodGet, Path: Prefix + "/units",
		Summary: "Tra cứu đơn vị hành chính / Look up administrative units", Tags: []string{"units"},
		Description: "By code, or by name with or without marks. Codes are used again with another meaning: ask with the day.",
	}, s.listUnits)
	register(s, door.Of(policy.Describe, policy.KindUnit).ForAll(), huma.Operation{
		OperationID: "get-unit", Method: http.MethodGet, Path: Prefix + "/units/{uid}",
		Summary: "Một đơn vị và lịch sử / One unit and its history", Tags: []string{"units"},
	}, s.getUnit)
	register(s, door.Of(policy.Describe, policy.KindUnit).ForAll(), huma.Operation{
		OperationID: "resolve-unit", Method: http.MethodGet, Path: Prefix + "/unit-of",
		Summary: "Xác định xã từ tên hoặc mã / The commune that names or codes mean", Tags: []string{"units"},
		Description: "Names or codes in columns, two-level or three-level, of a day. With to, the unit is followed to another day. Nothing is guessed.",
	}, s.resolveUnit)
	register(s, door.Of(policy.Describe, policy.KindUnit).ForAll(), huma.Operation{
		OperationID: "list-villages", Method: http.MethodGet, Path: Prefix + "/units/{uid}/villages",
		Summary: "Thôn, tổ dân phố của một xã, phường / Villages of a commune", Tags: []string{"units"},
		Description: "As the communes keep them; villages are no units of government.",
	}, s.listVillages)
	s.resolveRoutes()
}

type unitQuery struct {
	Code  string `query:"code" maxLength:"10" doc:"Code of a commune, district or province"`
	Q     string `query:"q" maxLength:"200" doc:"Name, or the beginning of a code; a parent may follow behind a comma"`
	On    string `query:"on" maxLength:"20" doc:"Day: 2025-07-02 or 2/7/2025; all for all times; today when absent"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (s *Server) listUnits(ctx context.Context, in *unitQuery) (*unitList, error) {
	ix, err := UnitIndex(ctx, s.Units)
	if err != nil {
		return nil, err
	}
	on, err := UnitDay(in.On, time.Now())
	if err != nil {
		return nil, err
	}
	out := &unitList{}
	out.Body.Items = []Unit{}
	if out.Body.On = "all"; on != units.NoDay {
		out.Body.On = on.String()
	}
	found := ix.Search(in.Q, on, in.Limit)
	if in.Code != "" {
		found = nil
		for _, level := range []units.Level{units.Province, units.District, units.Commune} {
			found = append(found, ix.Codes(level, in.Code, on)...)
		}
	}
	for _, u := range found {
		out.Body.Items = append(out.Body.Items, unitOf(ix, u))
	}
	return out, nil
}

func (s *Server) getUnit(ctx context.Context, in *struct {
	UID string `path:"uid" maxLength:"40" example:"X11953.2025-07-01"`
}) (*struct{ Body UnitDetail }, error) {
	ix, err := UnitIndex(ctx, s.Units)
	if err != nil {
		return nil, err
	}
	u, ok := ix.ByUID(in.UID)
	if !ok {
		return nil, fault.New(fault.NotFound, "units.unknown", in.UID)
	}
	before, after := ix.History(u.UID)
	return &struct{ Body UnitDetail }{UnitDetail{Unit: unitOf(ix, u), Before: changesOf(ix, before), After: changesOf(ix, after)}}, nil
}

func (s *Server) listVillages(ctx context.Context, in *struct {
	UID string `path:"uid" maxLength:"40" example:"X11953.2025-07-01"`
	On  string `query:"on" maxLength:"20" doc:"Day: 2025-07-02 or 2/7/2025; all for all times; today when absent"`
}) (*unitList, error) {
	ix, err := UnitIndex(ctx, s.Units)
	if err != nil {
		return nil, err
	}
	if _, ok := ix.ByUID(in.UID); !ok {
		return nil, fault.New(fault.NotFound, "units.unknown", in.UID)
	}
	on, err := UnitDay(in.On, time.Now())
	if err != nil {
		return nil, err
	}
	out := &unitList{}
	out.Body.Items = unitsOf(ix, ix.Villages(in.UID, on))
	if out.Body.On = "all"; on != units.NoDay {
		out.Body.On = on.String()
	}
	return out, nil
}

func (s *Server) resolveUnit(ctx context.Context, in *struct {
	Province string `query:"province" maxLength:"200" doc:"Name or code; several with commas"`
	District string `query:"district" maxLength:"200" doc:"Name or code, before 1 July 2025"`
	Commune  string `query:"commune" maxLength:"200" required:"true" doc:"Name or code"`
	On       string `query:"on" maxLength:"20" doc:"Day at which the names are meant; today when absent"`
	To       string `query:"to" maxLength:"20" doc:"Day to which the unit is followed"`
}) (*struct{ Body UnitAnswer }, error) {
	ix, err := UnitIndex(ctx, s.Units)
	if err != nil {
		return nil, err
	}
	on, err := UnitDay(in.On, time.Now())
	if err != nil {
		return nil, err
	}
	found := ix.Resolve(units.Query{Province: in.Province, District: in.District, Commune: in.Commune, On: on})
	if found.Sure && in.To != "" {
		to, err := UnitDay(in.To, time.Now())
		if err != nil {
			return nil, err
		}
		if on == units.NoDay {
			on = found.Units[0].From
		}
		found = ix.Convert(found.Units[0].UID, on, to)
	}
	out := UnitAnswer{Sure: found.Sure, Why: string(found.Why), Message: found.Say(locale.From(ctx)), Items: []Unit{}}
	for _, u := range found.Units {
		out.Items = append(out.Items, unitOf(ix, u))
	}
	return &struct{ Body UnitAnswer }{out}, nil
}

// UnitIndex gives the register, or says that there is none: without it a look-up
// would answer that nothing exists.
func UnitIndex(ctx context.Context, from Units) (*units.Index, error) {
	if from == nil {
		return nil, fault.New(fault.NotFound, "units.no-register")
	}
	ix, err := from.Index(ctx)
	if err != nil {
		return nil, err
	}
	if ix.Len() == 0 {
		return nil, fault.New(fault.NotFound, "units.no-register")
	}
	return ix, nil
}

// UnitDay reads the day of a question: today when nothing is said, units.NoDay
// for all times.
func UnitDay(text string, now time.Time) (viet.Date, error) {
	switch text {
	case "":
		return viet.DateOf(now.In(viet.Zone)), nil
	case "all":
		return units.NoDay, nil
	}
	d, _, err := viet.ParseDate([]byte(text))
	if err != nil {
		return units.NoDay, fault.New(fault.Invalid, "units.day", text)
	}
	return d, nil
}

// Words prepares the words of an object's rules, with the register of units when
// one of them speaks of units. A register that cannot be read leaves the
// candidates out.
func Words(ctx context.Context, obj *contract.Object, from Units) (*faults.Words, error) {
	w, err := faults.For(obj)
	if err != nil || from == nil {
		return w, err
	}
	for i := range obj.Columns {
		if obj.Columns[i].UnitFrom == nil {
			continue
		}
		ix, err := from.Index(ctx)
		if err != nil {
			return nil, err
		}
		return w.With(ix), nil
	}
	return w, nil
}

func unitOf(ix *units.Index, u units.Unit) Unit {
	out := Unit{
		UID: u.UID, Code: u.Code, Level: string(u.Level), Type: u.Type, Name: u.Name, FullName: u.Full, Title: ix.Title(u),
		ValidFrom: unitDate(u.From), ValidTo: unitDate(u.To), Basis: u.Basis, Parents: []string{},
	}
	for _, p := range ix.Parents(u) {
		out.Parents = append(out.Parents, p.UID)
	}
	return out
}

func unitDate(d viet.Date) *viet.Date {
	if d == units.NoDay {
		return nil
	}
	return &d
}

func changesOf(ix *units.Index, steps []units.Step) []UnitChange {
	all := make([]UnitChange, len(steps))
	for i, s := range steps {
		all[i] = UnitChange{Kind: s.Kind, On: s.On, Basis: s.Basis, Unit: unitOf(ix, s.Unit)}
	}
	return all
}
