package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/ruledesk"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A PolicyQuestion asks who may do what to which.
type PolicyQuestion struct {
	Of      string `json:"of" minLength:"1" maxLength:"300" example:"dataset:vn-tinh" doc:"dataset: and the address of a data set, or kind: and a kind of thing, such as kind:audit"`
	Column  string `json:"column,omitempty" maxLength:"200" doc:"One of a data set; absent: all"`
	Action  string `json:"action" minLength:"1" maxLength:"60" example:"read"`
	Account string `json:"account,omitempty" maxLength:"200" doc:"Login of who would ask; absent: somebody with the role"`
	Role    string `json:"role,omitempty" maxLength:"60" example:"data_steward" doc:"Needed without an account"`
	Org     string `json:"org,omitempty" maxLength:"80" doc:"Id of the organisation of somebody with the role; absent: as stands says"`
	Stands  string `json:"stands,omitempty" enum:"own,unit,other" doc:"Where somebody with the role stands: in the agency that owns the data, in the commune of its rows, elsewhere"`
	Purpose string `json:"purpose,omitempty" maxLength:"100" doc:"Code of a purpose that has been named"`
	Strong  bool   `json:"strong,omitempty" doc:"A second factor has been shown"`
}

// A PolicyAnswer is what the policies in force say, and why.
type PolicyAnswer struct {
	PolicySays
	Version  string           `json:"version" doc:"Of all policies in force"`
	Policies []PolicyStep     `json:"policies" nullable:"false" doc:"Every policy that could be about the question"`
	Columns  []PolicySight    `json:"columns" nullable:"false" doc:"How the columns are seen; none where nothing is"`
	WhoCan   []PolicyStanding `json:"who_can" nullable:"false" doc:"Every role, from wherever it may stand"`
}

// PolicySays is a decision in words.
type PolicySays struct {
	Allowed      bool   `json:"allowed"`
	NeedsPurpose bool   `json:"needs_purpose" doc:"Allowed, or more is seen, once a purpose has been named"`
	NeedsStrong  bool   `json:"needs_strong" doc:"Allowed, or more is seen, once a second factor has been shown"`
	AllRows      bool   `json:"all_rows" doc:"Otherwise those of the own unit or agency"`
	SmallGroups  int    `json:"smallest_group,omitempty" doc:"Groups of fewer are not shown, and rows not at all"`
	Vi           string `json:"vi"`
	En           string `json:"en"`
}

// A PolicyStep is one policy that was looked at.
type PolicyStep struct {
	ID        string `json:"id"`
	Effect    string `json:"effect" enum:"permit,forbid"`
	Scope     bool   `json:"scope" doc:"It is about who asks and what is asked for"`
	Condition string `json:"condition,omitempty" enum:"true,false,error" doc:"Whether its condition holds"`
	Counts    bool   `json:"counts" doc:"It had a part in the decision"`
	Basis     string `json:"basis,omitempty"`
	Vi        string `json:"vi" doc:"What it says"`
	En        string `json:"en"`

	Part corridor.Words `json:"part" doc:"What it contributes, or why it does not"`
}

// A PolicySight is how a column is seen.
type PolicySight struct {
	Column   string       `json:"column"`
	Mask     string       `json:"mask,omitempty" doc:"Absent: seen in clear"`
	Match    bool         `json:"match,omitempty" doc:"Rows may be looked up by the exact value all the same"`
	Vi       string       `json:"vi"`
	En       string       `json:"en"`
	Policies []PolicyStep `json:"policies" nullable:"false"`
}

// A PolicyStanding is what somebody with a role, standing somewhere, may.
type PolicyStanding struct {
	Role   string `json:"role"`
	Stands string `json:"stands" enum:"own,unit,other"`
	PolicySays
	Masks map[string]string `json:"masks" nullable:"false" doc:"By column, of those that are not seen in clear"`
}

func (s *Server) policyBenchRoutes() {
	register(s, door.Of(policy.TestPolicy, policy.KindPolicy), huma.Operation{
		OperationID: "ask-policies", Method: http.MethodPost, Path: Prefix + "/policies/test", DefaultStatus: http.StatusOK, Tags: []string{"policies"},
		Summary: "Thử chính sách: ai được làm gì, vì sao / Ask the policies who may do what, and why", Description: "By the policies in force. Nothing is done, and no row is read.",
	}, func(ctx context.Context, in *struct{ Body PolicyQuestion }) (*struct{ Body PolicyAnswer }, error) {
		b := &in.Body
		a, err := s.Policies.Ask(ctx, ruledesk.Question{
			Of: b.Of, Column: b.Column, Action: policy.Action(b.Action), Account: b.Account, Role: b.Role, Org: b.Org, Stands: b.Stands, Purpose: b.Purpose, Strong: b.Strong,
		})
		if err != nil {
			return nil, err
		}
		out := PolicyAnswer{PolicySays: policySays(&a.Decision, a.Vi, a.En), Version: a.Decision.Version, Policies: policySteps(a.Policies), Columns: []PolicySight{}, WhoCan: []PolicyStanding{}}
		asked := map[string]bool{}
		for _, c := range a.Columns {
			asked[c.Name] = true
		}
		if a.Decision.Allowed {
			for _, c := range a.Explanation.Columns {
				if asked[c.Column] {
					out.Columns = append(out.Columns, PolicySight{c.Column, string(c.Mask), c.Match, c.Vi, c.En, policySteps(c.Policies)})
				}
			}
		}
		for i := range a.WhoCan {
			one := &a.WhoCan[i]
			st := PolicyStanding{Role: one.Role.ID, Stands: one.Stands, PolicySays: policySays(&one.Decision, one.Vi, one.En), Masks: map[string]string{}}
			for name, sight := range one.Decision.Columns {
				if asked[name] {
					st.Masks[name] = string(sight.Mask)
				}
			}
			out.WhoCan = append(out.WhoCan, st)
		}
		return &struct{ Body PolicyAnswer }{out}, nil
	})
}

func policySays(d *policy.Decision, vi, en string) PolicySays {
	return PolicySays{Allowed: d.Allowed, NeedsPurpose: d.NeedsPurpose, NeedsStrong: d.NeedsStrong, AllRows: d.Rows.All, SmallGroups: d.SmallestGroup, Vi: vi, En: en}
}

func policySteps(all []policy.Step) []PolicyStep {
	list := []PolicyStep{}
	for _, p := range all {
		list = append(list, PolicyStep{p.Policy, p.Effect, p.Scope, p.Condition, p.Counts, p.Basis, p.Says.Vi, p.Says.En, corridor.Words{Vi: p.Vi, En: p.En}})
	}
	return list
}
