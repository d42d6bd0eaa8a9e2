package api

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/reason"
)

// An Editor puts contracts in force: the one way for all doors.
type Editor struct {
	Door      *door.Door
	Contracts editable
	Records   record.Counter                  // nil: rows are not counted
	Changed   func(ctx context.Context) error // told of the change; may be nil
}

// editable is what changes need of contract.Store.
type editable interface {
	Propose(ctx context.Context, now *contract.Contract, text []byte) (contract.Proposal, error)
	Change(ctx context.Context, by actor.Actor, now *contract.Contract, match, note string, text []byte) (*contract.Contract, contract.Proposal, error)
	Redescribed(ctx context.Context, now *contract.Contract, fields map[string]string) ([]byte, error)
}

// Check looks at a text that is to take the place of a contract, and counts the
// rows that would be judged again by it.
func (e *Editor) Check(ctx context.Context, con *contract.Contract, text []byte) (p contract.Proposal, rows int64, err error) {
	if err := e.Door.MaySet(ctx, policy.EditContract, con, nil); err != nil {
		return p, 0, err
	}
	if p, err = e.Contracts.Propose(ctx, con, text); err != nil {
		return p, 0, err
	}
	if p.Broken() || p.Same || e.Records == nil {
		return p, 0, nil
	}
	rows, err = record.CountAll(ctx, e.Records, con)
	return p, rows, err
}

// Put puts a text in force. What is breaking needs consent. Who changes how data
// are classified has to be allowed to classify, and nobody gives a data set to an
// owner for whom they could not have changed it.
func (e *Editor) Put(ctx context.Context, con *contract.Contract, match, why string, consent bool, text []byte) (*contract.Contract, contract.Proposal, error) {
	if err := e.Door.MaySet(ctx, policy.EditContract, con, nil); err != nil {
		return nil, contract.Proposal{}, err
	}
	p, err := e.Contracts.Propose(ctx, con, text)
	if err != nil {
		return nil, p, err
	}
	if !p.Broken() {
		if err := e.Door.MaySet(ctx, policy.EditContract, p.Contract, nil); err != nil {
			return nil, p, err
		}
		if slices.ContainsFunc(p.Changes, contract.Change.Classifies) {
			if err := e.Door.MaySet(ctx, policy.Classify, con, nil); err != nil {
				return nil, p, err
			}
		}
		if p.Breaking() && !consent {
			return nil, p, fault.New(fault.Conflict, "contract.breaking", con.Name)
		}
	}
	new, p, err := e.Contracts.Change(ctx, door.Actor(ctx), con, match, why, text)
	detail := map[string]string{"from": con.Digest, "reason": reason.Noted(why)}
	if new != nil {
		detail["to"], detail["version"] = new.Digest, new.Version
	}
	err = e.Door.Did(ctx, policy.EditContract, con.What(con.Objects[0]), err, detail)
	if err == nil && e.Changed != nil {
		err = e.Changed(ctx)
	}
	return new, p, err
}

// Describe changes fields of the catalogue, as [contract.Store.Describe] does, with
// what is asked and written down of every change of a contract.
func (e *Editor) Describe(ctx context.Context, con *contract.Contract, match string, fields map[string]string, why string) error {
	if err := e.Door.MaySet(ctx, policy.EditContract, con, nil); err != nil {
		return err
	}
	if con.Retired {
		return fault.New(fault.Conflict, "contract.retired", con.Name)
	}
	if match != con.Digest {
		return fault.New(fault.Conflict, "contract.changed", con.Name)
	}
	text, err := e.Contracts.Redescribed(ctx, con, fields)
	if err == nil && text == nil {
		err = fault.New(fault.Invalid, "catalogue.same")
	}
	if err != nil {
		return err
	}
	_, _, err = e.Put(ctx, con, match, why, false, text)
	var refused *contract.Refused
	if errors.As(err, &refused) {
		return firstRefusal(locale.From(ctx), refused, err)
	}
	return err
}

// A ContractFinding is one thing to say about a document.
type ContractFinding struct {
	Severity string `json:"severity" enum:"error,warning,info" doc:"error: it cannot be put in force"`
	Code     string `json:"code"`
	Line     int    `json:"line" doc:"0: about the whole"`
	Column   int    `json:"column"`
	Vi       string `json:"vi"`
	En       string `json:"en"`
}

