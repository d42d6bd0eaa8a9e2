package api

import (
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"

	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/draft"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// Bounds of the samples of one draft: they show what a data set is like, they
// are not the data set.
const (
	maxSample     = 1 << 30
	maxSamples    = 20
	draftPatience = 10 * time.Minute
)

// A Proposal is a contract proposed from sample files.
type Proposal struct {
	Draft     *draft.Draft       `json:"draft" doc:"The proposal itself, to look at and to change"`
	YAML      string             `json:"yaml" doc:"The contract (ODCS) as it would be installed"`
	Lists     []ProposalList     `json:"lists" nullable:"false" doc:"Code lists that the contract uses and the platform has not"`
	Problems  []draft.Problem    `json:"problems" nullable:"false" doc:"What a person has to mend before the contract can be installed"`
	Reasons   []ProposalReason   `json:"reasons" nullable:"false" doc:"Why it was proposed so"`
	Questions []ProposalQuestion `json:"questions" nullable:"false" doc:"What the samples cannot tell; the proposal holds the answer that is chosen"`
	Notes     []corridor.Note    `json:"notes" nullable:"false" doc:"How the samples were read: hidden sheets, layouts to look at"`
	Kept      *KeptDraft         `json:"kept,omitempty" doc:"Absent when nothing is kept"`
}

// A ProposalList is a code list as a document of a pack.
type ProposalList struct {
	ID   string `json:"id"`
	YAML string `json:"yaml"`
}

// A ProposalReason is a reason in words.
type ProposalReason struct {
	Object string `json:"object"`
	Column string `json:"column" doc:"\"\" for the table"`
	Vi     string `json:"vi"`
	En     string `json:"en"`
}

// A ProposalQuestion is a question in words.
type ProposalQuestion struct {
	ID      string           `json:"id"`
	Object  string           `json:"object"`
	Column  string           `json:"column"`
	Vi      string           `json:"vi"`
	En      string           `json:"en"`
	Options []corridor.Words `json:"options" nullable:"false"`
	Chosen  int              `json:"chosen" doc:"Which of them the proposal holds, from 0"`
}

func (s *Server) draftRoutes() {
	file := &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	register(s, door.Of(policy.Draft, policy.KindContract), huma.Operation{
		OperationID: "draft-contract", Method: http.MethodPost, Path: Prefix + "/drafts",
		Summary: "Dự thảo đặc tả từ tệp mẫu / Propose a contract from sample files", Tags: []string{"datasets"}, DefaultStatus: http.StatusOK,
		Description: "The body is a sample file of any kind, or multipart/form-data with several of them, each in a part called file. With keep=true the draft and its samples are kept, to be changed and put into force; otherwise nothing of them is.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/octet-stream": file, "text/csv": {Schema: &huma.Schema{Type: "string"}}, mediaXLSX: file,
			"multipart/form-data": {Schema: &huma.Schema{Type: "string", Description: "Parts called file"}}, // an object would make huma read it
		}},
	}, s.draftContract)
	s.keptDraftRoutes()
}

type draftInput struct {
	Name  string `query:"name" maxLength:"255" doc:"File name, when Content-Disposition does not carry it: the data set gets its name from it"`
	Keep  bool   `query:"keep" doc:"Keep the draft and its samples, for 30 days after it was last touched"`
	Type  string `header:"Content-Type" hidden:"true"`
	Dispo string `header:"Content-Disposition" hidden:"true"`
}

type proposalAnswer struct{ Body Proposal }

