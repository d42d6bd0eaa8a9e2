// Package pack is the format of packs: folders of declarative content that a
// province installs, upgrades and removes. A pack is pack.yaml and any number
// of YAML documents beside it, each with a "kind:". This package reads, orders
// and compares them and applies them all or nothing; what a kind means it does
// not know. Each room that takes content from packs hands in a [Kind].
package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/token"

	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/odcs"
)

// A Pack is a folder that has been read.
type Pack struct {
	Manifest
	Digest    string // SHA-256 over the names and bytes of all its files
	Documents []Document
	files     fs.FS
}

// Manifest is what pack.yaml says.
type Manifest struct {
	ID          string   `yaml:"id" json:"id"`
	Name        string   `yaml:"name" json:"name"`
	Version     string   `yaml:"version" json:"version"`
	Description string   `yaml:"description" json:"description,omitempty"`
	Requires    []string `yaml:"requires" json:"requires,omitempty"` // ids of packs that must be there first
	Licence     string   `yaml:"licence" json:"licence,omitempty"`
	Sources     []string `yaml:"sources" json:"sources,omitempty"`
}

// A Document is one YAML file of a pack.
type Document struct {
	Kind string
	Path string // inside the pack, with slashes
	Text []byte
}

// File reads a file of the pack that a document names. The name is relative to
// the pack's folder and cannot leave it.
func (p *Pack) File(name string) ([]byte, error) {
	name = path.Clean(name)
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return readFile(p.files, name, maxFile)
}

// Open opens a file of the pack, for those that are too large to be read at
// once.
func (p *Pack) Open(name string) (fs.File, error) {
	name = path.Clean(name)
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return p.files.Open(name)
}

// Has reports whether the pack has a file of this name.
func (p *Pack) Has(name string) bool {
	name = path.Clean(name)
	if !fs.ValidPath(name) {
		return false
	}
	info, err := fs.Stat(p.files, name)
	return err == nil && info.Mode().IsRegular()
}

// of gives the documents of one kind.
func (p *Pack) of(kind string) []Document {
	var docs []Document
	for _, d := range p.Documents {
		if d.Kind == kind {
			docs = append(docs, d)
		}
	}
	return docs
}

const (
	manifestName = "pack.yaml"
	maxYAML      = 2 << 20  // a document
	maxFile      = 64 << 20 // a file that File reads whole
	maxDocuments = 5000
)

var (
	validID      = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,59}$`)
	validVersion = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z.+-]{0,39}$`)
)

// Read reads a pack from a folder. It is strict: a key it does not know in
// pack.yaml, or a YAML document without a kind, is a [*Refusal]. Whether the
// kinds exist and their content is right is judged when the pack is compared or
// installed.
func Read(files fs.FS) (*Pack, error) {
	text, err := readFile(files, manifestName, maxYAML)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refuse(manifestName, 0, 0, "Thư mục không có tệp pack.yaml nên không phải gói nghiệp vụ.", "The folder has no pack.yaml, so it is not a pack.")
	}
	if err != nil {
		return nil, err
	}
	p := &Pack{files: files}
	if err := p.manifest(text); err != nil {
		return nil, err
	}
	if err := p.walk(); err != nil {
		return nil, err
	}
	return p, nil
}

// manifest reads pack.yaml.
func (p *Pack) manifest(text []byte) error {
	if _, err := safe(manifestName, text); err != nil {
		return err
	}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&p.Manifest); err != nil {
		line, column, what := YAMLError(err)
		return refuse(manifestName, line, column, "Không đọc được: "+what+". Các mục được dùng: id, name, version, description, requires, licence, sources.",
			"Cannot be read: "+what+". Known keys: id, name, version, description, requires, licence, sources.")
	}
	switch m := &p.Manifest; {
	case !validID.MatchString(m.ID):
		return refuse(manifestName, 1, 1, fmt.Sprintf("id “%s” sai: chỉ gồm chữ thường a–z, chữ số và dấu “-”, dài 1–60 ký tự.", m.ID),
			fmt.Sprintf("The id %q is wrong: use lower-case a-z, digits and \"-\", 1 to 60 characters.", m.ID))
	case strings.TrimSpace(m.Name) == "":
		return refuse(manifestName, 1, 1, "Thiếu name: tên gói cho người đọc.", "name is missing: the pack's name for people.")
	case !validVersion.MatchString(m.Version):
		return refuse(manifestName, 1, 1, fmt.Sprintf("version “%s” sai. Ví dụ đúng: 1.0.0.", m.Version), fmt.Sprintf("The version %q is wrong. For example: 1.0.0.", m.Version))
	}
	for i, id := range p.Requires {
		if !validID.MatchString(id) || id == p.ID || slices.Contains(p.Requires[:i], id) {
			return refuse(manifestName, 1, 1, fmt.Sprintf("requires: “%s” không phải id của một gói khác, hoặc ghi hai lần.", id),
				fmt.Sprintf("requires: %q is not the id of another pack, or stands twice.", id))
		}
	}
	return nil
}

