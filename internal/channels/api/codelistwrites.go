package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A CodeListVersion is a version of a code list.
type CodeListVersion struct {
	Version     string         `json:"version"`
	Digest      string         `json:"digest"`
	State       string         `json:"state" enum:"current,past,retired"`
	Pack        string         `json:"pack,omitempty" doc:"That brought it"`
	InstalledAt string         `json:"installed_at" format:"date-time"`
	InstalledBy string         `json:"installed_by,omitempty" doc:"Who put it into force; not told without an account"`
	Changes     []ChangeDetail `json:"changes" nullable:"false" doc:"From the version that was in force before it, at most 200; of the last ten alone"`
}

// A CodeListChange is what an edit changes in a code list.
type CodeListChange struct {
	Version string         `json:"version" doc:"Number of the version that it makes"`
	Digest  string         `json:"digest" doc:"Of that version: the base of the next change"`
	Kept    bool           `json:"kept" doc:"It is in force; false with preview"`
	Changes []ChangeDetail `json:"changes" nullable:"false" doc:"At most 200"`
	More    int            `json:"more,omitempty" doc:"How many changes are not listed"`
	Renamed []RenamedCode  `json:"renamed" nullable:"false" doc:"Rows that hold these codes say something else from then on"`
}

// A RenamedCode is a code that gets another name while it is valid.
type RenamedCode struct {
	Code string `json:"code"`
	Was  string `json:"was"`
	Is   string `json:"is"`
}

// A CodeListEdit says how an edit of a code list is meant.
type CodeListEdit struct {
	Base    string `json:"base" minLength:"1" maxLength:"64" doc:"digest of the list that it was made from. 409 when another version has come since: errors tell what changed"`
	Why     string `json:"why,omitempty" maxLength:"2000" doc:"Needed but for a preview: why, kept in the log"`
	Renamed bool   `json:"renamed,omitempty" doc:"Codes get other names without another meaning; 409 without it where there are such"`
}

// Previewed edits are looked at alone.
type Previewed struct {
	Preview bool `query:"preview" doc:"Say what would change; nothing is kept"`
}

type (
	codeListVersions struct {
		Body struct {
			Items []CodeListVersion `json:"items" nullable:"false" doc:"The one put into force last first"`
		}
	}
	codeListChanged struct{ Body CodeListChange }
)

func (s *Server) codeListWriteRoutes() {
	edit := door.Of(policy.EditContract, policy.KindCodeList)
	at := Prefix + "/codelists/{id}"
	register(s, edit, huma.Operation{
		OperationID: "put-codelist-codes", Method: http.MethodPut, Path: at + "/codes",
		Summary: "Thay toàn bộ mã của danh mục / Put other codes into a code list", Tags: []string{"dictionary"},
		Description: "All entries of all times. Errors name lines: places in items, from 1. What stands on the list is judged again.",
	}, func(ctx context.Context, in *struct {
		Listed
		Previewed
		Body struct {
			CodeListEdit
			Items []CodeEntry `json:"items" nullable:"false" minItems:"1" maxItems:"20000"`
		}
	}) (*codeListChanged, error) {
		return s.editCodes(ctx, in.ID, in.Preview, in.Body.CodeListEdit, func(*dictionary.CodeList) (lines []dictionary.Line, err error) {
			for i, c := range in.Body.Items {
				line, err := codeLineOf(c)
				if err != nil {
					return nil, err
				}
				line.Number = i + 1
				lines = append(lines, line)
			}
			return lines, nil
		})
	})
	register(s, edit, huma.Operation{
		OperationID: "put-codelist-code", Method: http.MethodPost, Path: at + "/codes", DefaultStatus: http.StatusOK,
		Summary: "Thêm, sửa hoặc kết thúc một mã / Add, change or end one code", Tags: []string{"dictionary"},
		Description: "In the place of the entry of the same code and valid_from, or added. To end a code, write it with valid_to. Errors name lines as the export counts them.",
	}, func(ctx context.Context, in *struct {
		Listed
		Previewed
		Body struct {
			CodeListEdit
			CodeEntry
		}
	}) (*codeListChanged, error) {
		return s.editCodes(ctx, in.ID, in.Preview, in.Body.CodeListEdit, func(c *dictionary.CodeList) ([]dictionary.Line, error) {
			line, err := codeLineOf(in.Body.CodeEntry)
			return termdesk.With(c, line), err
		})
	})
	register(s, edit, huma.Operation{
		OperationID: "restore-codelist", Method: http.MethodPost, Path: at + "/again", DefaultStatus: http.StatusOK,
		Summary: "Dùng lại một phiên bản trước của danh mục / Put a former version into force again", Tags: []string{"dictionary"},
	}, func(ctx context.Context, in *struct {
		Listed
		Body struct {
			Digest string `json:"digest" minLength:"1" maxLength:"64" doc:"Of the former version"`
			Base   string `json:"base" minLength:"1" maxLength:"64" doc:"digest of the list in force. 409 when another version has come since"`
			Why    string `json:"why" maxLength:"2000"`
		}
	}) (*struct{ Body CodeListHead }, error) {
		c, err := s.listDesk.Edited(ctx, in.ID)
		if err == nil {
			err = s.listDesk.Again(ctx, c, in.Body.Digest, in.Body.Base, in.Body.Why)
		}
		if err == nil {
			c, err = s.CodeLists.Current(ctx, in.ID)
		}
		if err != nil {
			return nil, err
		}
		return &struct{ Body CodeListHead }{headOf(c)}, nil
	})
}

