package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/comments"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/comment"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Comment is what somebody has said about an object.
type Comment struct {
	ID          string     `json:"id"`
	Text        string     `json:"text" doc:"\"\" once it is withdrawn"`
	By          DutyActor  `json:"by"`
	At          time.Time  `json:"at"`
	WithdrawnAt *time.Time `json:"withdrawn_at,omitempty"`
	WithdrawnBy *DutyActor `json:"withdrawn_by,omitempty"`
	Why         string     `json:"why,omitempty" doc:"It was withdrawn"`
	May         []string   `json:"may" nullable:"false" doc:"What the caller may do: withdraw"`
}

type commentList struct {
	Body struct {
		Object string    `json:"object"`
		Title  string    `json:"title"`
		Items  []Comment `json:"items" nullable:"false" doc:"The newest first"`
	}
}

// Commented names what is talked about.
type Commented struct {
	Object string `query:"object" required:"true" maxLength:"200" doc:"Kind and id: organisation, system, dataset, term, codelist, measure" example:"dataset:hy-xa"`
}

func (s *Server) commentRoutes() {
	if s.Comments == nil {
		return
	}
	need := door.Each(policy.Describe, policy.KindDataset)
	register(s, need, huma.Operation{
		OperationID: "list-comments", Method: http.MethodGet, Path: Prefix + "/comments",
		Summary: "Ý kiến trao đổi về một đối tượng / Comments on an object", Tags: []string{"comments"},
		Description: "For those who have an account and may see the object.",
	}, func(ctx context.Context, in *Commented) (*commentList, error) { return s.comments(ctx, in.Object) })
	register(s, need, huma.Operation{
		OperationID: "add-comment", Method: http.MethodPost, Path: Prefix + "/comments",
		Summary: "Thêm ý kiến / Add a comment", Tags: []string{"comments"},
		Description: "The organisation that answers for the object is told. Numbers like those of persons are refused.",
	}, func(ctx context.Context, in *struct {
		Commented
		Body struct {
			Text string `json:"text" maxLength:"20000" doc:"2,000 characters at most"`
		}
	}) (*commentList, error) {
		o, err := comment.Parse(in.Object)
		if err != nil {
			return nil, err
		}
		if _, err := s.Comments.Say(ctx, o, in.Body.Text); err != nil {
			return nil, err
		}
		return s.comments(ctx, in.Object)
	})
	register(s, need, huma.Operation{
		OperationID: "withdraw-comment", Method: http.MethodPost, Path: Prefix + "/comments/{id}/withdraw",
		Summary: "Thu hồi ý kiến / Withdraw a comment", Tags: []string{"comments"},
		Description: "By who wrote it, or who looks after its object. The words go; who withdrew it and why stay.",
	}, func(ctx context.Context, in *struct {
		ID   string `path:"id" maxLength:"40"`
		Body struct {
			Why string `json:"why" maxLength:"2000"`
		}
	}) (*commentList, error) {
		c, err := s.Comments.Withdraw(ctx, in.ID, in.Body.Why)
		if err != nil {
			return nil, err
		}
		return s.comments(ctx, c.Object.String())
	})
}

func (s *Server) comments(ctx context.Context, object string) (*commentList, error) {
	o, err := comment.Parse(object)
	if err != nil {
		return nil, err
	}
	l, err := s.Comments.Of(ctx, o)
	if err != nil {
		return nil, err
	}
	out := &commentList{}
	out.Body.Object, out.Body.Title, out.Body.Items = object, l.Title, []Comment{}
	for _, c := range l.Comments {
		out.Body.Items = append(out.Body.Items, commentOf(ctx, l, c))
	}
	return out, nil
}

func commentOf(ctx context.Context, l *comments.Look, c *comment.Comment) Comment {
	v := Comment{ID: c.ID, Text: c.Text, By: dutyActor(c.By), At: c.At, WithdrawnAt: stampOf(c.WithdrawnAt), Why: c.Why, May: []string{}}
	if c.Withdrawn() {
		by := dutyActor(c.WithdrawnBy)
		v.WithdrawnBy = &by
	}
	if l.May(ctx, c) {
		v.May = append(v.May, "withdraw")
	}
	return v
}
