package xmlscan

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// spell writes the tokens of a document, texts joined.
func spell(r io.Reader) (string, error) {
	s := New(r, 0, map[string]string{"urn:t": "t"})
	var w, text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			fmt.Fprintf(&w, "%q ", text.String())
			text.Reset()
		}
	}
	for {
		k, err := s.Next()
		if err != nil {
			flush()
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return w.String(), err
		}
		switch k {
		case Start:
			flush()
			fmt.Fprintf(&w, "<%s", s.Name())
			if v, ok := s.Attr("t:a"); ok {
				fmt.Fprintf(&w, " %q", v)
			}
			w.WriteString("> ")
		case End:
			flush()
			fmt.Fprintf(&w, "/%d ", s.Depth())
		case Text:
			text.Write(s.Text())
		}
	}
}

func TestTokens(t *testing.T) {
	for _, c := range []struct {
		in, want string
		err      error
	}{
		{`<?xml version="1.0"?><a><!-- <b> --><b t:a="1&amp;2>3"/>x&lt;&#272;&#x1F600;&foo;&<![CDATA[<&amp;]]></a>`, `<a> <b "1&2>3"> /1 "x<Đ😀&foo;&<&amp;" /0 `, nil},
		{`<x:a xmlns:x="urn:t" x:a='y'><x:b></x:b></x:a>`, `<t:a "y"> <t:b> /1 /0 `, nil},
		{`<a xmlns="urn:t"><b a="n"/></a>`, `<t:a> <t:b> /1 /0 `, nil},
		{`<!DOCTYPE a [<!ENTITY b "c">]><a/>`, ``, ErrDoctype},
		{`<a><b>`, `<a> <b> `, ErrCut},
		{`<a>x`, `<a> "x" `, ErrCut},
		{`<a b="`, ``, ErrCut},
		{`</a>`, ``, ErrSyntax},
		{`<a><b></a></b>`, `<a> <b> `, ErrSyntax},
		{`<>`, ``, ErrSyntax},
		{`<a t:a="` + strings.Repeat("x", firstBuffer) + `"/>`, ``, ErrTooLong},
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(c.in), "bytes": iotest.OneByteReader(strings.NewReader(c.in))} {
			got, err := spell(r)
			if got != c.want || !errors.Is(err, c.err) {
				t.Errorf("%s of %.40s: %s %v, want %s %v", name, c.in, got, err, c.want, c.err)
			}
		}
	}
}

func TestSkip(t *testing.T) {
	s := New(strings.NewReader(`<a><b>x<c/>y</b><d n="99999999999999999999" m="7"/></a>`), 0, nil)
	for range 2 {
		if _, err := s.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Skip(); err != nil || s.Depth() != 1 {
		t.Fatal(err, s.Depth())
	}
	if k, err := s.Next(); err != nil || k != Start || string(s.Name()) != "d" || s.Number("n", 1, 100) != 100 || s.Number("m", 1, 100) != 7 || s.Number("o", 1, 100) != 1 {
		t.Error(k, err)
	}
}

// FuzzTokens: cutting does not matter, and what encoding/xml accepts is accepted.
func FuzzTokens(f *testing.F) {
	for _, s := range []string{`<a><b t:a="1&amp;2"/>x&lt;</a>`, `<a><![CDATA[]]]]></a>`, `<a>&#x41;</a>`, `<a><!----></a>`, `<a><?b?>`, `<a b='>'>&amp`, `<A>&00000&amp;00000000000000000`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, err := spell(bytes.NewReader(data))
		cut, err2 := spell(iotest.OneByteReader(bytes.NewReader(data)))
		if whole != cut || (err == nil) != (err2 == nil) {
			t.Fatalf("cut: %s %v, whole: %s %v", cut, err2, whole, err)
		}
		if wellFormed(data) && err != nil && !errors.Is(err, ErrTooLong) {
			t.Fatalf("refused: %v", err)
		}
	})
}

// wellFormed tells that encoding/xml accepts a document without a DTD.
func wellFormed(data []byte) bool {
	for d := xml.NewDecoder(bytes.NewReader(data)); ; {
		t, err := d.Token()
		if err != nil {
			return errors.Is(err, io.EOF)
		}
		if _, ok := t.(xml.Directive); ok {
			return false
		}
	}
}
