package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/apps/plan"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/plandesk"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Plan is a plan document.
type Plan struct {
	ID         string         `json:"id" example:"hy26"`
	Title      string         `json:"title"`
	Number     string         `json:"number,omitempty" doc:"Number and sign of the document; absent when it is not known"`
	Date       string         `json:"date,omitempty" doc:"As far as it is known: 2025, 2025-12, 2025-12-29"`
	Kind       string         `json:"kind" doc:"Code of the register's list of kinds of documents"`
	Issuer     string         `json:"issuer,omitempty" doc:"Id of an organisation"`
	IssuerName string         `json:"issuer_name,omitempty"`
	Province   string         `json:"province,omitempty" doc:"Code of the province"`
	Own        bool           `json:"own" doc:"Of the province that keeps the plans"`
	Bases      []PlanNamed    `json:"bases" nullable:"false" doc:"Documents that it rests on"`
	Below      []PlanNamed    `json:"below" nullable:"false" doc:"Plans that rest on it"`
	Tasks      int            `json:"tasks"`
	Targets    int            `json:"targets"`
	Duties     int            `json:"duties"`
	States     map[string]int `json:"states" doc:"How many tasks are in each of the five states; a state without any is absent"`
	Valued     int            `json:"targets_valued" doc:"Targets of which a value is known"`
	Reached    int            `json:"targets_reached"`
	Address    string         `json:"address" doc:"Path of its page"`
}

// PlanNamed names a document.
type PlanNamed struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Number string `json:"number,omitempty"`
}

// PlanDue is when something is due.
type PlanDue struct {
	Kind plan.Kind `json:"kind" enum:"day,month,quarter,year,yearly,continuous,condition,none" doc:"How the plan says it; condition: after an outside act, guidance or timetable"`
	Text string    `json:"text,omitempty" doc:"As the plan has it: 2026-10-15, 2026-10, 2026-Q3, 2026"`
	Last string    `json:"last_day,omitempty" format:"date"`
	Act  string    `json:"act,omitempty" doc:"What it waits for"`
}

// PlanPart is what tasks, targets and duties have in common.
type PlanPart struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Plan     string   `json:"plan" doc:"Id of the plan"`
	Section  string   `json:"section" doc:"Where it stands in the plan"`
	Province string   `json:"province,omitempty"`
	Lead     string   `json:"lead,omitempty" doc:"Unit that leads; absent where the plan names none"`
	LeadName string   `json:"lead_name,omitempty"`
	Leads    []string `json:"leads" nullable:"false" doc:"All units that lead, the first included"`
	Support  []string `json:"support" nullable:"false"`
	Due      PlanDue  `json:"due"`
	Address  string   `json:"address" doc:"Path of its page"`
}

// A PlanTask is a task of a plan with its state of today.
type PlanTask struct {
	PlanPart
	Group    string       `json:"group" doc:"Heading of the plan"`
	Kind     string       `json:"kind"`
	Start    string       `json:"start,omitempty" doc:"As the plan has it"`
	Priority string       `json:"priority,omitempty"`
	Product  string       `json:"product,omitempty"`
	Cadence  string       `json:"cadence,omitempty"`
	Systems  []string     `json:"systems" nullable:"false" doc:"Codes of information systems"`
	State    plan.State   `json:"state" enum:"hoan-thanh-dung-han,hoan-thanh-qua-han,trong-han,qua-han,chua-den-han"`
	Why      plan.Because `json:"why" enum:"done-by,done-after,done-undated,due-ahead,due-behind,begun-undated,start-ahead,nobody-reports,waits-for-act,no-date,goes-on" doc:"Why it is in its state"`
	Reason   string       `json:"reason" doc:"Why, as a sentence"`
	Days     int          `json:"days" doc:"Behind the last day, or until it; 0 where none is set"`
}

// A PlanTarget is a target with its value of now.
type PlanTarget struct {
	PlanPart
	Area     string          `json:"area,omitempty"`
	Compare  plan.Comparator `json:"comparator" doc:"Code of so-sanh-chi-tieu"`
	Target   *float64        `json:"target" doc:"What is to be reached; null where the plan gives no number"`
	Unit     string          `json:"unit,omitempty"`
	Measure  plan.How        `json:"measure" enum:"tu-tinh,nhan-so-lieu,nhap-tay" doc:"How it is to be measured: by the platform, of what another system sends, typed in"`
	Value    *float64        `json:"value" doc:"Null where none is known: never zero in its stead"`
	AsOf     *time.Time      `json:"as_of" doc:"When the value was measured or told; null without a value"`
	Verdict  plan.Verdict    `json:"verdict" enum:"reached,not-reached,on-the-way,unmeasured,words"`
	Why      string          `json:"why,omitempty" doc:"Why there is no value"`
	Evidence *PlanEvidence   `json:"evidence,omitempty" doc:"Absent without a value"`
}

