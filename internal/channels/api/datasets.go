package api

import (
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"

	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/phohien/phohien/internal/channels/shelf"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/odcs"
)

// A Dataset is a data set as lists show it.
type Dataset struct {
	ID        string          `json:"id" example:"hy-xa"`
	Name      string          `json:"name"`
	Owner     string          `json:"owner" doc:"Organisation that answers for the rows, \"\" when the contract names none"`
	OwnerName string          `json:"owner_name" doc:"Its name for people"`
	Version   string          `json:"version" doc:"Version of the contract"`
	Status    string          `json:"status" doc:"Of the contract: draft, active, deprecated, retired"`
	Retired   bool            `json:"retired" doc:"Nothing new comes in; the rows stay"`
	Pack      string          `json:"pack" doc:"Pack that brought the contract, \"\" without"`
	Rows      int64           `json:"rows" doc:"Current records of all its objects"`
	Seq       int64           `json:"seq" doc:"Number of the last batch, 0 before the first"`
	UpdatedAt *time.Time      `json:"updated_at,omitempty" doc:"When the last batch was committed"`
	Objects   []DatasetObject `json:"objects" nullable:"false"`

	Provenance Provenance `json:"provenance"`
	Missing    []Missing  `json:"missing" nullable:"false" doc:"Required fields of the catalogue that it lacks: it is red until it has them"`
}

// Missing is a required field of the catalogue that a data set lacks.
type Missing struct {
	Key   string   `json:"key" example:"steward_user"`
	Vi    string   `json:"vi"`
	En    string   `json:"en"`
	Items []string `json:"items,omitempty" doc:"Of item_terms and item_modes: titles of the fields concerned"`
}

// Provenance says whose data these are.
type Provenance struct {
	Kind        string `json:"kind" enum:"own,public,sample,generated" doc:"own: made by the province's agencies; public: taken from what others have published; sample: real, an excerpt to show; generated: made up by a program"`
	Source      string `json:"source,omitempty" doc:"Where the rows were taken from"`
	Licence     string `json:"licence,omitempty" doc:"Under which they may be passed on: an SPDX id, or words"`
	Attribution string `json:"attribution,omitempty" doc:"Whom to name wherever they are shown or passed on"`
}

// A DatasetObject is one table of a data set.
type DatasetObject struct {
	Address string   `json:"address" doc:"Use it where a path asks for {id}"`
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Rows    int64    `json:"rows"`
	Key     []string `json:"key" nullable:"false" doc:"Names of the key columns, in order; empty when the platform numbers the rows"`
}

// A DatasetDetail is a data set with its fields.
type DatasetDetail struct {
	Dataset
	Purpose     string        `json:"purpose"`
	Usage       string        `json:"usage"`
	Limitations string        `json:"limitations"`
	Fields      []FieldDetail `json:"fields" nullable:"false" doc:"Of all its objects"`
	Quarantined int64         `json:"quarantined" doc:"Open lines that did not pass"`
}

// A FieldDetail is one field of a data set.
type FieldDetail struct {
	Address  string        `json:"address" doc:"Of its object"`
	Name     string        `json:"name"`
	Title    string        `json:"title"`
	Type     contract.Type `json:"type" enum:"text,integer,decimal,float,boolean,date,partial-date,time,timestamp,json,geometry,file"`
	Required bool          `json:"required"`
	Sealed   bool          `json:"sealed,omitempty" doc:"Encrypted wherever it is kept: filtered by whole values only, not sorted or grouped by"`
	CodeList string        `json:"code_list,omitempty"`
	About    string        `json:"about,omitempty"`
	Example  string        `json:"example,omitempty"`
}