// A ContractCheck is what putting a document in force would do.
type ContractCheck struct {
	Usable   bool              `json:"usable" doc:"It can be put in force"`
	Same     bool              `json:"same" doc:"It is the version in force, byte for byte"`
	Findings []ContractFinding `json:"findings" nullable:"false"`
	Breaking bool              `json:"breaking" doc:"Senders or readers have to change something: putting it needs consent"`
	Changes  []contract.Change `json:"changes" nullable:"false" doc:"From the version in force"`
	Rows     int64             `json:"rows" doc:"Records that would be judged again"`
}

func checkOf(p contract.Proposal, rows int64) ContractCheck {
	out := ContractCheck{Usable: !p.Broken(), Same: p.Same, Findings: []ContractFinding{}, Breaking: p.Breaking(), Changes: p.Changes, Rows: rows}
	if out.Changes == nil {
		out.Changes = []contract.Change{}
	}
	for _, f := range p.Findings {
		out.Findings = append(out.Findings, ContractFinding{string(f.Severity), f.Code, f.Line, f.Column, f.MessageVi, f.MessageEn})
	}
	return out
}

// LongestDocument is how many characters a contract has at most here.
const LongestDocument = 4 << 20

type contractText struct {
	Document string `json:"document" minLength:"1" maxLength:"4194304" doc:"The whole ODCS document, YAML or JSON"`
}

type checkAnswer struct{ Body ContractCheck }

type putAnswer struct {
	ETag string `header:"ETag"`
	Body ContractCheck
}

func (s *Server) editor() *Editor { return &Editor{s.Door, s.Contracts, s.Records, s.Changed} }

func (s *Server) checkContract(ctx context.Context, in *struct {
	Addressed
	Body contractText
}) (*checkAnswer, error) {
	con, _, err := s.may(ctx, policy.EditContract, in.ID)
	if err != nil {
		return nil, err
	}
	p, rows, err := s.editor().Check(ctx, con, []byte(in.Body.Document))
	if err != nil {
		return nil, err
	}
	return &checkAnswer{checkOf(p, rows)}, nil
}

func (s *Server) putContract(ctx context.Context, in *struct {
	Addressed
	Match string `header:"If-Match" maxLength:"80" doc:"Needed: ETag of the contract in force (as YAML), or its digest"`
	Body  struct {
		Document string `json:"document" minLength:"1" maxLength:"4194304" doc:"The whole ODCS document, YAML or JSON"`
		Reason   string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why: it is kept and shown with the version"`
		Consent  bool   `json:"consent,omitempty" doc:"Needed where changes are breaking"`
	}
}) (*putAnswer, error) {
	con, _, err := s.may(ctx, policy.EditContract, in.ID)
	if err != nil {
		return nil, err
	}
	match := strings.Trim(strings.TrimPrefix(strings.TrimSpace(in.Match), "W/"), `"`)
	if match == "" {
		return nil, fault.New(fault.Invalid, "contract.no-match")
	}
	const tag = 24 // hexadecimal digits of a digest in an ETag
	if len(match) >= tag && strings.HasPrefix(con.Digest, match) {
		match = con.Digest
	}
	new, p, err := s.editor().Put(ctx, con, match, in.Body.Reason, in.Body.Consent, []byte(in.Body.Document))
	var refused *contract.Refused
	if errors.As(err, &refused) {
		return nil, firstRefusal(locale.From(ctx), refused, err)
	}
	if err != nil {
		return nil, err
	}
	return &putAnswer{ETag: `"` + new.Digest[:tag] + `"`, Body: checkOf(p, 0)}, nil
}

// firstRefusal says what is wrong first: the whole is told by a check.
func firstRefusal(l locale.Lang, r *contract.Refused, err error) error {
	for _, f := range r.Findings {
		if f.Severity == contract.SeverityError {
			return fault.New(fault.Invalid, "contract.refused", int64(f.Line), l.Of(f.MessageVi, f.MessageEn)).Because(err)
		}
	}
	return err
}
