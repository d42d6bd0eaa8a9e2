package operate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/faults"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/odcs"
)

// maxContract bounds a contract that is sent with a file to check.
const maxContract = 4 << 20

// A Checked is the answer of a check.
type Checked struct {
	Report  corridor.Report `json:"report"`
	Preview []Line          `json:"preview"` // the first lines that did not pass
	More    bool            `json:"more"`    // there are further ones
}

// A Line is a line of the file that did not pass.
type Line struct {
	Line   int64           `json:"line"`
	Key    string          `json:"key"`
	Raw    []string        `json:"raw"`
	Faults []faults.Broken `json:"faults"`
}

// previewed is how many lines an answer shows.
const previewed = 100

// check judges a file and commits nothing. The body is multipart/form-data: the
// part "contract" (a YAML document) or ?dataset=id says by what, the part "file",
// which comes last, is the file, of any kind; ?table and ?recipe say how it is
// read.
func (s *Server) check(w http.ResponseWriter, r *http.Request) error {
	r.Body = io.NopCloser(guard.Patient(w, r, maxFile))
	parts, err := r.MultipartReader()
	if err != nil {
		return fault.New(fault.Invalid, "operate.check-form").Because(err)
	}
	con, file, err := s.checkParts(r, parts)
	if err != nil {
		return err
	}
	obj, err := pickObject(con, r.URL.Query().Get("object"))
	if err != nil {
		return err
	}
	q := r.URL.Query()
	how, err := api.ReadRecipe(q.Get("recipe"), q.Get("table"))
	if err != nil {
		return err
	}
	p, err := newPreview(obj)
	if err != nil {
		return err
	}
	p.out.Report, err = s.Check.Check(r.Context(), con, obj, file.FileName(), file, how, p.add)
	if err != nil {
		return err
	}
	guard.Extend(w, time.Minute)
	answer(w, http.StatusOK, p.out)
	return nil
}

// maxFile bounds a file to check.
const maxFile = 64 << 30

// A preview keeps the first lines that did not pass, in words.
type preview struct {
	out   Checked
	words *faults.Words
}

func newPreview(obj *contract.Object) (*preview, error) {
	words, err := faults.For(obj)
	return &preview{out: Checked{Preview: []Line{}}, words: words}, err
}

func (p *preview) add(line int64, key, raw, broken string) error {
	if len(p.out.Preview) == previewed {
		p.out.More = true
		return nil
	}
	q := record.QuarantineLine{Line: line, Key: key, Faults: strings.Fields(broken)}
	if err := json.Unmarshal([]byte(raw), &q.Raw); err != nil {
		return fmt.Errorf("cells of line %d: %w", line, err)
	}
	p.out.Preview = append(p.out.Preview, Line{Line: line, Key: key, Raw: q.Raw, Faults: p.words.Of(q)})
	return nil
}

func (s *Server) checkParts(r *http.Request, parts *multipart.Reader) (*contract.Contract, *multipart.Part, error) {
	var con *contract.Contract
	var err error
	if id := r.URL.Query().Get("dataset"); id != "" {
		if con, _, err = s.Door.Find(r.Context(), policy.Draft, s.Contracts, id); err != nil {
			return nil, nil, err
		}
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil, nil, fault.New(fault.Invalid, "operate.check-form")
			}
			return nil, nil, err
		}
		switch part.FormName() {
		case "contract":
			if con, err = ReadContract(io.LimitReader(part, maxContract), quality.Try); err != nil {
				return nil, nil, err
			}
		case "file":
			if con == nil {
				return nil, nil, fault.New(fault.Invalid, "operate.check-form")
			}
			return con, part, nil
		}
	}
}

// ReadContract resolves a contract document, or says why there is none. The
// rules of one that data is to be judged by are tried.
func ReadContract(r io.Reader, try contract.Trial) (*contract.Contract, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	doc, err := odcs.Read(text)
	if err != nil {
		var broken *odcs.Error
		if errors.As(err, &broken) {
			return nil, &contract.Refused{Findings: []contract.Finding{{
				Severity: contract.SeverityError, Code: broken.Code, Line: broken.Pos.Line, Column: broken.Pos.Column,
				MessageVi: broken.MessageVi, MessageEn: broken.MessageEn,
			}}}
		}
		return nil, err
	}
	con, findings := contract.Resolve(doc, contract.Options{Try: try})
	if con == nil {
		return nil, &contract.Refused{Findings: findings}
	}
	return con, nil
}

// pickObject finds the object a file is for: the one that is named, or the only
// one.
func pickObject(con *contract.Contract, name string) (*contract.Object, error) {
	var names []string
	for _, o := range con.Objects {
		if name == o.Name || name == o.Dataset || name == "" && len(con.Objects) == 1 {
			return o, nil
		}
		names = append(names, o.Name)
	}
	return nil, fault.New(fault.Invalid, "operate.which-object", con.ID, strings.Join(names, ", "))
}