// PlanEvidence is what a value rests on.
type PlanEvidence struct {
	Source      plandesk.Source `json:"source" enum:"measured,declared,reported"`
	Measure     string          `json:"measure_id,omitempty" doc:"Of GET /measures"`
	Numerator   *float64        `json:"numerator,omitempty"`
	Denominator *float64        `json:"denominator,omitempty"`
	About       string          `json:"about,omitempty" doc:"How it is counted"`
	Text        string          `json:"text,omitempty" doc:"What was declared as evidence"`
	Address     string          `json:"address,omitempty" doc:"Path of the page that shows it down to rows"`
}

// A PlanDuty is a report or a review that a plan orders.
type PlanDuty struct {
	PlanPart
	Kind     string   `json:"kind"`
	To       []string `json:"to" nullable:"false" doc:"Who is reported to"`
	Cadences []string `json:"cadences" nullable:"false" doc:"Codes of chu-ky-thuc-hien"`
	Day      int      `json:"cut_day,omitempty" doc:"Day of the period on which figures are cut"`
	Month    int      `json:"cut_month,omitempty" doc:"Month of the year, of what is yearly"`
	Channel  string   `json:"channel,omitempty"`
	Note     string   `json:"note,omitempty"`
}

// listOf is a list with its facets, in the shape of /datasets.
type listOf[T any] struct {
	Body struct {
		Items  []T                       `json:"items" nullable:"false"`
		Next   string                    `json:"next,omitempty" doc:"Give it as after; absent on the last page"`
		Total  int                       `json:"total"`
		Facets map[string][]DatasetFacet `json:"facets" doc:"How many each value would leave, if the others stay as they are"`
	}
}

// cut fills a list with what stands behind after; id orders it.
func (l *listOf[T]) cut(total int, page Page, id func(int) string, make func(int) T) {
	l.Body.Items, l.Body.Total = []T{}, total
	last := ""
	for i := range total {
		if id(i) <= page.After {
			continue
		}
		if len(l.Body.Items) == page.Limit {
			l.Body.Next = last
			return
		}
		l.Body.Items = append(l.Body.Items, make(i))
		last = id(i)
	}
}

func (l *listOf[T]) facets(counts plandesk.Counts) {
	l.Body.Facets = map[string][]DatasetFacet{}
	for f, list := range counts {
		for _, c := range list {
			l.Body.Facets[string(f)] = append(l.Body.Facets[string(f)], DatasetFacet{c.Value, c.N})
		}
	}
}

// PlanQuery narrows lists of tasks, targets and duties. (It is exported because fields of
// embedded types are read from the address only then.)
type PlanQuery struct {
	Page
	Q    string `query:"q" maxLength:"200" doc:"Words, with or without marks"`
	Plan string `query:"plan" maxLength:"60" doc:"Id of a plan"`
	Unit string `query:"unit" maxLength:"80" doc:"Unit that leads; \"-\": none is named, as in all facets"`
}

func (q *PlanQuery) filter(more map[plandesk.Facet]string) plandesk.Filter {
	more[plandesk.ByPlan], more[plandesk.ByUnit] = q.Plan, q.Unit
	return plandesk.Filter{Words: q.Q, Chosen: more}
}

type taskQuery struct {
	PlanQuery
	With     string `query:"with" maxLength:"80" doc:"Unit that supports"`
	State    string `query:"state" maxLength:"40" doc:"One of the five states"`
	Group    string `query:"group" maxLength:"200"`
	Kind     string `query:"kind" maxLength:"40"`
	Priority string `query:"priority" maxLength:"40"`
}

type targetQuery struct {
	PlanQuery
	Verdict string `query:"verdict" maxLength:"40"`
	Area    string `query:"area" maxLength:"60"`
	Measure string `query:"measure" maxLength:"40"`
}

type dutyQuery struct {
	PlanQuery
	Kind    string `query:"kind" maxLength:"40"`
	Cadence string `query:"cadence" maxLength:"40"`
}

// Paths of the pages of plans.
func PlanPath(id string) string       { return "/plans/documents/" + url.PathEscape(id) }
func PlanTaskPath(id string) string   { return "/plans/tasks/" + url.PathEscape(id) }
func PlanTargetPath(id string) string { return "/plans/targets/" + url.PathEscape(id) }
func PlanUnitPath(id string) string   { return "/plans/units/" + url.PathEscape(id) }

