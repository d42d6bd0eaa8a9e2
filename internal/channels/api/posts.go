package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A Post is what a person is in an organisation, for a time.
type Post struct {
	ID          string   `json:"id"`
	Person      Holder   `json:"person"`
	Org         string   `json:"org" doc:"Id of the organisation"`
	Title       string   `json:"title"`
	Roles       []string `json:"roles" nullable:"false" doc:"That it brings"`
	Units       []string `json:"units" nullable:"false" doc:"Codes of administrative units; none: the one that its organisation governs; *: the whole province"`
	ValidFrom   string   `json:"valid_from,omitempty" format:"date"`
	ValidTo     string   `json:"valid_to,omitempty" format:"date"`
	MandateNo   string   `json:"mandate_no,omitempty" doc:"Number of the decision"`
	MandateDate string   `json:"mandate_date,omitempty" format:"date"`
	Deputy      bool     `json:"deputy,omitempty"`
	Base        org.Base `json:"base" doc:"What it is now: give it back when you change it"`
}

// A Holder is who holds a post.
type Holder struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Email     string `json:"email,omitempty"`
	Generated bool   `json:"generated,omitempty" doc:"Sample data: no real person"`
}

// A PostDetail is a post with its changes.
type PostDetail struct {
	Post
	History []Revision `json:"history" nullable:"false" doc:"The newest first, at most 50"`
}

// A PostText is what a post is, besides whose and where.
type PostText struct {
	Title       string     `json:"title" maxLength:"500"`
	Roles       []string   `json:"roles,omitempty" nullable:"false" maxItems:"20"`
	Units       []string   `json:"units,omitempty" nullable:"false" maxItems:"1000"`
	From        *viet.Date `json:"valid_from,omitempty" format:"date"`
	To          *viet.Date `json:"valid_to,omitempty" format:"date"`
	MandateNo   string     `json:"mandate_no,omitempty" maxLength:"200"`
	MandateDate *viet.Date `json:"mandate_date,omitempty" format:"date"`
}

// A HandOver is the passing of a post from one person to another.
type HandOver struct {
	ID       string       `json:"id,omitempty" doc:"Absent in a preview"`
	Org      string       `json:"org"`
	Title    string       `json:"title"`
	From     Holder       `json:"from"`
	To       Holder       `json:"to"`
	On       string       `json:"on" format:"date" doc:"First day of the new holder"`
	Note     string       `json:"note,omitempty"`
	Items    []PassedItem `json:"items" nullable:"false" doc:"What passes over with the post"`
	NewPost  string       `json:"new_post,omitempty" doc:"Id of the new holder's post; absent in a preview"`
	By       DutyActor    `json:"by"`
	MadeAt   string       `json:"made_at" format:"date-time"`
	UndoneAt string       `json:"undone_at,omitempty" format:"date-time"`
	UndoneBy *DutyActor   `json:"undone_by,omitempty"`
}

// A PassedItem is one thing that passes over with a post.
type PassedItem struct {
	Vi    string `json:"vi"`
	En    string `json:"en"`
	Count int    `json:"count,omitempty"`
}

// PostNamed names a post.
type PostNamed struct {
	ID string `path:"id" maxLength:"40" doc:"Id of the post"`
}

// HandOverNamed names a hand-over.
type HandOverNamed struct {
	ID string `path:"id" maxLength:"40" doc:"Id of the hand-over"`
}

type (
	postAnswer struct{ Body PostDetail }
	postMade   struct {
		Location string `header:"Location"`
		Body     PostDetail
	}
	postList struct {
		Body struct {
			On    viet.Date `json:"on" format:"date" doc:"The day that was asked for"`
			Items []Post    `json:"items" nullable:"false" doc:"Heads before deputies"`
		}
	}
	handOverAnswer struct{ Body HandOver }
	handOverList   struct {
		Body struct {
			Items []HandOver `json:"items" nullable:"false" doc:"The newest first"`
		}
	}
)

