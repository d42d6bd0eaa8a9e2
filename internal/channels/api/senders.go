package api

import (
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"

	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/core/record"
)

// A Turnout says who has sent for which period, and how clean.
type Turnout struct {
	Dataset string `json:"dataset"`
	Sender  string `json:"sender_field" doc:"The field that names the sender, \"\" when the contract names none: then there are no items"`
	Period  string `json:"period_field" doc:"The field that names the period, \"\" when the contract names none"`
	Items   []Turn `json:"items" nullable:"false" doc:"In the order of sender and period"`
}

// A Turn is what one sender has sent for one period.
type Turn struct {
	Sender string    `json:"sender" doc:"\"\" for lines in which it could not be read"`
	Period string    `json:"period"`
	Rows   int64     `json:"rows" doc:"Current records"`
	Warned int64     `json:"warned" doc:"Records among them that a rule warns of"`
	Open   int64     `json:"open" doc:"Open lines that did not pass"`
	Last   time.Time `json:"last" doc:"When the newest of them came"`
}

func (s *Server) senderRoutes() {
	register(s, door.Each(policy.Read, policy.KindDataset), huma.Operation{
		OperationID: "list-senders", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/senders",
		Summary: "Đơn vị gửi theo kỳ / Who has sent for which period", Tags: []string{"quality"},
		Responses: withNotModified(map[string]*huma.Response{"200": jsonOf[Turnout](s)}),
	}, s.listSenders)
}

func (s *Server) listSenders(ctx context.Context, in *Addressed) (*huma.StreamResponse, error) {
	_, obj, view, err := s.see(ctx, policy.Read, in.ID)
	if err != nil {
		return nil, err
	}
	out := Turnout{Dataset: obj.Dataset, Items: []Turn{}}
	if obj.Sender >= 0 {
		out.Sender = obj.Columns[obj.Sender].Name
	}
	if obj.Period >= 0 {
		out.Period = obj.Columns[obj.Period].Name
	}
	list, err := s.Records.Through(view).Turnout(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		out.Items = append(out.Items, Turn{t.Sender, t.Period, t.Rows, t.Warned, t.Open, t.Last.In(record.VietnamTime)})
	}
	return tagged(ctx, out)
}
