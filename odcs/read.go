package odcs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// A Document is a contract as it was written. It never changes: edits give a
// new Document. Its methods may be called from several goroutines at once.
type Document struct {
	text     []byte // as given
	body     []byte // text without its byte order mark
	root     *node
	lines    lines
	aligned  bool
	contract Contract
}

var bom = []byte("\xef\xbb\xbf")

// Read reads one ODCS document. It keeps a copy of b. A document that can be
// read may still break the standard: see [Document.Check]. The error is an
// [*Error].
func Read(b []byte) (*Document, error) {
	d := &Document{text: bytes.Clone(b)}
	d.body = bytes.TrimPrefix(d.text, bom)
	d.lines = newLines(d.body)
	if err := d.checkText(); err != nil {
		return nil, err
	}
	root, err := d.parse()
	if err != nil {
		return nil, err
	}
	d.root = root
	decode(root, &d.contract)
	return d, nil
}

// Bytes returns a copy of the document's text.
func (d *Document) Bytes() []byte { return bytes.Clone(d.text) }

// Contract returns the typed model. Treat it as read-only: its lists are shared
// by all callers.
func (d *Document) Contract() Contract { return d.contract }

// Value returns the value at a JSON Pointer, "" being the whole document.
func (d *Document) Value(path string) (value any, ok bool) {
	p, ok := d.find(path)
	if !ok {
		return nil, false
	}
	return p.node.plainValue(), true
}

// Pos returns where the value at a JSON Pointer stands.
func (d *Document) Pos(path string) (Pos, bool) {
	p, ok := d.find(path)
	return p.pos, ok
}

