package api

import (
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"

	"bytes"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

func (s *Server) templateRoutes() {
	register(s, door.Each(policy.Describe, policy.KindDataset), huma.Operation{
		OperationID: "get-template", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/template.xlsx",
		Summary: "Biểu mẫu Excel để nhập dữ liệu / Workbook to fill in", Tags: []string{"datasets"},
		Description: "A sheet for each table of the contract, with headings, notes, code lists and one example row. A filled-in template is sent like any file.",
		Responses:   map[string]*huma.Response{"200": fileOf(mediaXLSX, "binary")},
	}, s.getTemplate)
}

func (s *Server) getTemplate(ctx context.Context, in *Addressed) (*huma.StreamResponse, error) {
	con, _, err := s.may(ctx, policy.Describe, in.ID)
	if err != nil {
		return nil, err
	}
	lists, err := s.codeLists(ctx, con)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := workbook.Template(ctx, &b, workbook.TemplateInput{Contract: con, Lists: lists, Language: locale.From(ctx)}); err != nil {
		return nil, err
	}
	return s.streamed(ctx, mediaXLSX, con.ID+"-mau.xlsx", func(d *download) error {
		_, err := b.WriteTo(d)
		return err
	}), nil
}

// codeLists reads the code lists that a contract names; one that is not
// installed is nil.
func (s *Server) codeLists(ctx context.Context, con *contract.Contract) (func(id string) *dictionary.CodeList, error) {
	lists := map[string]*dictionary.CodeList{}
	for _, o := range con.Objects {
		for _, c := range o.Columns {
			if _, known := lists[c.CodeList]; c.CodeList == "" || known {
				continue
			}
			l, err := s.CodeLists.Current(ctx, c.CodeList)
			if err != nil && fault.KindOf(err) != fault.NotFound {
				return nil, err
			}
			lists[c.CodeList] = l
		}
	}
	return func(id string) *dictionary.CodeList { return lists[id] }, nil
}
