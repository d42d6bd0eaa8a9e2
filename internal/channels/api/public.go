package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A CodeListHead is a code list without its codes.
type CodeListHead struct {
	ID      string `json:"id" example:"hinh-thuc-so-huu"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Source  string `json:"source"`
	Licence string `json:"licence"`
	Retired bool   `json:"retired"`
	Codes   int    `json:"count" doc:"How many codes, those of the past too"`
}

// A CodeListDetail is a code list with its codes.
type CodeListDetail struct {
	CodeListHead
	Items []CodeEntry `json:"items" nullable:"false"`
}

// A CodeEntry is one code.
type CodeEntry struct {
	Code    string     `json:"code"`
	Name    string     `json:"name"`
	From    *viet.Date `json:"valid_from,omitempty" format:"date" doc:"First day on which it is valid"`
	To      *viet.Date `json:"valid_to,omitempty" format:"date" doc:"Last day"`
	Aliases []string   `json:"aliases,omitempty" nullable:"false"`
}

// A Found is something that a search found.
type Found struct {
	Kind  string `json:"kind" enum:"dataset,codelist,unit,organisation"`
	ID    string `json:"id"`
	Name  string `json:"name"`
	About string `json:"about,omitempty"`
}

type codeListList struct {
	Body struct {
		Items []CodeListHead `json:"items" nullable:"false"`
		Next  string         `json:"next,omitempty" doc:"Give it as after; absent on the last page"`
	}
}

type foundList struct {
	Body struct {
		Items []Found `json:"items" nullable:"false"`
	}
}

// publicRoutes are asked without a session; policies say what is described to
// whom.
func (s *Server) publicRoutes() {
	register(s, door.Each(policy.Describe, policy.KindCodeList).ForAll(), huma.Operation{
		OperationID: "list-codelists", Method: http.MethodGet, Path: Prefix + "/codelists",
		Summary: "Các danh mục (bảng mã) / Code lists", Tags: []string{"public"},
	}, s.listCodeLists)
	register(s, door.Each(policy.Describe, policy.KindCodeList).ForAll(), huma.Operation{
		OperationID: "get-codelist", Method: http.MethodGet, Path: Prefix + "/codelists/{id}",
		Summary: "Một danh mục và các mã / One code list with its codes", Tags: []string{"public"},
		Responses: withNotModified(map[string]*huma.Response{"200": jsonOf[CodeListDetail](s)}),
	}, s.getCodeList)
	register(s, door.Of(policy.Describe, policy.KindUnit).ForAll(), huma.Operation{
		OperationID: "resolve", Method: http.MethodGet, Path: Prefix + "/resolve",
		Summary: "Xác định xã từ tên hoặc mã / The commune that names or codes mean", Tags: []string{"public"},
		Description: "As unit-of. Nothing is guessed.",
	}, s.resolveUnit)
	register(s, door.Each(policy.Describe, policy.KindDataset).ForAll(), huma.Operation{
		OperationID: "search", Method: http.MethodGet, Path: Prefix + "/search",
		Summary: "Tìm bộ dữ liệu, danh mục, đơn vị hành chính, cơ quan / Search", Tags: []string{"public"},
		Description: "By words, with or without marks, in what the caller may see described.",
	}, s.search)
}

func (s *Server) mayDescribe(ctx context.Context, kind, id string) bool {
	return s.Door.Can(ctx, policy.Describe, policy.What{Kind: kind, ID: id})
}

func (s *Server) listCodeLists(ctx context.Context, in *struct{ Page }) (*codeListList, error) {
	list, err := s.CodeLists.List(ctx, in.After, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &codeListList{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = list[in.Limit-1].ID
	}
	s.Door.Sift(ctx, policy.Describe)
	out.Body.Items = []CodeListHead{}
	for _, l := range list {
		if s.mayDescribe(ctx, policy.KindCodeList, l.ID) {
			out.Body.Items = append(out.Body.Items, headOf(l))
		}
	}
	return out, nil
}

func headOf(l *dictionary.CodeList) CodeListHead {
	return CodeListHead{ID: l.ID, Name: l.Name, Version: l.Version, Source: l.Source, Licence: l.Licence, Retired: l.Retired, Codes: len(l.Codes)}
}

func (s *Server) getCodeList(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"60"`
}) (*huma.StreamResponse, error) {
	if _, err := s.Door.May(ctx, policy.Describe, policy.What{Kind: policy.KindCodeList, ID: in.ID}); err != nil {
		return nil, err
	}
	l, err := s.CodeLists.Current(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := CodeListDetail{CodeListHead: headOf(l), Items: make([]CodeEntry, len(l.Codes))}
	for i, c := range l.Codes {
		out.Items[i] = CodeEntry{Code: c.Code, Name: c.Name, From: dayOf(c.From), To: dayOf(c.To), Aliases: c.Aliases}
	}
	return tagged(ctx, out)
}

func dayOf(d dictionary.Day) *viet.Date {
	if !d.Set {
		return nil
	}
	return &d.Date
}

// foundEach is how many of each kind a search answers.
const foundEach = 20

func (s *Server) search(ctx context.Context, in *struct {
	Q    string `query:"q" required:"true" minLength:"2" maxLength:"200"`
	Kind string `query:"kind" enum:"dataset,codelist,unit,organisation" doc:"Of this kind only"`
}) (*foundList, error) {
	if err := s.Limits.Search(exchangeOf(ctx).r); err != nil {
		return nil, err
	}
	words := strings.FieldsFunc(viet.Fold(in.Q), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return nil, fault.New(fault.Invalid, "api.search-words")
	}
	s.Door.Sift(ctx, policy.Describe)
	out := &foundList{}
	out.Body.Items = []Found{}
	for _, one := range []struct {
		kind string
		find func(context.Context, string, []string) ([]Found, error)
	}{{"dataset", s.findSets}, {"codelist", s.findLists}, {"organisation", s.findOrgs}, {"unit", s.findUnits}} {
		if in.Kind != "" && in.Kind != one.kind {
			continue
		}
		found, err := one.find(ctx, in.Q, words)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, found[:min(len(found), foundEach)]...)
	}
	return out, nil
}