// postRoutes are of posts: they bring roles, so whoever gives them looks after
// accounts.
func (s *Server) postRoutes() {
	need := door.Of(policy.ManageAccounts, policy.KindAccount)
	op := func(id, method, path, vi, en, more string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: Prefix + path, Summary: vi + " / " + en, Description: more, Tags: []string{"organisations"}, DefaultStatus: http.StatusOK}
	}
	add := op("assign-post", http.MethodPost, "/posts", "Giao chức vụ", "Give a person a post", "Roles that one person may not hold together, also by two posts, are refused.")
	add.DefaultStatus = http.StatusCreated
	register(s, need, add, func(ctx context.Context, in *struct {
		Body struct {
			PostText
			Person string `json:"person" maxLength:"200" doc:"Login, address, id or whole name"`
			Org    string `json:"org" minLength:"1" maxLength:"80" doc:"Id of the organisation"`
		}
	}) (*postMade, error) {
		person, err := s.People.FindPerson(ctx, in.Body.Person)
		if err != nil {
			return nil, err
		}
		p := in.Body.post()
		p.Person, p.Org = person.ID, in.Body.Org
		if p, err = s.People.Assign(ctx, p); err != nil {
			return nil, err
		}
		made, err := s.post(ctx, p.ID, nil)
		if err != nil {
			return nil, err
		}
		return &postMade{Prefix + "/posts/" + p.ID, made.Body}, nil
	})
	register(s, need, op("get-post", http.MethodGet, "/posts/{id}", "Một chức vụ và các lần thay đổi", "One post and its changes", ""),
		func(ctx context.Context, in *PostNamed) (*postAnswer, error) { return s.post(ctx, in.ID, nil) })
	register(s, need, op("change-post", http.MethodPut, "/posts/{id}", "Sửa chức vụ", "Change a post", "Its title, roles, units, days and decision; whose and where it is stays. What is left out is empty then."), func(ctx context.Context, in *struct {
		PostNamed
		Body struct {
			Based
			PostText
		}
	}) (*postAnswer, error) {
		p := in.Body.post()
		p.ID = in.ID
		return s.post(ctx, in.ID, s.People.ChangePost(ctx, in.Body.Base, p))
	})
	register(s, need, op("end-post", http.MethodPost, "/posts/{id}/end", "Kết thúc chức vụ", "End a post after its last day", ""), func(ctx context.Context, in *struct {
		PostNamed
		Body struct {
			Based
			On viet.Date `json:"on" format:"date" doc:"Last day"`
		}
	}) (*postAnswer, error) {
		return s.post(ctx, in.ID, s.People.EndPost(ctx, in.ID, in.Body.Base, in.Body.On))
	})
	register(s, need, op("restore-post", http.MethodPost, "/posts/{id}/restore", "Khôi phục chức vụ như trước một lần thay đổi", "Put a post back to what it was before a change", "What was handed over goes back by undoing the hand-over."), func(ctx context.Context, in *struct {
		PostNamed
		Body Restoring
	}) (*postAnswer, error) {
		return s.post(ctx, in.ID, s.People.RestorePost(ctx, in.ID, in.Body.Base, in.Body.Revision))
	})
	register(s, need, op("hand-over-post", http.MethodPost, "/posts/{id}/hand-over", "Bàn giao chức vụ", "Hand a post over to another person", "The old holder's ends on the day before; batches, tasks and drafts pass over with it."), func(ctx context.Context, in *struct {
		PostNamed
		Previewed
		Body struct {
			To   string    `json:"to" maxLength:"200" doc:"Login, address, id or whole name"`
			On   viet.Date `json:"on" format:"date" doc:"First day of the new holder"`
			Note string    `json:"note,omitempty" maxLength:"2000"`
		}
	}) (*handOverAnswer, error) {
		to, err := s.People.FindPerson(ctx, in.Body.To)
		if err != nil {
			return nil, err
		}
		if in.Preview {
			h, err := s.People.Preview(ctx, in.ID, to.ID, in.Body.On, in.Body.Note)
			h.ID, h.New.ID = "", ""
			return s.handOver(ctx, h, err)
		}
		h, err := s.People.HandOver(ctx, in.ID, to.ID, in.Body.On, in.Body.Note)
		return s.handOver(ctx, h, err)
	})
	register(s, need, op("list-hand-overs", http.MethodGet, "/hand-overs", "Các lần bàn giao chức vụ", "Hand-overs of posts", ""), func(ctx context.Context, in *struct {
		Org   string `query:"org" maxLength:"80" doc:"Id of an organisation; all when absent"`
		Limit int    `query:"limit" minimum:"1" maximum:"500" default:"200"`
	}) (*handOverList, error) {
		all, err := s.People.Orgs.HandOvers(ctx, in.Org, in.Limit)
		if err != nil {
			return nil, err
		}
		out := &handOverList{}
		out.Body.Items = []HandOver{}
		for _, h := range all {
			one, err := s.handOver(ctx, h, nil)
			if err != nil {
				return nil, err
			}
			out.Body.Items = append(out.Body.Items, one.Body)
		}
		return out, nil
	})
	register(s, need, op("get-hand-over", http.MethodGet, "/hand-overs/{id}", "Một lần bàn giao chức vụ", "One hand-over", ""), func(ctx context.Context, in *HandOverNamed) (*handOverAnswer, error) {
		h, err := s.People.Orgs.OneHandOver(ctx, in.ID)
		return s.handOver(ctx, h, err)
	})
	register(s, need, op("undo-hand-over", http.MethodPost, "/hand-overs/{id}/undo", "Hoàn tác bàn giao chức vụ", "Give a post back, as if it had not been handed over", "409 when the new holder has acted in it or it has been changed since."), func(ctx context.Context, in *HandOverNamed) (*handOverAnswer, error) {
		h, err := s.People.UndoHandOver(ctx, in.ID)
		return s.handOver(ctx, h, err)
	})
}