// editCodes looks at other entries of a list, and puts them into force.
func (s *Server) editCodes(ctx context.Context, id string, preview bool, e CodeListEdit, lines func(*dictionary.CodeList) ([]dictionary.Line, error)) (*codeListChanged, error) {
	c, err := s.listDesk.Edited(ctx, id)
	if err != nil {
		return nil, err
	}
	rows, err := lines(c)
	if err != nil {
		return nil, err
	}
	plan, err := s.listDesk.Look(c, rows)
	if err == nil && !preview {
		err = s.listDesk.Put(ctx, c, plan, e.Base, e.Why, e.Renamed)
	}
	if err != nil {
		return nil, err
	}
	out := CodeListChange{Version: plan.List.Version, Digest: plan.List.Digest, Kept: !preview, Changes: changeDetails(plan.Details), Renamed: []RenamedCode{}}
	out.More = len(plan.Details) - len(out.Changes)
	for _, r := range plan.Renamed {
		out.Renamed = append(out.Renamed, RenamedCode{r.Code, r.Was, r.Is})
	}
	return &codeListChanged{out}, nil
}

func changeDetails(all []pack.Detail) []ChangeDetail {
	list := []ChangeDetail{}
	for _, d := range all[:min(len(all), termdesk.MostDetails)] {
		list = append(list, ChangeDetail{d.Vi, d.En, d.Breaking})
	}
	return list
}

// codeLineOf is an entry as the sheet of a list has it, where aliases share a cell.
func codeLineOf(c CodeEntry) (dictionary.Line, error) {
	if i := slices.IndexFunc(c.Aliases, func(a string) bool { return strings.Contains(a, "|") }); i >= 0 {
		return dictionary.Line{}, fault.New(fault.Invalid, "codelist.alias", c.Aliases[i], c.Code)
	}
	day := func(d *viet.Date) string {
		if d == nil {
			return ""
		}
		return d.String()
	}
	return dictionary.Line{Code: c.Code, Name: c.Name, From: day(c.From), To: day(c.To), Alias: strings.Join(c.Aliases, "|"), Top: c.Parent}, nil
}

func (s *Server) listCodeListVersions(ctx context.Context, in *Listed) (*codeListVersions, error) {
	if _, err := s.codeList(ctx, in.ID); err != nil {
		return nil, err
	}
	all, err := s.listDesk.History(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &codeListVersions{}
	out.Body.Items = []CodeListVersion{}
	for _, v := range all {
		if !door.From(ctx).Known() {
			v.By = ""
		}
		out.Body.Items = append(out.Body.Items, CodeListVersion{v.Version.Version, v.Digest, v.State, v.Pack, v.InstalledAt, v.By, changeDetails(v.Details)})
	}
	return out, nil
}