// fits reports whether every word begins some word of the texts.
func fits(words []string, texts ...string) bool {
	all := strings.FieldsFunc(viet.Fold(strings.Join(texts, " ")), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return !slices.ContainsFunc(words, func(w string) bool {
		return !slices.ContainsFunc(all, func(have string) bool { return strings.HasPrefix(have, w) })
	})
}

func (s *Server) findSets(ctx context.Context, _ string, words []string) (found []Found, err error) {
	var further []Found // by more than the name
	for con, err := range contract.All(ctx, s.Contracts) {
		if err != nil {
			return nil, err
		}
		if !s.Door.CanSet(ctx, policy.Describe, con) {
			continue
		}
		f := Found{Kind: "dataset", ID: con.ID, Name: con.Name, About: con.OwnerName}
		switch {
		case fits(words, con.ID, con.Name):
			found = append(found, f)
		case fits(words, con.ID, con.Name, con.OwnerName, con.Purpose, fieldWords(con)):
			further = append(further, f)
		}
	}
	return append(found, further...), nil
}

func fieldWords(con *contract.Contract) string {
	var b strings.Builder
	for _, o := range con.Objects {
		b.WriteString(" " + o.Title)
		for i := range o.Columns {
			b.WriteString(" " + o.Columns[i].Name + " " + o.Columns[i].Title)
		}
	}
	return b.String()
}

func (s *Server) findLists(ctx context.Context, _ string, words []string) (found []Found, err error) {
	for after := ""; ; {
		list, err := s.CodeLists.List(ctx, after, 500)
		if err != nil || len(list) == 0 {
			return found, err
		}
		for _, l := range list {
			after = l.ID
			if fits(words, l.ID, l.Name) && s.mayDescribe(ctx, policy.KindCodeList, l.ID) {
				found = append(found, Found{Kind: "codelist", ID: l.ID, Name: l.Name, About: l.Source})
			}
		}
	}
}

func (s *Server) findUnits(ctx context.Context, q string, _ []string) (found []Found, err error) {
	if s.Units == nil || !s.mayDescribe(ctx, policy.KindUnit, "") {
		return nil, nil
	}
	ix, err := s.Units.Index(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range ix.Search(q, viet.DateOf(time.Now().In(viet.Zone)), foundEach) {
		found = append(found, Found{Kind: "unit", ID: u.UID, Name: u.Full, About: ix.Title(u)})
	}
	return found, nil
}

func (s *Server) findOrgs(ctx context.Context, q string, _ []string) (found []Found, err error) {
	if s.Orgs == nil {
		return nil, nil
	}
	all, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	today := org.Today(time.Now())
	for _, o := range all.Find(q, today, foundEach) {
		if s.mayDescribe(ctx, policy.KindOrg, o.ID) {
			found = append(found, Found{Kind: "organisation", ID: o.ID, Name: o.Name, About: o.CodeOn(today)})
		}
	}
	return found, nil
}
