package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A CodeListHead is a code list without its codes.
type CodeListHead struct {
	ID        string `json:"id" example:"hinh-thuc-so-huu"`
	Name      string `json:"name"`
	Version   string `json:"version"`
	Digest    string `json:"digest" doc:"Of the version in force; give it back as base when you change the list"`
	Source    string `json:"source"`
	Licence   string `json:"licence"`
	Retired   bool   `json:"retired"`
	Codes     int    `json:"count" doc:"How many codes, those of the past too"`
	Hierarchy bool   `json:"hierarchy" doc:"Codes stand below others: see parent"`
}

// A CodeListDetail is a code list with its codes.
type CodeListDetail struct {
	CodeListHead
	On    string      `json:"on,omitempty" format:"date" doc:"The day that was asked for; absent: all times"`
	Items []CodeEntry `json:"items" nullable:"false"`
}

// A CodeEntry is one code.
type CodeEntry struct {
	Code    string     `json:"code"`
	Name    string     `json:"name"`
	From    *viet.Date `json:"valid_from,omitempty" format:"date" doc:"First day on which it is valid"`
	To      *viet.Date `json:"valid_to,omitempty" format:"date" doc:"Last day"`
	Aliases []string   `json:"aliases,omitempty" nullable:"false"`
	Parent  string     `json:"parent,omitempty" doc:"Code of the entry above it"`
}

type codeListList struct {
	Body struct {
		Items []CodeListHead `json:"items" nullable:"false"`
		Next  string         `json:"next,omitempty" doc:"Give it as after; absent on the last page"`
	}
}

// A Listed names a code list.
type Listed struct {
	ID string `path:"id" maxLength:"60" example:"dan-toc" doc:"Id of the code list"`
}

func (s *Server) codeListRoutes() {
	need := door.Each(policy.Describe, policy.KindCodeList).ForAll()
	register(s, need, huma.Operation{
		OperationID: "list-codelists", Method: http.MethodGet, Path: Prefix + "/codelists",
		Summary: "Các danh mục (bảng mã) / Code lists", Tags: []string{"dictionary"},
	}, s.listCodeLists)
	register(s, need, huma.Operation{
		OperationID: "get-codelist", Method: http.MethodGet, Path: Prefix + "/codelists/{id}",
		Summary: "Một danh mục và các mã / One code list with its codes", Tags: []string{"dictionary"},
		Responses: withNotModified(map[string]*huma.Response{"200": jsonOf[CodeListDetail](s)}),
	}, s.getCodeList)
	csv := fileOf("text/csv", "")
	csv.Content[mediaXLSX] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	register(s, need, huma.Operation{
		OperationID: "export-codelist", Method: http.MethodGet, Path: Prefix + "/codelists/{id}/export",
		Summary: "Xuất một danh mục / Export a code list", Tags: []string{"dictionary"},
		Description: "With the columns that a pack's file has: code, name, valid_from, valid_to, aliases (separated by |), parent.",
		Responses:   map[string]*huma.Response{"200": csv},
	}, s.exportCodeList)
	register(s, need, huma.Operation{
		OperationID: "list-codelist-versions", Method: http.MethodGet, Path: Prefix + "/codelists/{id}/versions",
		Summary: "Các phiên bản của một danh mục / Versions of a code list", Tags: []string{"dictionary"},
	}, s.listCodeListVersions)
	s.codeListWriteRoutes()
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
	return CodeListHead{ID: l.ID, Name: l.Name, Version: l.Version, Digest: l.Digest, Source: l.Source, Licence: l.Licence, Retired: l.Retired, Codes: len(l.Codes), Hierarchy: l.Hierarchic()}
}

// codeList finds a list that the caller may know of.
func (s *Server) codeList(ctx context.Context, id string) (*dictionary.CodeList, error) {
	if _, err := s.Door.May(ctx, policy.Describe, policy.What{Kind: policy.KindCodeList, ID: id}); err != nil {
		return nil, err
	}
	return s.CodeLists.Current(ctx, id)
}

func (s *Server) getCodeList(ctx context.Context, in *struct {
	Listed
	On string `query:"on" maxLength:"20" doc:"Day: 2025-07-02 or 2/7/2025: the codes that are valid on it, each followed by those below it; all times when absent"`
}) (*huma.StreamResponse, error) {
	l, err := s.codeList(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := CodeListDetail{CodeListHead: headOf(l), Items: []CodeEntry{}}
	codes := l.Codes
	if in.On != "" && in.On != "all" {
		on, err := UnitDay(in.On, time.Now())
		if err != nil {
			return nil, err
		}
		out.On, codes = on.String(), nil
		for _, b := range l.Tree(on) {
			codes = append(codes, b.Code)
		}
	}
	for _, c := range codes {
		out.Items = append(out.Items, CodeEntry{Code: c.Code, Name: c.Name, From: dayOf(c.From), To: dayOf(c.To), Aliases: c.Aliases, Parent: c.Parent})
	}
	return tagged(ctx, out)
}

func dayOf(d dictionary.Day) *viet.Date {
	if !d.Set {
		return nil
	}
	return &d.Date
}

func (s *Server) exportCodeList(ctx context.Context, in *struct {
	Listed
	Format string `query:"format" enum:"csv,xlsx" default:"csv"`
}) (*huma.StreamResponse, error) {
	l, err := s.codeList(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	rows := codeRows(l)
	if in.Format == "xlsx" {
		return s.streamed(ctx, mediaXLSX, l.ID+".xlsx", func(d *download) error { return workbook.WriteXLSX(d, sheetName(l.ID), rows) }), nil
	}
	return s.streamed(ctx, "text/csv; charset=utf-8", l.ID+".csv", func(d *download) error { return workbook.WriteCSV(d, rows) }), nil
}

// sheetName is an id as a workbook takes it: 31 characters.
func sheetName(id string) string { return id[:min(len(id), 31)] }

// codeRows are the codes of a list as the CSV of packs has them.
func codeRows(l *dictionary.CodeList) [][]string {
	rows := [][]string{{"code", "name", "valid_from", "valid_to", "aliases", "parent"}}
	for _, c := range l.Codes {
		rows = append(rows, []string{c.Code, c.Name, c.From.String(), c.To.String(), strings.Join(c.Aliases, "|"), c.Parent})
	}
	return rows
}