func (s *Server) planRoutes() {
	read := door.Each(policy.Read, policy.KindDataset)
	tags := []string{"plans"}
	register(s, read, huma.Operation{
		OperationID: "list-plans", Method: http.MethodGet, Path: Prefix + "/plans", Tags: tags,
		Summary: "Kế hoạch, với số nhiệm vụ theo năm trạng thái / Plans, with their tasks by the five states",
	}, s.listPlans)
	register(s, read, huma.Operation{
		OperationID: "list-plan-tasks", Method: http.MethodGet, Path: Prefix + "/tasks", Tags: tags,
		Summary:     "Nhiệm vụ của các kế hoạch / Tasks of plans",
		Description: "The state comes from dates and from what units have told; nobody sets it by hand.",
	}, s.listTasks)
	register(s, read, huma.Operation{
		OperationID: "get-plan-task", Method: http.MethodGet, Path: Prefix + "/tasks/{id}", Tags: tags, Summary: "Một nhiệm vụ / One task",
	}, s.getTask)
	register(s, read, huma.Operation{
		OperationID: "list-plan-targets", Method: http.MethodGet, Path: Prefix + "/targets", Tags: tags,
		Summary:     "Chỉ tiêu của các kế hoạch, với giá trị hiện tại / Targets of plans, with their values of now",
		Description: "A value that nobody knows is null, with the reason in why.",
	}, s.listTargets)
	register(s, read, huma.Operation{
		OperationID: "get-plan-target", Method: http.MethodGet, Path: Prefix + "/targets/{id}", Tags: tags, Summary: "Một chỉ tiêu / One target",
	}, s.getTarget)
	register(s, read, huma.Operation{
		OperationID: "list-plan-duties", Method: http.MethodGet, Path: Prefix + "/duties", Tags: tags,
		Summary: "Chế độ báo cáo, rà soát trong các kế hoạch / Reports and reviews that plans order",
	}, s.listDuties)
}

// plans is the desk of plans, or a fault when this door has none.
func (s *Server) plans() (*plandesk.Desk, error) {
	if s.Plans == nil {
		return nil, fault.New(fault.NotFound, "api.no-such-path", Prefix+"/plans")
	}
	return s.Plans, nil
}

func (s *Server) listPlans(ctx context.Context, in *struct{ Page }) (*listOf[Plan], error) {
	desk, err := s.plans()
	if err != nil {
		return nil, err
	}
	o, err := desk.Overview(ctx, nil)
	if err != nil {
		return nil, err
	}
	agency, err := desk.Agencies(ctx)
	if err != nil {
		return nil, err
	}
	out := &listOf[Plan]{}
	out.Body.Facets = map[string][]DatasetFacet{}
	slices.SortFunc(o.Plans, func(a, b plandesk.Plan) int { return strings.Compare(a.ID, b.ID) })
	out.cut(len(o.Plans), in.Page, func(i int) string { return o.Plans[i].ID }, func(i int) Plan { return planShown(&o.Plans[i], agency) })
	return out, nil
}

func planShown(p *plandesk.Plan, agency func(string) string) Plan {
	out := Plan{
		ID: p.ID, Title: p.Title, Number: p.Number, Date: p.Date, Kind: p.Kind, Issuer: p.Issuer, Province: p.Province, Own: p.Own, Bases: named(p.Bases), Below: named(p.Below),
		Tasks: p.Tasks, Targets: p.Targets, Duties: p.Duties, States: map[string]int{}, Valued: p.Valued, Reached: p.Reached, Address: PlanPath(p.ID),
	}
	if p.Issuer != "" {
		out.IssuerName = agency(p.Issuer)
	}
	for s, n := range p.States {
		out.States[string(s)] = n
	}
	return out
}

func named(list []*plan.Document) []PlanNamed {
	all := make([]PlanNamed, len(list))
	for i, d := range list {
		all[i] = PlanNamed{d.ID, d.Title, d.Number}
	}
	return all
}

func planPartOf(p *plan.Part, address string, agency func(string) string) PlanPart {
	out := PlanPart{
		ID: p.ID, Title: p.Title, Plan: p.Document, Section: p.Section, Province: p.Province, Lead: p.Lead, Leads: append([]string{}, p.Leads...),
		Support: append([]string{}, p.Support...), Due: PlanDue{Kind: p.Due.Kind, Text: p.Due.Text, Act: p.Due.Act}, Address: address,
	}
	if p.Lead != "" {
		out.LeadName = agency(p.Lead)
	}
	if p.Due.Dated() {
		out.Due.Last = p.Due.Last.String()
	}
	return out
}

func taskOf(l locale.Lang, t *plandesk.Task, agency func(string) string) PlanTask {
	return PlanTask{
		PlanPart: planPartOf(&t.Part, PlanTaskPath(t.ID), agency), Group: t.Group, Kind: t.Kind, Start: t.Begins, Priority: t.Priority, Product: t.Product, Cadence: t.Cadence,
		Systems: append([]string{}, t.Systems...), State: t.State, Why: t.Why, Reason: plandesk.Reason(l, t.Standing, t.Due), Days: t.Days,
	}
}

