package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/lineage"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A DatasetLineage is where the rows of a data set come from and where they go.
type DatasetLineage struct {
	Dataset  string         `json:"dataset"`
	Name     string         `json:"name"`
	Known    bool           `json:"known" doc:"It is said that it is made from no other data set, or from which"`
	Original bool           `json:"original" doc:"Made from no other data set"`
	Source   LineageSource  `json:"source"`
	Batches  []LineageBatch `json:"batches" nullable:"false" doc:"The newest deliveries, the newest first"`
	From     []LineageSet   `json:"from" nullable:"false" doc:"Data sets that it is made from or refers to, as far as the caller may know of them"`
	To       []LineageSet   `json:"to" nullable:"false" doc:"Data sets that are made from it or refer to it"`
	Readers  LineageReaders `json:"readers"`
}

// A LineageSource is where rows come in.
type LineageSource struct {
	System     string   `json:"system"`
	Provenance string   `json:"provenance" enum:"own,public,sample,generated"`
	Collected  string   `json:"collection_method,omitempty"`
	Mechanism  string   `json:"update_mechanism,omitempty"`
	Pack       string   `json:"pack,omitempty"`
	Files      []string `json:"files,omitempty" doc:"That come with the pack"`
}

// A LineageBatch is one delivery.
type LineageBatch struct {
	Batch    string    `json:"batch"`
	Object   string    `json:"object" doc:"Title of the object"`
	File     string    `json:"file"`
	State    string    `json:"state"`
	Received time.Time `json:"received"`
	Org      string    `json:"org,omitempty" doc:"Name of the organisation that sent it, for callers with an account"`
}

// A LineageSet is another data set.
type LineageSet struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	How  string `json:"how" enum:"made-from,refers" doc:"made-from: the rows of one are made from the other's; refers: they are checked against them"`
	Gone bool   `json:"gone,omitempty" doc:"It is named, and is not there"`
}

// LineageReaders is who has read the data set.
type LineageReaders struct {
	Days      int             `json:"days" doc:"How far back is counted"`
	Uses      int64           `json:"uses"`
	Consumers int64           `json:"consumers" doc:"Agencies and programs"`
	Last      string          `json:"last,omitempty" doc:"Day of the last use in Viet Nam"`
	Items     []LineageReader `json:"items,omitempty" doc:"Who, for those who may see who used whose data; persons are never named"`
}

// A LineageReader is an agency's people, or a program.
type LineageReader struct {
	Kind    string `json:"kind" doc:"person, program, company, system"`
	Program string `json:"program,omitempty"`
	Org     string `json:"org,omitempty"`
	Uses    int64  `json:"uses"`
	Last    string `json:"last"`
}

type lineageAnswer struct{ Body DatasetLineage }

func (s *Server) lineageRoutes() {
	if s.Lineage == nil {
		return
	}
	register(s, door.Each(policy.Describe, policy.KindDataset), huma.Operation{
		OperationID: "get-lineage", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/lineage",
		Summary: "Nguồn gốc dữ liệu / Lineage", Tags: []string{"datasets"},
		Description: "Where the rows come from and where they go: source, newest batches, data sets up and down the stream, readers.",
	}, s.getLineage)
}

func (s *Server) getLineage(ctx context.Context, in *Addressed) (*lineageAnswer, error) {
	con, _, err := s.may(ctx, policy.Describe, in.ID)
	if err != nil {
		return nil, err
	}
	l, err := s.Lineage.Of(ctx, con)
	if err != nil {
		return nil, err
	}
	return &lineageAnswer{lineageOf(l)}, nil
}

func lineageOf(l *lineage.Lineage) DatasetLineage {
	r, src := l.Readers, l.Source
	out := DatasetLineage{
		Dataset: l.Dataset, Name: l.Name, Known: l.Known(), Original: l.Original,
		Source:  LineageSource{src.System, string(src.Kind), src.Collected, src.Mechanism, src.Pack, src.Files},
		Batches: []LineageBatch{}, From: setsOf(l.From), To: setsOf(l.To),
		Readers: LineageReaders{Days: r.Days, Uses: r.Uses, Consumers: r.Consumers, Last: r.Last},
	}
	for _, b := range l.Batches {
		out.Batches = append(out.Batches, LineageBatch{b.ID, b.Object, b.File, string(b.State), b.Received, b.Org})
	}
	for _, one := range r.All {
		out.Readers.Items = append(out.Readers.Items, LineageReader(one))
	}
	return out
}

func setsOf(list []lineage.Set) []LineageSet {
	all := make([]LineageSet, len(list))
	for i, s := range list {
		all[i] = LineageSet(s)
	}
	return all
}
