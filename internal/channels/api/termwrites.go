package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A TermVerdict is what a term's rules say of a value.
type TermVerdict struct {
	Value   string   `json:"value"`
	Written string   `json:"written" doc:"As it would be kept"`
	Passes  bool     `json:"passes"`
	Faults  []string `json:"faults" nullable:"false" doc:"What is wrong, in the caller's language"`
}

// TermVerdicts are what a term's rules say of some values.
type TermVerdicts struct {
	Items []TermVerdict `json:"items" nullable:"false" doc:"In the order of values"`
}

type verdictList struct{ Body TermVerdicts }

type termAnswer struct {
	Location string `header:"Location"`
	Body     TermHead
}

func (s *Server) termWriteRoutes() {
	register(s, door.Each(policy.Draft, policy.KindCodeList), huma.Operation{
		OperationID: "propose-term", Method: http.MethodPost, Path: Prefix + "/terms", DefaultStatus: http.StatusCreated,
		Summary: "Đề xuất thuật ngữ, hoặc phiên bản mới / Propose a term, or a new version of one", Tags: []string{"dictionary"},
		Description: "Without id it is a new term. The examples are judged by the rules first. A version that is there is not changed: give another number.",
	}, s.proposeTerm)
	// What a step asks for depends on where it leads: see move-term.
	step := door.Of(policy.Describe, policy.KindCodeList)
	register(s, step, huma.Operation{
		OperationID: "move-term", Method: http.MethodPost, Path: Prefix + "/terms/{id}/move", DefaultStatus: http.StatusOK,
		Summary: "Chuyển bước một phiên bản / Let a version make a step", Tags: []string{"dictionary"},
		Description: "Approving asks for the action approve, and not by who proposed it; withdrawing one's own proposal for draft; every other step for edit-contract. Publishing and expiring have the data of the fields that use the term judged again. To undo a publication, publish the version before again.",
	}, s.moveTerm)
	register(s, door.Each(policy.Draft, policy.KindCodeList), huma.Operation{
		OperationID: "say-about-term", Method: http.MethodPost, Path: Prefix + "/terms/{id}/opinions", DefaultStatus: http.StatusNoContent,
		Summary: "Góp ý về phiên bản đang tham vấn / Give an opinion about a version that is consulted on", Tags: []string{"dictionary"},
	}, s.sayAboutTerm)
	register(s, step, huma.Operation{
		OperationID: "try-term", Method: http.MethodPost, Path: Prefix + "/terms/{id}/try", DefaultStatus: http.StatusOK,
		Summary: "Thử giá trị theo quy tắc của thuật ngữ / Judge values by a term", Tags: []string{"dictionary"},
		Description: "As a data set that names the term would judge them. Nothing is kept.",
	}, s.tryTerm)
}

func (s *Server) proposeTerm(ctx context.Context, in *struct {
	Body struct {
		TermText
		Why string `json:"why" minLength:"1" maxLength:"1000" doc:"Why: it stays in the term's history"`
	}
}) (*termAnswer, error) {
	desk, err := s.terms()
	if err != nil {
		return nil, err
	}
	v, err := desk.Propose(ctx, in.Body.term(), in.Body.Why)
	if err != nil {
		return nil, err
	}
	return &termAnswer{Location: Prefix + "/terms/" + v.ID + "/versions/" + v.Digest, Body: headOfTerm(v, 0)}, nil
}

func (s *Server) moveTerm(ctx context.Context, in *struct {
	Termed
	Body struct {
		Digest string `json:"digest" minLength:"8" maxLength:"64" doc:"Of the version, or its first eight signs or more"`
		To     string `json:"to" enum:"de_xuat,ra_soat,tham_van,phe_duyet,cong_bo,het_hieu_luc,rut"`
		Why    string `json:"why,omitempty" maxLength:"1000"`
		Until  string `json:"until,omitempty" format:"date" doc:"With tham_van: the last day on which opinions are taken"`
	}
}) (*struct{ Body TermHead }, error) {
	desk, err := s.terms()
	if err != nil {
		return nil, err
	}
	m := dictionary.Move{ID: in.ID, Digest: in.Body.Digest, To: dictionary.State(in.Body.To), Why: in.Body.Why, Until: in.Body.Until}
	if err := desk.Move(ctx, m); err != nil {
		return nil, err
	}
	v, err := desk.Version(ctx, in.ID, in.Body.Digest)
	if err != nil {
		return nil, err
	}
	used, err := desk.UseCounts(ctx)
	if err != nil {
		return nil, err
	}
	return &struct{ Body TermHead }{headOfTerm(v, used[v.ID])}, nil
}

func (s *Server) sayAboutTerm(ctx context.Context, in *struct {
	Termed
	Body struct {
		Digest string `json:"digest" minLength:"8" maxLength:"64"`
		Agrees bool   `json:"agrees"`
		Text   string `json:"text,omitempty" maxLength:"5000" doc:"Needed by who does not agree"`
	}
}) (*struct{}, error) {
	desk, err := s.terms()
	if err != nil {
		return nil, err
	}
	return &struct{}{}, desk.Say(ctx, in.ID, in.Body.Digest, in.Body.Agrees, in.Body.Text)
}

func (s *Server) tryTerm(ctx context.Context, in *struct {
	Termed
	Body struct {
		Digest string   `json:"digest,omitempty" maxLength:"64" doc:"Of a version; the one in force when absent"`
		Values []string `json:"values" nullable:"false" minItems:"1" maxItems:"100" maxLength:"1000"`
	}
}) (*verdictList, error) {
	desk, err := s.terms()
	if err != nil {
		return nil, err
	}
	v, err := oneVersion(ctx, desk, in.ID, in.Body.Digest)
	if err != nil {
		return nil, err
	}
	verdicts, err := desk.Judge(ctx, v, in.Body.Values)
	if err != nil {
		return nil, err
	}
	out := &verdictList{}
	for _, one := range verdicts {
		out.Body.Items = append(out.Body.Items, TermVerdict{one.Value, one.Written, one.Passes, append([]string{}, one.Faults...)})
	}
	return out, nil
}

// oneVersion is a version by its digest, without one the first.
func oneVersion(ctx context.Context, desk *termdesk.Desk, id, digest string) (*dictionary.TermVersion, error) {
	if digest != "" {
		return desk.Version(ctx, id, digest)
	}
	versions, err := desk.Versions(ctx, id)
	if err != nil {
		return nil, err
	}
	return versions[0], nil
}