// JSON returns the document in JSON, keys sorted. Comments, order and spelling
// are lost: keep the document itself.
func (d *Document) JSON() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d.root.plainValue()); err != nil {
		return nil, fmt.Errorf("odcs: JSON: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// A place is where a JSON Pointer leads.
type place struct {
	node   *node
	parent *node // nil for the root
	index  int   // among the parent's entries or items
	pos    Pos   // of the value where it is used
	shared bool  // an anchor or alias lies on the way, so the value is seen in several places
	flow   bool  // inside {…} or […]
}

// find walks a JSON Pointer.
func (d *Document) find(path string) (place, bool) {
	steps, ok := parsePath(path)
	if !ok {
		return place{}, false
	}
	p := place{node: d.root, pos: d.root.pos, shared: d.root.isShared()}
	for _, step := range steps {
		if p, ok = p.step(step); !ok {
			return place{}, false
		}
	}
	return p, true
}

func (p place) step(step string) (place, bool) {
	next := place{parent: p.node, shared: p.shared, flow: p.flow || p.node.flow}
	switch p.node.shape {
	case mapping:
		i := p.node.indexOf(step)
		if i < 0 {
			return place{}, false
		}
		e := p.node.entries[i]
		next.node, next.index = e.value, i
		next.shared = next.shared || e.alias || e.merged
	case sequence:
		i, ok := index(step, len(p.node.items))
		if !ok {
			return place{}, false
		}
		next.node, next.index = p.node.items[i].value, i
		next.shared = next.shared || p.node.items[i].alias
	default:
		return place{}, false
	}
	next.pos = next.node.pos
	next.shared = next.shared || next.node.isShared()
	return next, true
}

// checkText refuses what YAML does not allow before the parser sees it.
func (d *Document) checkText() error {
	if len(d.body) > maxSize {
		return fail(ErrTooLarge, Pos{}, "Tài liệu dài hơn %d MB.", "The document is longer than %d MB.", maxSize>>20)
	}
	for i := 0; i < len(d.body); {
		c := d.body[i]
		if c < utf8.RuneSelf {
			if c < 0x20 && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
				return fail(ErrEncoding, d.lines.pos(i),
					"Có ký tự điều khiển U+%04X, YAML không cho phép. Xoá nó, hoặc viết \"\\x%02x\" trong dấu nháy kép.",
					"The control character U+%04X is not allowed in YAML. Remove it, or write \"\\x%02x\" in double quotes.", c, c)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(d.body[i:])
		if r == utf8.RuneError && size == 1 {
			return fail(ErrEncoding, d.lines.pos(i),
				"Tài liệu không phải UTF-8. Lưu lại tệp bằng bảng mã UTF-8.",
				"The document is not UTF-8. Save the file again as UTF-8.")
		}
		i += size
	}
	return nil
}

// parse runs the YAML parser and builds the tree.
func (d *Document) parse() (root *node, err error) {
	// The parser panics on some broken input; a reader of foreign files must not.
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, fail(ErrSyntax, Pos{}, "Không đọc được tài liệu YAML này: %v.", "This YAML cannot be read: %v.", r)
		}
	}()
	tokens := lexer.Tokenize(string(d.body))
	d.aligned = align(d.body, tokens)
	if err := d.checkTokens(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, d.syntaxError(err)
	}
	return d.buildRoot(file)
}

func (d *Document) buildRoot(file *ast.File) (*node, error) {
	var body ast.Node
	for _, doc := range file.Docs {
		switch doc.Body.(type) {
		case nil, *ast.DirectiveNode, *ast.CommentGroupNode:
			continue
		}
		if body != nil {
			return nil, fail(ErrMulti, d.posOf(doc.Start),
				"Tệp có nhiều tài liệu, cách nhau bằng “---”. Mỗi tệp chỉ chứa một đặc tả.",
				"The file holds several documents, separated by \"---\". Put one contract in a file.")
		}
		body = doc.Body
	}
	if body == nil {
		return nil, fail(ErrShape, Pos{}, "Tài liệu trống.", "The document is empty.")
	}
	b := &builder{text: d.body, lines: d.lines, aligned: d.aligned, anchors: map[string]*anchor{}}
	root, err := b.build(body)
	if err != nil {
		return nil, err
	}
	if root.shape != mapping {
		return nil, fail(ErrShape, root.pos,
			"Đặc tả phải là một nhóm “mục: giá trị”.", "A contract must be a mapping of keys to values.")
	}
	return root, nil
}

func (d *Document) posOf(tk *token.Token) Pos {
	return (&builder{lines: d.lines, aligned: d.aligned}).posOf(tk)
}

func (d *Document) syntaxError(err error) error {
	var syntax *yaml.SyntaxError
	if !errors.As(err, &syntax) {
		return fail(ErrSyntax, Pos{}, "Sai cú pháp YAML: %v.", "Broken YAML: %v.", err)
	}
	return fail(ErrSyntax, d.posOf(syntax.Token),
		"Sai cú pháp YAML (%s). Kiểm tra thụt lề, dấu hai chấm và dấu nháy quanh chỗ này.",
		"Broken YAML: %s. Check indentation, colons and quotes around here.", syntax.Message)
}

// checkTokens stops documents made to exhaust a recursive parser: collections
// nested too deep, mappings with too many keys, flow collections too long.
func (d *Document) checkTokens(tokens token.Tokens) error {
	var open []level
	flow, properties, commas := 0, 0, 0
	for _, tk := range tokens {
		switch tk.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		case token.CollectEntryType:
			if commas++; commas > maxCommas {
				return d.tooLarge(tk)
			}
		case token.AnchorType, token.TagType:
			properties++
			if properties > maxDepth {
				return d.tooLarge(tk)
			}
			continue
		case token.SequenceEntryType, token.MappingKeyType, token.MappingValueType:
			if flow <= 0 && !push(&open, tk) {
				return d.tooLarge(tk)
			}
		case token.StringType:
			continue
		}
		properties = 0
		if len(open)+flow > maxDepth {
			return d.tooLarge(tk)
		}
	}
	return nil
}

// A level is an open block collection: the column where it begins, and how many
// entries it has.
type level struct{ column, entries int }

// push notes one entry of a block collection and reports whether its number is
// still bearable.
func push(open *[]level, tk *token.Token) bool {
	column := tk.Position.Column
	if tk.Type == token.MappingValueType && tk.Prev != nil {
		column = tk.Prev.Position.Column
	}
	stack := *open
	for len(stack) > 0 && stack[len(stack)-1].column > column {
		stack = stack[:len(stack)-1]
	}
	if len(stack) == 0 || stack[len(stack)-1].column < column {
		stack = append(stack, level{column: column})
	}
	top := &stack[len(stack)-1]
	top.entries++
	*open = stack
	return tk.Type == token.SequenceEntryType || top.entries <= maxKeys
}

func (d *Document) tooLarge(tk *token.Token) error {
	return fail(ErrTooLarge, d.posOf(tk),
		"Tài liệu lồng nhau quá %d tầng, hoặc một nhóm có quá %d mục, hoặc có quá %d phần tử viết trên dòng trong [ ] và { }.",
		"The document is nested more than %d levels deep, or one mapping has more than %d keys, or more than %d entries stand inside [ ] and { }.",
		maxDepth, maxKeys, maxCommas)
}