func (s *Server) draftContract(ctx context.Context, in *draftInput) (_ *proposalAnswer, err error) {
	ex := exchangeOf(ctx)
	dir, err := os.MkdirTemp(s.Temp, "phohien-draft-")
	if err != nil {
		return nil, fmt.Errorf("folder for samples: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	files := &samples{dir: dir}
	defer func() { err = errors.Join(err, files.close()) }()
	if err := eachSample(ex, in, s.MaxUpload, files.add); err != nil {
		return nil, err
	}
	guard.Extend(ex.w, draftPatience)
	limited, stop := context.WithTimeout(ctx, draftPatience)
	defer stop()
	if in.Keep {
		if s.Drafts == nil {
			return nil, fault.New(fault.NotFound, "api.no-such-path", Prefix+"/drafts?keep=true")
		}
		w, err := s.Drafts.Begin(limited, files.list, s.Known)
		guard.Extend(ex.w, time.Minute)
		return draftAnswer(w, err)
	}
	read, err := draft.Read(limited, files.list)
	if err != nil {
		return nil, err
	}
	known, err := s.known(ctx)
	if err != nil {
		return nil, err
	}
	out := Proposal{Draft: draft.Propose(read.Tables, known.Known)}
	if known.err != nil {
		return nil, known.err
	}
	if err := out.say(read.Notes); err != nil {
		return nil, err
	}
	guard.Extend(ex.w, time.Minute)
	return &proposalAnswer{out}, nil
}

// samples are files as they were sent, in a folder of the request.
type samples struct {
	dir  string
	open []*os.File
	list []ingest.File
}

// add spools one file.
func (l *samples) add(name string, body io.Reader) error {
	if name == "" {
		name = "Bộ dữ liệu mới"
	}
	temp := filepath.Join(l.dir, strconv.Itoa(len(l.list)))
	if err := os.Mkdir(temp, 0o700); err != nil {
		return err
	}
	f, err := os.Create(temp + ".sample")
	if err != nil {
		return err
	}
	l.open = append(l.open, f)
	size, err := io.Copy(f, body)
	if err != nil {
		return err
	}
	limits := ingest.DefaultLimits
	limits.Bytes, limits.Unpacked, limits.Time = maxSample, 8*maxSample, draftPatience
	l.list = append(l.list, ingest.File{ReaderAt: f, Size: size, Name: name, Temp: temp, Limits: limits})
	return nil
}

func (l *samples) close() (err error) {
	for _, f := range l.open {
		err = errors.Join(err, f.Close())
	}
	return err
}

// eachSample hands out the files of a request.
func eachSample(ex *exchange, in *draftInput, most int64, each func(name string, body io.Reader) error) error {
	body := guard.Patient(ex.w, ex.r, min(most, maxSample))
	mediaType, _, err := mime.ParseMediaType(in.Type)
	if err != nil || mediaType != "multipart/form-data" {
		return each(fileName(in.Dispo, in.Name), body)
	}
	ex.r.Body = io.NopCloser(body)
	parts, err := ex.r.MultipartReader()
	if err != nil {
		return fault.New(fault.Invalid, "api.unreadable").Because(err)
	}
	for n := 0; ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return unreadable(err)
		}
		if part.FileName() == "" {
			continue // a field of the form
		}
		if n++; n > maxSamples {
			return fault.New(fault.TooLarge, "api.draft-too-many", maxSamples)
		}
		if err := each(fileName("", part.FileName()), part); err != nil {
			return err
		}
	}
}

// unreadable tells a form that is broken from one that is too large.
func unreadable(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return fault.New(fault.Invalid, "api.unreadable").Because(err)
}

// say puts a draft into documents and words.
func (a *Proposal) say(notes []draft.Note) error {
	d := a.Draft
	a.Lists, a.Reasons, a.Questions, a.Notes = []ProposalList{}, []ProposalReason{}, []ProposalQuestion{}, []corridor.Note{}
	for _, n := range notes {
		a.Notes = append(a.Notes, corridor.Note{Key: n.Key, Vi: n.In(locale.Vi), En: n.In(locale.En)})
	}
	a.Problems = d.Validate()
	if a.Problems == nil {
		a.Problems = []draft.Problem{}
	}
	text, err := d.YAML()
	if err != nil {
		return fmt.Errorf("contract of a draft: %w", err)
	}
	a.YAML = string(text)
	for _, list := range d.Lists() {
		text, err := list.YAML()
		if err != nil {
			return fmt.Errorf("code list of a draft: %w", err)
		}
		a.Lists = append(a.Lists, ProposalList{list.ID, string(text)})
	}
	for _, o := range d.Objects {
		a.reasons(o.Name, "", o.Why)
		for _, c := range o.Columns {
			a.reasons(o.Name, c.Name, c.Why)
		}
	}
	for _, q := range d.Doubts {
		out := ProposalQuestion{ID: q.ID, Object: q.Object, Column: q.Column, Vi: q.Ask.In(locale.Vi), En: q.Ask.In(locale.En), Options: []corridor.Words{}, Chosen: q.Chosen}
		for _, o := range q.Options {
			out.Options = append(out.Options, corridor.Words{Vi: o.Say.In(locale.Vi), En: o.Say.In(locale.En)})
		}
		a.Questions = append(a.Questions, out)
	}
	return nil
}

func (a *Proposal) reasons(object, column string, why []draft.Note) {
	for _, n := range why {
		a.Reasons = append(a.Reasons, ProposalReason{object, column, n.In(locale.Vi), n.In(locale.En)})
	}
}