// walk reads every YAML document and hashes every file.
func (p *Pack) walk() error {
	sum := sha256.New()
	err := fs.WalkDir(p.files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			return refuse(name, 0, 0, "Gói chỉ được chứa tệp thường, không chứa liên kết.", "A pack holds plain files only, no links.")
		}
		if err := hashFile(sum, p.files, name); err != nil {
			return err
		}
		if ext := path.Ext(name); name == manifestName || ext != ".yaml" && ext != ".yml" {
			return nil
		}
		return p.document(name)
	})
	p.Digest = hex.EncodeToString(sum.Sum(nil))
	return err
}

func hashFile(sum io.Writer, files fs.FS, name string) error {
	f, err := files.Open(name)
	if err != nil {
		return err
	}
	defer f.Close() // read only
	inner := sha256.New()
	if _, err := io.Copy(inner, f); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	_, err = fmt.Fprintf(sum, "%d %s %x\n", len(name), name, inner.Sum(nil))
	return err
}

// document reads one YAML file as far as its kind.
func (p *Pack) document(name string) error {
	if len(p.Documents) == maxDocuments {
		return refuse(name, 0, 0, fmt.Sprintf("Gói có hơn %d tệp YAML. Chia thành nhiều gói.", maxDocuments), fmt.Sprintf("The pack has more than %d YAML files. Divide it.", maxDocuments))
	}
	text, err := readFile(p.files, name, maxYAML)
	if err != nil {
		return err
	}
	doc, err := safe(name, text)
	if err != nil {
		return err
	}
	value, _ := doc.Value("/kind")
	kind, _ := value.(string)
	if kind == "" {
		return refuse(name, 1, 1, "Thiếu “kind:” ở đầu tệp, ví dụ kind: DataContract.", "\"kind:\" is missing, for example kind: DataContract.")
	}
	p.Documents = append(p.Documents, Document{Kind: kind, Path: name, Text: text})
	return nil
}

// safe refuses YAML that is broken, or made to exhaust a parser, before any
// other reader sees it.
func safe(name string, text []byte) (*odcs.Document, error) {
	doc, err := odcs.Read(text)
	var broken *odcs.Error
	if errors.As(err, &broken) {
		return nil, refuse(name, broken.Pos.Line, broken.Pos.Column, broken.MessageVi, broken.MessageEn)
	}
	return doc, err
}

func readFile(files fs.FS, name string, most int64) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() // read only
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if int64(len(text)) > most {
		return nil, refuse(name, 0, 0, fmt.Sprintf("Tệp lớn hơn %d MB.", most>>20), fmt.Sprintf("The file is larger than %d MB.", most>>20))
	}
	return text, nil
}

// YAMLError takes the place and the plain words out of the parser's error; line 0
// when it names none.
func YAMLError(err error) (line, column int, what string) {
	what, _, _ = strings.Cut(err.Error(), "\n")
	var placed interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if errors.As(err, &placed) {
		what = placed.GetMessage()
		if tk := placed.GetToken(); tk != nil && tk.Position != nil {
			line, column = tk.Position.Line, tk.Position.Column
		}
	}
	return line, column, what
}

// ItemLine finds the line of the n-th entry of a list at the top of a file, 1 when
// it cannot be found.
func ItemLine(text []byte, list string, n int) int {
	p, err := yaml.PathString(fmt.Sprintf("$.%s[%d]", list, n))
	if err != nil {
		return 1
	}
	node, err := p.ReadNode(bytes.NewReader(text))
	if err != nil || node.GetToken() == nil {
		return 1
	}
	return node.GetToken().Position.Line
}

// A Source is one file of a pack, to say where in it something stands.
type Source struct {
	Path string
	Doc  *odcs.Document // nil: it could not be read
}

// Problem says a fault in both languages, at a place in the file ("/clocks/0/act")
// or the nearest above that is there.
func (s Source) Problem(where string, err error) Problem {
	p := Problem{Path: s.Path, Line: 1, Column: 1, Severity: "error", MessageVi: locale.Vi.Error(err), MessageEn: locale.En.Error(err)}
	for s.Doc != nil && where != "" {
		if pos, ok := s.Doc.Pos(where); ok {
			p.Line, p.Column = pos.Line, pos.Column
			break
		}
		where = where[:max(strings.LastIndexByte(where, '/'), 0)]
	}
	return p
}

// ProblemAt is Problem at a line and a column as YAMLError gives them.
func (s Source) ProblemAt(line, column int, err error) Problem {
	p := s.Problem("", err)
	p.Line, p.Column = max(line, 1), max(column, 1)
	return p
}
