package main

import (
	"bytes"
	"html"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
)

// addPages adds the documents as they were written and as pages that a browser
// shows without a server.
func addPages(a *archive, from, to string) error {
	return filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, p)
		if err != nil {
			return err
		}
		name := path.Join(to, filepath.ToSlash(rel))
		if err := a.add(name, text); err != nil || filepath.Ext(p) != ".md" {
			return err
		}
		page, err := pageOf(text)
		if err != nil {
			return err
		}
		return a.add(strings.TrimSuffix(name, ".md")+".html", page)
	})
}

// link is an address of another document, which is a page here.
var link = regexp.MustCompile(`(<a href="[^":]*)\.md(#[^"]*)?"`)

// pageOf makes a page of a document. Headings get the anchors that the documents'
// own links use; whatever HTML a document holds is shown as text.
func pageOf(text []byte) ([]byte, error) {
	var body bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	if err := md.Convert(text, &body, parser.WithContext(parser.NewContext(parser.WithIDs(&anchors{taken: map[string]bool{}})))); err != nil {
		return nil, err
	}
	title, _, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
	page := `<!doctype html>
<html lang="` + language(text) + `"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>` + html.EscapeString(title) + `</title><style>
body{font:16px/1.55 "Be Vietnam Pro",system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
pre,code{font-family:ui-monospace,monospace;font-size:.92em;background:#f3f4f6;border-radius:4px}code{padding:.1em .3em}pre{padding:.8em;overflow:auto}pre code{padding:0}
table{border-collapse:collapse;display:block;overflow:auto}th,td{border:1px solid #d0d7de;padding:.35em .7em;text-align:left;vertical-align:top}h1,h2{line-height:1.25}h2{margin-top:2em}
</style></head><body>
` + link.ReplaceAllString(body.String(), `$1.html$2"`) + "</body></html>\n"
	return []byte(page), nil
}

// language is English where a document says that its Vietnamese is elsewhere.
func language(text []byte) string {
	if bytes.Contains(text, []byte("*[Tiếng Việt](")) {
		return "en"
	}
	return "vi"
}

// anchors names headings as the documents' links do: in lower case, accents kept,
// hyphens for blanks, other signs left out.
type anchors struct{ taken map[string]bool }

// Generate implements parser.IDs.
func (a *anchors) Generate(value []byte, _ ast.NodeKind) []byte {
	name := strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-':
			return '-'
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), r == '_':
			return unicode.ToLower(r)
		}
		return -1
	}, string(value))
	for n, base := 1, name; a.taken[name]; n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	a.taken[name] = true
	return []byte(name)
}

// Put implements parser.IDs.
func (a *anchors) Put(value []byte) { a.taken[string(value)] = true }