// A Page asks for a part of a list.
type Page struct {
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"How many items at most"`
	After string `query:"after" maxLength:"2000" doc:"The next of the page before"`
}

type datasetList struct {
	Body struct {
		Items  []Dataset                 `json:"items" nullable:"false"`
		Next   string                    `json:"next,omitempty" doc:"Give it as after; absent on the last page"`
		Total  *int                      `json:"total,omitempty" doc:"How many there are, where the list is searched, narrowed or sorted"`
		Facets map[string][]DatasetFacet `json:"facets,omitempty" doc:"How many each value of a facet would leave, if the others stay as they are"`
	}
}

// A DatasetFacet is a value of a facet with how many data sets have it.
type DatasetFacet struct {
	Value string `json:"value" doc:"\"-\" where nothing is named"`
	Count int    `json:"count"`
}

// datasetQuery searches, narrows and sorts the list of data sets.
type datasetQuery struct {
	Page
	Q          string `query:"q" maxLength:"200" doc:"Words of the name, purpose, owner or titles of fields, with or without marks" example:"thai thuy"`
	Owner      string `query:"owner" maxLength:"80" doc:"Id of the organisation that answers for it"`
	Access     string `query:"access" enum:"open,shared,restricted,-" doc:"\"-\": nobody has decided"`
	Provenance string `query:"provenance" enum:"own,public,sample,generated"`
	Band       string `query:"band" enum:"good,watch,poor,none" doc:"Of the overall score"`
	Pack       string `query:"pack" maxLength:"80"`
	Has        string `query:"has" enum:"place,time" doc:"Fields that hold a place, or a time"`
	Catalogue  string `query:"catalogue" enum:"complete,lacking" doc:"Whether it has the required fields of the catalogue"`
	Sort       string `query:"sort" enum:"name,score,updated" doc:"name: order of the Vietnamese alphabet; score: the lowest first; updated: the newest first. By id when absent"`
}

func (in *datasetQuery) query() shelf.Query {
	q := shelf.Query{Words: in.Q, Order: in.Sort, Facets: map[shelf.Facet]string{}}
	for f, v := range map[shelf.Facet]string{
		shelf.Owner: in.Owner, shelf.Access: in.Access, shelf.Provenance: in.Provenance, shelf.Band: in.Band, shelf.Pack: in.Pack, shelf.Has: in.Has,
		shelf.Described: in.Catalogue,
	} {
		if v != "" {
			q.Facets[f] = v
		}
	}
	return q
}

// Addressed names a data set, or one of its objects.
type Addressed struct {
	ID string `path:"id" maxLength:"128" doc:"Address of a data set, or of one of its objects: id or id.object" example:"hy-xa"`
}

func (s *Server) datasetRoutes() {
	register(s, door.Each(policy.Describe, policy.KindDataset), huma.Operation{
		OperationID: "list-datasets", Method: http.MethodGet, Path: Prefix + "/datasets",
		Summary: "Các bộ dữ liệu / Data sets", Tags: []string{"datasets"},
	}, s.listDatasets)
	register(s, door.Each(policy.Describe, policy.KindDataset), huma.Operation{
		OperationID: "get-dataset", Method: http.MethodGet, Path: Prefix + "/datasets/{id}",
		Summary: "Một bộ dữ liệu / One data set", Tags: []string{"datasets"},
		Responses: withNotModified(map[string]*huma.Response{"200": jsonOf[DatasetDetail](s)}),
	}, s.getDataset)
	register(s, door.Each(policy.Describe, policy.KindDataset), huma.Operation{
		OperationID: "get-contract", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/contract",
		Summary: "Đặc tả bộ dữ liệu / Its contract (ODCS)", Tags: []string{"datasets"},
		Description: "The document's own bytes as YAML; as JSON when Accept asks for application/json.",
		Responses: withNotModified(map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			"application/yaml": {Schema: &huma.Schema{Type: "string"}},
			"application/json": {Schema: &huma.Schema{Type: "object", AdditionalProperties: true}},
		}}}),
	}, s.getContract)
}

// withNotModified documents the answer to If-None-Match.
func withNotModified(r map[string]*huma.Response) map[string]*huma.Response {
	if r == nil {
		r = map[string]*huma.Response{}
	}
	r["304"] = &huma.Response{Description: "Not changed since the ETag given"}
	return r
}

// jsonOf documents an answer that a handler writes itself.
func jsonOf[T any](s *Server) *huma.Response {
	t := typeOf[T]()
	return &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{
		"application/json": {Schema: s.api.OpenAPI().Components.Schemas.Schema(t, true, t.Name())},
	}}
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

func (s *Server) listDatasets(ctx context.Context, in *datasetQuery) (*datasetList, error) {
	if q := in.query(); q.Narrows() || q.Order != "" {
		return s.findDatasets(ctx, in, q)
	}
	list, err := s.Contracts.List(ctx, in.After, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &datasetList{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = list[in.Limit-1].ID
	}
	s.Door.Sift(ctx, policy.Describe)
	list = slices.DeleteFunc(list, func(con *contract.Contract) bool { return !s.Door.CanSet(ctx, policy.Describe, con) })
	stand, err := s.Scores.Standings(ctx, list)
	if err != nil {
		return nil, err
	}
	out.Body.Items = make([]Dataset, 0, len(list))
	for _, con := range list {
		d, err := s.dataset(ctx, con, stand[con.ID])
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, d)
	}
	return out, nil
}

// findDatasets answers a list that is searched, narrowed or sorted.
func (s *Server) findDatasets(ctx context.Context, in *datasetQuery, q shelf.Query) (*datasetList, error) {
	all, err := s.shelf.Known(ctx)
	if err != nil {
		return nil, err
	}
	found, options := shelf.Find(all, q)
	out := &datasetList{}
	out.Body.Items, out.Body.Facets, out.Body.Total = []Dataset{}, map[string][]DatasetFacet{}, new(len(found))
	for f, some := range options {
		for _, o := range some {
			out.Body.Facets[string(f)] = append(out.Body.Facets[string(f)], DatasetFacet{o.Value, o.Count})
		}
	}
	if in.After != "" {
		at := slices.IndexFunc(found, func(e shelf.Entry) bool { return e.ID == in.After })
		if at < 0 {
			return nil, fault.New(fault.Invalid, "api.cursor", in.After)
		}
		found = found[at+1:]
	}
	for i, e := range found {
		if i == in.Limit {
			out.Body.Next = found[i-1].ID
			break
		}
		d, err := s.dataset(ctx, e.Contract, e.Standing)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, d)
	}
	return out, nil
}

// dataset gathers what lists show.
func (s *Server) dataset(ctx context.Context, con *contract.Contract, stand score.Standing) (Dataset, error) {
	d := Dataset{ID: con.ID, Name: con.Name, Owner: con.Owner, OwnerName: con.OwnerName, Version: con.Version, Status: con.Status, Retired: con.Retired, Pack: con.Pack}
	p := con.Provenance
	d.Provenance = Provenance{string(p.Kind), p.Source, p.Licence, p.Attribution}
	described, err := s.shelf.Measured(ctx, con, stand.Score.Overall != nil)
	if err != nil {
		return d, err
	}
	d.Missing = []Missing{}
	for _, l := range described.Missing() {
		d.Missing = append(d.Missing, Missing(l))
	}
	seq, at, err := s.Records.Head(ctx, con.ID)
	if err != nil {
		return d, err
	}
	d.Seq = seq
	if seq > 0 {
		d.UpdatedAt = &at
	}
	d.Objects = make([]DatasetObject, len(con.Objects))
	for i, o := range con.Objects {
		rows, err := s.Records.Count(ctx, o)
		if err != nil {
			return d, err
		}
		key := make([]string, len(o.Key))
		for k, c := range o.Key {
			key[k] = o.Columns[c].Name
		}
		d.Objects[i] = DatasetObject{Address: o.Dataset, Name: o.Name, Title: o.Title, Rows: rows, Key: key}
		d.Rows += rows
	}
	return d, nil
}

func (s *Server) getDataset(ctx context.Context, in *Addressed) (*huma.StreamResponse, error) {
	con, obj, err := s.may(ctx, policy.Describe, in.ID)
	if err != nil {
		return nil, err
	}
	stand, err := s.Scores.Standings(ctx, []*contract.Contract{con})
	if err != nil {
		return nil, err
	}
	d := DatasetDetail{Purpose: con.Purpose, Usage: con.Usage, Limitations: con.Limitations, Fields: []FieldDetail{}}
	if d.Dataset, err = s.dataset(ctx, con, stand[con.ID]); err != nil {
		return nil, err
	}
	objects := con.Objects
	if obj != nil {
		objects = []*contract.Object{obj}
	}
	for _, o := range objects {
		counts, err := s.Records.QuarantineCounts(ctx, o)
		if err != nil {
			return nil, err
		}
		d.Quarantined += counts.Lines
		for _, c := range o.Columns {
			d.Fields = append(d.Fields, FieldDetail{Address: o.Dataset, Name: c.Name, Title: c.Title, Type: c.Type,
				Required: c.Required, Sealed: c.Sealed, CodeList: c.CodeList, About: c.About, Example: c.Example})
		}
	}
	return tagged(ctx, d)
}

func (s *Server) getContract(ctx context.Context, in *Addressed) (*huma.StreamResponse, error) {
	con, _, err := s.may(ctx, policy.Describe, in.ID)
	if err != nil {
		return nil, err
	}
	return s.document(ctx, con.ID, con.Digest)
}

// document answers with one version of a contract, as the reader accepts it.
func (s *Server) document(ctx context.Context, id, digest string) (*huma.StreamResponse, error) {
	text, err := s.Contracts.Document(ctx, id, digest)
	if err != nil {
		return nil, err
	}
	mediaType := "application/yaml"
	if wantsJSON(exchangeOf(ctx).r) {
		mediaType = "application/json"
		doc, err := odcs.Read(text)
		if err != nil {
			return nil, err
		}
		if text, err = doc.JSON(); err != nil {
			return nil, err
		}
	}
	return answerBytes(ctx, mediaType, text), nil
}

// wantsJSON reports whether Accept names JSON before anything that YAML is.
func wantsJSON(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		mediaType, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		switch mediaType {
		case "application/json":
			return true
		case "application/yaml", "application/x-yaml", "text/yaml", "text/plain", "*/*":
			return false
		}
	}
	return false
}

// tagged answers with a value under its ETag, or 304 when the reader has it.
func tagged(ctx context.Context, v any) (*huma.StreamResponse, error) {
	var b bytes.Buffer
	if err := jsonFormat.Marshal(&b, v); err != nil {
		return nil, err
	}
	return answerBytes(ctx, "application/json", b.Bytes()), nil
}

// The values of headers that many answers have, shared: a list is replaced, not
// added to.
var varied, looked = []string{"Accept, Accept-Language"}, []string{"no-cache"}

// answerBytes answers with bytes under the ETag of their content.
func answerBytes(ctx context.Context, mediaType string, body []byte) *huma.StreamResponse {
	sum := sha256.Sum256(body)
	etag := `"` + hex.EncodeToString(sum[:12]) + `"`
	known := exchangeOf(ctx).r.Header.Get("If-None-Match")
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		_, w := humago.Unwrap(hc)
		h := w.Header()
		h["Etag"], h["Vary"], h["Cache-Control"] = []string{etag}, varied, looked
		if knows(known, etag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", mediaType)
		w.WriteHeader(http.StatusOK)
		// A reader who has gone away is no fault of ours.
		_, _ = w.Write(body)
	}}
}

// knows reports whether an If-None-Match header names the tag.
func knows(header, etag string) bool {
	return slices.ContainsFunc(strings.Split(header, ","), func(t string) bool {
		t = strings.TrimPrefix(strings.TrimSpace(t), "W/")
		return t == etag || t == "*"
	})
}
