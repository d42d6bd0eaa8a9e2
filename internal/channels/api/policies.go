package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A PolicyVersion is a change of a policy.
type PolicyVersion struct {
	ID        string    `json:"id" example:"mo.dac-ta"`
	Seq       int64     `json:"seq" doc:"Number of the change: undo names it"`
	Version   int64     `json:"version" doc:"Of this policy, from 1"`
	Text      string    `json:"text" doc:"In Cedar; YAML of settings"`
	Digest    string    `json:"digest" doc:"Of the text; give it back as base when you change it"`
	Pack      string    `json:"pack,omitempty" doc:"That brought it"`
	Removed   bool      `json:"removed,omitempty"`
	Note      string    `json:"note,omitempty"`
	By        DutyActor `json:"by"`
	ChangedAt string    `json:"changed_at" format:"date-time"`
}

// A PolicyDetail is a policy with its changes.
type PolicyDetail struct {
	PolicyVersion
	History []PolicyVersion `json:"history" nullable:"false" doc:"The newest first, at most 50; the text of each is what it was after that change"`
}

// A PolicyFinding is what is wrong with a policy's text, or dangerous in it.
type PolicyFinding struct {
	Line     int    `json:"line,omitempty" doc:"Absent: about the whole"`
	Column   int    `json:"column,omitempty"`
	Severity string `json:"severity" enum:"error,warning"`
	Vi       string `json:"vi"`
	En       string `json:"en"`
}

// PolicyNamed names a policy.
type PolicyNamed struct {
	ID string `path:"id" maxLength:"100" example:"mo.dac-ta" doc:"Id of the policy; settings for roles, purposes and masks"`
}

type (
	policyList struct {
		Body struct {
			Items []PolicyVersion `json:"items" nullable:"false"`
		}
	}
	policyAnswer struct{ Body PolicyDetail }
	policyCheck  struct {
		Body struct {
			Usable   bool            `json:"usable" doc:"It can be put into force"`
			Findings []PolicyFinding `json:"findings" nullable:"false"`
		}
	}
)

// policyChanges is how many changes of a policy are told.
const policyChanges = 50

func (s *Server) policyRoutes() {
	if s.Policies == nil {
		return
	}
	read, edit := door.Of(policy.TestPolicy, policy.KindPolicy), door.Of(policy.EditPolicy, policy.KindPolicy)
	op := func(id, method, path, vi, en, more string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: Prefix + "/policies" + path, Summary: vi + " / " + en, Description: more, Tags: []string{"policies"}, DefaultStatus: http.StatusOK}
	}
	register(s, read, op("list-policies", http.MethodGet, "", "Các chính sách đang hiệu lực", "Policies in force", ""), func(ctx context.Context, _ *struct{}) (*policyList, error) {
		all, err := s.Policies.List(ctx)
		out := &policyList{}
		out.Body.Items = policyVersions(all)
		return out, err
	})
	register(s, read, op("get-policy", http.MethodGet, "/{id}", "Một chính sách và lịch sử", "One policy and its history", ""), func(ctx context.Context, in *PolicyNamed) (*policyAnswer, error) {
		return s.policy(ctx, in.ID, nil)
	})
	s.policyBenchRoutes()
	register(s, edit, op("check-policy", http.MethodPost, "/{id}/check", "Kiểm tra chính sách trước khi áp dụng", "Look at a policy before it is put into force", "Changes nothing."), func(_ context.Context, in *struct {
		PolicyNamed
		Body struct {
			Text string `json:"text" maxLength:"1048576"`
		}
	}) (*policyCheck, error) {
		found := s.Policies.Check(in.ID, in.Body.Text)
		out := &policyCheck{}
		out.Body.Usable, out.Body.Findings = !policy.Broken(found), []PolicyFinding{}
		for _, f := range found {
			out.Body.Findings = append(out.Body.Findings, PolicyFinding{f.Line, f.Column, f.Severity, f.Vi, f.En})
		}
		return out, nil
	})
	register(s, edit, op("put-policy", http.MethodPut, "/{id}", "Ban hành hoặc sửa chính sách", "Put a policy into force, or change it", "A text that cannot be used is refused, with what is wrong in errors; so is one that would leave nobody able to mend the policies."), func(ctx context.Context, in *struct {
		PolicyNamed
		Body struct {
			Text string `json:"text" minLength:"1" maxLength:"1048576"`
			Base string `json:"base,omitempty" maxLength:"64" doc:"digest of the text that it was made from; absent for a new one. 409 when somebody has changed it since"`
			Note string `json:"note,omitempty" maxLength:"2000" doc:"Why"`
		}
	}) (*policyAnswer, error) {
		_, _, err := s.Policies.Put(ctx, in.ID, in.Body.Text, in.Body.Note, in.Body.Base)
		return s.policy(ctx, in.ID, err)
	})
	register(s, edit, op("remove-policy", http.MethodPost, "/{id}/remove", "Bãi bỏ chính sách", "Take a policy out of force", "Its history stays, and the removal can be undone."), func(ctx context.Context, in *struct {
		PolicyNamed
		Body struct {
			Base string `json:"base" minLength:"1" maxLength:"64" doc:"digest of the text in force. 409 when somebody has changed it since"`
			Note string `json:"note" minLength:"1" maxLength:"2000" doc:"Why"`
		}
	}) (*policyAnswer, error) {
		return s.policy(ctx, in.ID, s.Policies.Remove(ctx, in.ID, in.Body.Note, in.Body.Base))
	})
	register(s, edit, op("undo-policy-change", http.MethodPost, "/{id}/undo", "Hoàn tác lần thay đổi cuối của chính sách", "Take back the last change of a policy", "409 when a later change stands on it."), func(ctx context.Context, in *struct {
		PolicyNamed
		Body struct {
			Seq int64 `json:"seq" minimum:"1" doc:"Number of the change"`
		}
	}) (*policyAnswer, error) {
		return s.policy(ctx, in.ID, s.Policies.Undo(ctx, in.ID, in.Body.Seq))
	})
}

// policy tells a policy, once err is nothing.
func (s *Server) policy(ctx context.Context, id string, err error) (*policyAnswer, error) {
	var refused *policy.Refusal
	if errors.As(err, &refused) {
		return nil, &unusable{refused}
	}
	if err != nil {
		return nil, err
	}
	now, err := s.Policies.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	history, err := s.Policies.History(ctx, id, 0, policyChanges)
	if err != nil {
		return nil, err
	}
	return &policyAnswer{PolicyDetail{policyVersion(now), policyVersions(history)}}, nil
}

func policyVersion(v policy.Version) PolicyVersion {
	return PolicyVersion{v.ID, v.Seq, v.Version, v.Text, v.Digest, v.Pack, v.Removed, v.Note, dutyActor(v.By), v.ChangedAt}
}

func policyVersions(all []policy.Version) []PolicyVersion {
	list := []PolicyVersion{}
	for _, v := range all {
		list = append(list, policyVersion(v))
	}
	return list
}

// unusable is a policy's text that was refused.
type unusable struct{ *policy.Refusal }

// Unwrap is the fault, which names the first thing wrong.
func (u *unusable) Unwrap() error { return u.Refusal }

// Parts are all the things wrong.
func (u *unusable) Parts(l locale.Lang) (all [][2]string) {
	for _, f := range u.Findings {
		if f.Severity == "error" {
			all = append(all, [2]string{"line " + strconv.Itoa(f.Line), l.Of(f.Vi, f.En)})
		}
	}
	return all
}
