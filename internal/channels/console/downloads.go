package console

import (
	"context"
	"github.com/phohien/phohien/internal/channels/door"
	"net/http"
	"net/url"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

type downloadsView struct {
	Template, CSV, XLSX string // CSV and XLSX are "" while there are no rows
	Ask                 string // where an export is asked for that others approve, in the place of CSV and XLSX
	Revoke              string // where the making of the set is undone, "" = cannot be
	HasRows             bool
	Token               string
}

// downloadRoutes are the files of a data set under addresses that people can
// guess. The API writes them, with its own filter parameters.
func (s *server) downloadRoutes() {
	for name, of := range map[string]string{"template.xlsx": "template.xlsx", "export.csv": "records.csv", "export.xlsx": "records.xlsx"} {
		s.Handle("GET /datasets/{id}/"+name, door.Open, func(w http.ResponseWriter, r *http.Request) error {
			_, obj, err := s.shown(r, policy.Describe)
			if err != nil {
				return err
			}
			q := r.URL.Query()
			if !q.Has("lang") {
				q.Set("lang", string(locale.From(r.Context())))
			}
			http.Redirect(w, r, api.Prefix+"/datasets/"+url.PathEscape(obj.Dataset)+"/"+of+"?"+q.Encode(), http.StatusFound)
			return nil
		})
	}
}

// downloadsOf are the files that a page of a data set offers.
func (s *server) downloadsOf(ctx context.Context, con *contract.Contract, obj *contract.Object, token string) (*downloadsView, error) {
	base := "/datasets/" + url.PathEscape(obj.Dataset)
	v := &downloadsView{Template: base + "/template.xlsx", Token: token}
	rows, err := record.CountAll(ctx, s.Records, con)
	if err != nil {
		return nil, err
	}
	if rows > 0 {
		v.HasRows, v.CSV, v.XLSX = true, base+"/export.csv", base+"/export.xlsx"
	}
	if rows > 0 && s.Approved != nil && s.Approved(ctx, con, obj) {
		v.CSV, v.XLSX, v.Ask = "", "", "/exports/new?dataset="+url.QueryEscape(obj.Dataset)
	}
	if s.Drafts == nil || token == "" || con.Retired {
		return v, nil
	}
	made, err := s.Drafts.Made(ctx, con.ID)
	if err == nil && made != nil {
		v.Revoke = "/datasets/" + url.PathEscape(con.ID) + "/revoke"
	}
	return v, err
}