// post is a post as it is written.
func (t *PostText) post() org.Post {
	return org.Post{Title: t.Title, Roles: t.Roles, Units: t.Units, Span: org.Span{From: orgDate(t.From), To: orgDate(t.To)}, MandateNo: t.MandateNo, MandateDate: orgDate(t.MandateDate)}
}

// post tells a post, once err is nothing.
func (s *Server) post(ctx context.Context, id string, err error) (*postAnswer, error) {
	if err != nil {
		return nil, err
	}
	_, p, person, err := s.People.Post(ctx, id)
	if err != nil {
		return nil, err
	}
	history, err := s.People.PostHistory(ctx, &p)
	if err != nil {
		return nil, err
	}
	return &postAnswer{PostDetail{postOf(&p, person), revisionsOf(history)}}, nil
}

func postOf(p *org.Post, person org.Person) Post {
	return Post{
		ID: p.ID, Person: holderOf(person), Org: p.Org, Title: p.Title, Roles: append([]string{}, p.Roles...), Units: append([]string{}, p.Units...), ValidFrom: p.From.String(), ValidTo: p.To.String(),
		MandateNo: p.MandateNo, MandateDate: p.MandateDate.String(), Deputy: p.Deputy, Base: p.Base(),
	}
}

func holderOf(p org.Person) Holder { return Holder{p.ID, p.Name, p.Email, p.Generated} }

func (s *Server) listPosts(ctx context.Context, in *struct {
	OrganisationNamed
	On string `query:"on" maxLength:"20" doc:"Day; today when absent"`
}) (*postList, error) {
	snap, on, err := s.organisations(ctx, in.On)
	if err != nil {
		return nil, err
	}
	if _, ok := snap.Org(in.ID); !ok {
		return nil, fault.New(fault.NotFound, "org.never", in.ID)
	}
	out := &postList{}
	out.Body.On, out.Body.Items = on, []Post{}
	for _, p := range snap.Holders(in.ID, on) {
		person, err := s.People.Orgs.Person(ctx, p.Person)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, postOf(&p, person))
	}
	return out, nil
}

// handOver tells a hand-over, once err is nothing.
func (s *Server) handOver(ctx context.Context, h org.HandOver, err error) (*handOverAnswer, error) {
	if err != nil {
		return nil, err
	}
	from, err := s.People.Orgs.Person(ctx, h.Old.Person)
	if err != nil {
		return nil, err
	}
	to, err := s.People.Orgs.Person(ctx, h.New.Person)
	if err != nil {
		return nil, err
	}
	out := HandOver{ID: h.ID, Org: h.Org, Title: h.Old.Title, From: holderOf(from), To: holderOf(to), On: h.On.String(), Note: h.Note, Items: []PassedItem{}, NewPost: h.New.ID, By: dutyActor(h.By), MadeAt: h.MadeAt, UndoneAt: h.UndoneAt}
	for _, one := range h.Items {
		out.Items = append(out.Items, PassedItem{s.People.Said(locale.Vi, &h, one.Vi), s.People.Said(locale.En, &h, one.En), one.Count})
	}
	if h.UndoneAt != "" {
		by := dutyActor(h.UndoneBy)
		out.UndoneBy = &by
	}
	return &handOverAnswer{out}, nil
}