func (s *Server) listTasks(ctx context.Context, in *taskQuery) (*listOf[PlanTask], error) {
	desk, err := s.plans()
	if err != nil {
		return nil, err
	}
	all, err := desk.Tasks(ctx)
	if err != nil {
		return nil, err
	}
	agency, err := desk.Agencies(ctx)
	if err != nil {
		return nil, err
	}
	kept, counts := plandesk.NarrowTasks(all, in.filter(map[plandesk.Facet]string{
		plandesk.BySupport: in.With, plandesk.ByState: in.State, plandesk.ByGroup: in.Group, plandesk.ByKind: in.Kind, plandesk.ByPriority: in.Priority,
	}))
	out := &listOf[PlanTask]{}
	out.facets(counts)
	out.cut(len(kept), in.Page, func(i int) string { return kept[i].ID }, func(i int) PlanTask { return taskOf(locale.From(ctx), &kept[i], agency) })
	return out, nil
}

func (s *Server) getTask(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"80" example:"hy214-II.1.b"`
}) (*struct{ Body PlanTask }, error) {
	desk, err := s.plans()
	if err != nil {
		return nil, err
	}
	t, err := desk.Task(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	agency, err := desk.Agencies(ctx)
	return &struct{ Body PlanTask }{taskOf(locale.From(ctx), &t, agency)}, err
}

func targetOf(l locale.Lang, t *plandesk.Target, agency func(string) string) PlanTarget {
	out := PlanTarget{
		PlanPart: planPartOf(&t.Part, PlanTargetPath(t.ID), agency), Area: t.Area, Compare: t.Compare, Target: t.Target.Value, Unit: t.Unit, Measure: t.How,
		Value: t.Now, Verdict: t.Verdict, Why: t.WhyNone(l),
	}
	if t.Now == nil {
		return out
	}
	e := &PlanEvidence{Source: t.From, Address: out.Address}
	at := t.At()
	out.AsOf, out.Evidence = &at, e
	if f := t.Figure; f != nil && t.From != plandesk.FromReport {
		e.Measure, e.Numerator, e.Denominator, e.About = f.ID, f.Numerator, f.Denominator, f.About
		if f.Declared != nil {
			e.Text = f.Declared.Evidence
		}
	}
	return out
}

func (s *Server) listTargets(ctx context.Context, in *targetQuery) (*listOf[PlanTarget], error) {
	desk, err := s.plans()
	if err != nil {
		return nil, err
	}
	all, err := desk.Targets(ctx)
	if err != nil {
		return nil, err
	}
	agency, err := desk.Agencies(ctx)
	if err != nil {
		return nil, err
	}
	kept, counts := plandesk.NarrowTargets(all, in.filter(map[plandesk.Facet]string{plandesk.ByVerdict: in.Verdict, plandesk.ByArea: in.Area, plandesk.ByHow: in.Measure}))
	out := &listOf[PlanTarget]{}
	out.facets(counts)
	out.cut(len(kept), in.Page, func(i int) string { return kept[i].ID }, func(i int) PlanTarget { return targetOf(locale.From(ctx), &kept[i], agency) })
	return out, nil
}

func (s *Server) getTarget(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"80" example:"hy26-22"`
}) (*struct{ Body PlanTarget }, error) {
	desk, err := s.plans()
	if err != nil {
		return nil, err
	}
	t, err := desk.Target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	agency, err := desk.Agencies(ctx)
	return &struct{ Body PlanTarget }{targetOf(locale.From(ctx), &t, agency)}, err
}

func (s *Server) listDuties(ctx context.Context, in *dutyQuery) (*listOf[PlanDuty], error) {
	desk, err := s.plans()
	if err != nil {
		return nil, err
	}
	all, err := desk.Duties(ctx)
	if err != nil {
		return nil, err
	}
	agency, err := desk.Agencies(ctx)
	if err != nil {
		return nil, err
	}
	kept, counts := plandesk.NarrowDuties(all, in.filter(map[plandesk.Facet]string{plandesk.ByKind: in.Kind, plandesk.ByCadence: in.Cadence}))
	out := &listOf[PlanDuty]{}
	out.facets(counts)
	out.cut(len(kept), in.Page, func(i int) string { return kept[i].ID }, func(i int) PlanDuty {
		y := &kept[i]
		return PlanDuty{
			PlanPart: planPartOf(&y.Part, "/plans/duties", agency), Kind: y.Kind, To: append([]string{}, y.To...), Cadences: append([]string{}, y.Cadences...), Day: y.Day, Month: y.Month,
			Channel: y.Channel, Note: y.Note,
		}
	})
	return out, nil
}
