package api

import (
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"

	"context"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/locale"
)

func (s *Server) slipRoutes() {
	register(s, door.Each(policy.ReadQuarantine, policy.KindDataset), huma.Operation{
		OperationID: "get-slip", Method: http.MethodGet, Path: Prefix + "/batches/{id}/slip.xlsx",
		Summary: "Phiếu yêu cầu bổ sung, hoàn thiện dữ liệu / The return slip of a batch", Tags: []string{"batches"},
		Description: "The open lines of the batch that did not pass, marked in the sender's own workbook where that can be done. Mended and sent again, its lines close.",
		Responses:   map[string]*huma.Response{"200": fileOf(mediaXLSX, "binary")},
	}, s.getSlip)
}

func (s *Server) getSlip(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64" doc:"Id of the batch"`
	Unit string `query:"unit" maxLength:"300" doc:"Whom it is addressed to; the sender when absent"`
}) (*huma.StreamResponse, error) {
	st, con, obj, err := s.batch(ctx, policy.ReadQuarantine, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.Door.OwnOrWhole(ctx, con, obj, st); err != nil {
		return nil, err
	}
	r := exchangeOf(ctx).r
	rest := "http://" + r.Host + Prefix + "/datasets/" + url.PathEscape(st.Dataset) + "/quarantine?format=csv&batch=" + url.QueryEscape(st.ID)
	o := corridor.SlipOptions{Language: locale.From(ctx), Unit: in.Unit, Rest: rest}
	return s.streamed(ctx, mediaXLSX, s.Corridor.SlipName(st.Dataset, st.ID), func(d *download) error {
		d.alive()
		_, err := s.Corridor.Slip(ctx, st.Dataset, st.ID, d, o)
		return err
	}), nil
}
