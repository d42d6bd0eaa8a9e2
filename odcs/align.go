package odcs

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"
)

// align writes the true byte offset of every token into its Position.Offset.
//
// The lexer's own offsets count characters and drift at list items, quoted
// strings and tabs, so they cannot be used for cutting. Tokens come in the order
// of the text, though, and each says what must stand at its place. align walks
// the text beside the tokens and compares as it goes; where the text is not what
// a token says it stops and returns false, and the document is then read but not
// edited.
func align(text []byte, tokens token.Tokens) bool {
	a := aligner{text: text}
	for i, tk := range tokens {
		if !a.place(tk, i, tokens) {
			for _, rest := range tokens[i:] {
				rest.Position.Offset = a.at
			}
			return false
		}
	}
	return true
}

type aligner struct {
	text []byte
	at   int
	// block is the header of a block scalar whose content has not come yet.
	block *token.Token
}

func (a *aligner) place(tk *token.Token, i int, tokens token.Tokens) bool {
	if a.block != nil && tk.Type != token.CommentType {
		header := a.block
		a.block = nil
		if tk.Type == token.StringType {
			tk.Position.Offset = a.at
			end, ok := blockEnd(a.text, header.Position.Offset, tk.Value)
			a.at = end
			return ok
		}
	}
	a.skipSpace()
	tk.Position.Offset = a.at
	end, ok := tokenEnd(a.text, a.at, tk)
	if !ok {
		return false
	}
	a.at = end
	if tk.Type == token.LiteralType || tk.Type == token.FoldedType {
		a.block = tk
	}
	return true
}

func (a *aligner) skipSpace() {
	for a.at < len(a.text) && isSpace(a.text[a.at]) {
		a.at++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// tokenEnd returns where the token that begins at offset ends, and whether the
// text there is what the token says. For a block scalar it is the end of the
// header's marks.
func tokenEnd(text []byte, offset int, tk *token.Token) (int, bool) {
	rest := text[offset:]
	switch tk.Type {
	case token.SingleQuoteType:
		return singleQuoteEnd(text, offset)
	case token.DoubleQuoteType:
		return doubleQuoteEnd(text, offset)
	case token.CommentType:
		return offset + 1 + len(tk.Value), bytes.HasPrefix(rest, []byte("#"+tk.Value))
	case token.DocumentHeaderType:
		return offset + 3, bytes.HasPrefix(rest, []byte("---"))
	case token.DocumentEndType:
		return offset + 3, bytes.HasPrefix(rest, []byte("..."))
	case token.LiteralType, token.FoldedType, token.TagType, token.MergeKeyType, token.DirectiveType,
		token.AnchorType, token.AliasType, token.SequenceEntryType, token.MappingKeyType, token.MappingValueType,
		token.CollectEntryType, token.MappingStartType, token.MappingEndType, token.SequenceStartType, token.SequenceEndType:
		return offset + len(tk.Value), bytes.HasPrefix(rest, []byte(tk.Value))
	}
	if tk.Value == "" {
		return offset, true
	}
	return plainEnd(text, offset, tk.Value)
}

func singleQuoteEnd(text []byte, offset int) (int, bool) {
	if offset >= len(text) || text[offset] != '\'' {
		return offset, false
	}
	for i := offset + 1; i < len(text); i++ {
		if text[i] != '\'' {
			continue
		}
		if i+1 < len(text) && text[i+1] == '\'' {
			i++
			continue
		}
		return i + 1, true
	}
	return offset, false
}

func doubleQuoteEnd(text []byte, offset int) (int, bool) {
	if offset >= len(text) || text[offset] != '"' {
		return offset, false
	}
	for i := offset + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1, true
		}
	}
	return offset, false
}

// plainEnd follows a plain scalar, over several lines if need be. Folding only
// changes white space, so the characters between must come one by one.
func plainEnd(text []byte, offset int, value string) (int, bool) {
	if bytes.HasPrefix(text[offset:], []byte(value)) {
		return offset + len(value), true
	}
	return matchWords(text, offset, value)
}

// matchWords compares text with value, taking any run of white space for any
// other, and returns the end of the last word.
func matchWords(text []byte, offset int, value string) (int, bool) {
	at := offset
	for _, r := range value {
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
			continue
		}
		for at < len(text) && isSpace(text[at]) {
			at++
		}
		got, size := utf8.DecodeRune(text[at:])
		if got != r {
			return offset, false
		}
		at += size
	}
	return at, true
}

// blockEnd returns where the content of the block scalar ends: behind the last
// word of its value, and with the mark + behind the blank lines that follow,
// without the last line break.
func blockEnd(text []byte, header int, value string) (int, bool) {
	at := header
	for at < len(text) && text[at] != '\n' && text[at] != '\r' {
		at++
	}
	headerEnd := at
	at, ok := matchWords(text, at, value)
	if !ok {
		return header, false
	}
	if at == headerEnd && strings.TrimSpace(value) != "" {
		return header, false
	}
	// Spaces at the end of the last line belong to the value.
	for at < len(text) && (text[at] == ' ' || text[at] == '\t') {
		at++
	}
	if !keepsBlankLines(text[header:headerEnd]) {
		return at, true
	}
	end := at
	for at < len(text) && isSpace(text[at]) {
		if text[at] == '\n' || text[at] == '\r' && (at+1 == len(text) || text[at+1] != '\n') {
			end = at
			if text[at] == '\n' && at > 0 && text[at-1] == '\r' {
				end = at - 1
			}
		}
		at++
	}
	return end, true
}

// keepsBlankLines tells whether a block scalar's header holds the mark +.
func keepsBlankLines(header []byte) bool {
	marks, _, _ := bytes.Cut(header, []byte(" "))
	return bytes.IndexByte(marks, '+') >= 0
}
