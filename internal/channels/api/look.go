package api

import (
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"

	"context"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/layout"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A Look is what a person needs to see of a held batch's file to say how it is
// to be read.
type Look struct {
	Batch   string            `json:"batch"`
	Dataset string            `json:"dataset"`
	Reading *corridor.Reading `json:"reading"`
	Recipe  recipe.Recipe     `json:"recipe" doc:"How it is read; change it and give it to reread"`
	Tables  []LookTable       `json:"tables" nullable:"false"`
	Rows    []LookRow         `json:"rows" nullable:"false" doc:"The first rows of the table that is read, as they stand in the file"`
	More    bool              `json:"more" doc:"The table goes on behind them"`
	Doubts  []corridor.Note   `json:"doubts" nullable:"false" doc:"What to ask, or at least to show"`
}

// A LookTable is a table of the file.
type LookTable struct {
	Name          string `json:"name"`
	Hidden        bool   `json:"hidden"`
	HiddenRows    int64  `json:"hidden_rows" doc:"They are read all the same"`
	HiddenColumns int    `json:"hidden_columns"`
	Note          string `json:"note,omitempty" doc:"The paragraph above a table of a document"`
}

// A LookRow is a row of the file and what it is taken for.
type LookRow struct {
	Line  int64          `json:"line"`
	Cells []string       `json:"cells" nullable:"false"`
	Role  layout.RowRole `json:"role" enum:"title,heading,numbering,data,section,total,repeat,blank,signature,note,other-table"`
	Why   *corridor.Note `json:"why,omitempty" doc:"Data needs no reason"`
}

type lookAnswer struct{ Body Look }

func (s *Server) lookRoutes() {
	register(s, door.Each(policy.Send, policy.KindDataset), huma.Operation{
		OperationID: "look-into-batch", Method: http.MethodGet, Path: Prefix + "/batches/{id}/look",
		Summary: "Xem cách đọc tệp của một đợt đang chờ / How the file of a held batch is read", Tags: []string{"batches"},
		Description: "With table or recipe: how it would be read that way. Nothing changes.",
	}, s.lookInto)
	register(s, door.Each(policy.Send, policy.KindDataset), huma.Operation{
		OperationID: "reread-batch", Method: http.MethodPost, Path: Prefix + "/batches/{id}/reread",
		Summary: "Đọc lại tệp của một đợt đang chờ / Read a held batch again", Tags: []string{"batches"}, DefaultStatus: http.StatusAccepted,
		Description: "The batch is read as the recipe says and is held again, with a new report and new examples. With Prefer: wait, 200 once it is held.",
		Responses:   map[string]*huma.Response{"200": jsonOf[Batch](s)},
	}, s.reread)
}

func (s *Server) lookInto(ctx context.Context, in *struct {
	ID     string `path:"id" maxLength:"64" doc:"Id of the batch"`
	Table  string `query:"table" maxLength:"255" doc:"Name of the sheet to look at"`
	Recipe string `query:"recipe" maxLength:"30000" doc:"A RecipeRecipe as JSON"`
}) (*lookAnswer, error) {
	how, err := ReadAs{Table: in.Table, Recipe: in.Recipe}.recipe(ctx, s.Recipes, nil)
	if err != nil {
		return nil, err
	}
	st, con, obj, err := s.batch(ctx, policy.Send, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.Door.OwnOrWhole(ctx, con, obj, st); err != nil {
		return nil, err
	}
	l, err := s.Corridor.LookInto(ctx, in.ID, how)
	if err != nil {
		return nil, err
	}
	return &lookAnswer{lookOf(st, l)}, nil
}

// lookOf words what was seen.
func lookOf(st corridor.Status, l corridor.Look) Look {
	out := Look{
		Batch: st.ID, Dataset: st.Dataset, Reading: filledReading(&l.Reading), Recipe: l.Recipe,
		Tables: []LookTable{}, Rows: []LookRow{}, More: l.Sample.More, Doubts: l.Doubts,
	}
	if out.Doubts == nil {
		out.Doubts = []corridor.Note{}
	}
	for _, t := range l.Tables {
		out.Tables = append(out.Tables, LookTable{t.Name, t.Hidden, t.HiddenRows, t.HiddenColumns, t.Note})
	}
	roles := map[int64]layout.Guess{}
	for _, g := range l.Rows {
		roles[g.Line] = g
	}
	for _, r := range l.Sample.Rows {
		g, known := roles[r.Line]
		row := LookRow{Line: r.Line, Cells: r.Cells, Role: layout.DataRow}
		if row.Cells == nil {
			row.Cells = []string{}
		}
		if known {
			row.Role = g.Role
		}
		if g.Why.Key != "" {
			n := noteOf(g.Why)
			row.Why = &n
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// noteOf puts a finding into words.
func noteOf(f ingest.Finding) corridor.Note {
	return corridor.Note{Key: f.Key, Vi: locale.Vi.T(f.Key, f.Args...), En: locale.En.T(f.Key, f.Args...)}
}

func (s *Server) reread(ctx context.Context, in *struct {
	ID     string `path:"id" maxLength:"64" doc:"Id of the batch"`
	Prefer string `header:"Prefer" doc:"wait=10 waits up to ten seconds (60 at most)"`
	Body   struct {
		Recipe   recipe.Recipe `json:"recipe" doc:"How the file is to be read; what it leaves out is recognised"`
		Remember bool          `json:"remember,omitempty" doc:"The next files of the sender are read the same way"`
	}
}) (*batchAnswer, error) {
	if err := checkRecipe(&in.Body.Recipe); err != nil {
		return nil, err
	}
	if _, _, _, err := s.batch(ctx, policy.Send, in.ID); err != nil {
		return nil, err
	}
	st, err := s.Corridor.Reread(ctx, door.Actor(ctx), in.ID, in.Body.Recipe, in.Body.Remember)
	if err != nil {
		return nil, err
	}
	return s.answer(ctx, in.Prefer, st)
}

// batchURL is the address of a batch.
func batchURL(id string) string { return Prefix + "/batches/" + url.PathEscape(id) }
