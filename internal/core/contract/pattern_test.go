package contract_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/contract"
)

func TestRE2(t *testing.T) {
	for _, c := range []struct {
		ecma      string
		yes, no   []string
		wantError string // part of the English message
	}{
		{ecma: "ACC[0-9]{8}", yes: []string{"ACC12345678"}, no: []string{"ACC1234567", "xACC12345678", "ACC12345678\n"}},
		{ecma: `^\d{3}$`, yes: []string{"123"}, no: []string{"1234", "١٢٣", "123\n"}},
		{ecma: `a|b`, yes: []string{"a", "b"}, no: []string{"ab", "xa"}}, // whole value, also around "|"
		{ecma: `.`, yes: []string{"ế", "a"}, no: []string{"\n", "\r", "\u2028", ""}},
		{ecma: `[^]`, yes: []string{"\n", "x"}, no: []string{""}},
		{ecma: `[]`, no: []string{"", "x"}},
		{ecma: `\s`, yes: []string{"\v", "\u00a0", "\ufeff", " "}, no: []string{"x"}},
		{ecma: `\S+`, yes: []string{"xế"}, no: []string{"a\u00a0b"}},
		{ecma: `[\s\S]`, yes: []string{"\n", "ế"}, no: []string{""}},
		{ecma: `[^\s]`, yes: []string{"ế"}, no: []string{"\u3000"}},
		{ecma: `[\w-.]+`, yes: []string{"a-b.c"}, no: []string{"a b"}},
		{ecma: `[[\]a-c]`, yes: []string{"[", "]", "b"}, no: []string{"d"}},
		{ecma: `\u1EBF\x41`, yes: []string{"ếA"}},
		{ecma: `\uD83D\uDE00`, yes: []string{"😀"}},
		{ecma: `\u{1F600}`, yes: []string{"😀"}},
		{ecma: `[a-zA-ZÀ-ỹ ]+`, yes: []string{"Nguyễn Văn An"}, no: []string{"An1"}},
		{ecma: `\p{Lu}\p{Script=Latin}+`, yes: []string{"Hà"}, no: []string{"hà", "Да"}},
		{ecma: `(?<nam>\d{4})-(\d\d)`, yes: []string{"2025-07"}, no: []string{"2025"}},
		{ecma: `a{2}b{,3}`, yes: []string{"aab{,3}"}, no: []string{"aab"}},
		{ecma: `(?i)abc`, yes: []string{"ABC"}},
		{ecma: `a\/b\.c\-d\_e`, yes: []string{"a/b.c-d_e"}, no: []string{"a/bxc-d_e"}},
		{ecma: `]}`, yes: []string{"]}"}},
		{ecma: `\cJ\0`, yes: []string{"\n\x00"}},
		{ecma: `(?=a)a`, wantError: "look-ahead"},
		{ecma: `(?<!a)b`, wantError: "look-ahead"},
		{ecma: `(a)\1`, wantError: "back references"},
		{ecma: `(?<x>a)\k<x>`, wantError: "back references"},
		{ecma: `(?P<x>a)`, wantError: "not understood"},
		{ecma: `\A\Qx`, wantError: "not understood"},
		{ecma: `[b-a]`, wantError: "not understood"},
		{ecma: `[a`, wantError: "missing"},
		{ecma: `a\`, wantError: "stands at the end"},
		{ecma: `(a`, wantError: "syntax"},
		{ecma: `a**`, wantError: "syntax"},
		{ecma: `a{2000}`, wantError: "syntax"},
		{ecma: `\p{Nope}`, wantError: "not understood"},
		{ecma: `\uD83D`, wantError: "not understood"},
	} {
		got, err := contract.RE2(c.ecma)
		if c.wantError != "" {
			var e *contract.PatternError
			if !errors.As(err, &e) || !strings.Contains(e.En, c.wantError) || e.Vi == "" {
				t.Errorf("RE2(%q) = %q, %v; want an error with %q", c.ecma, got, err, c.wantError)
			}
			continue
		}
		if err != nil {
			t.Errorf("RE2(%q): %v", c.ecma, err)
			continue
		}
		whole := regexp.MustCompile(`\A(?:` + got + `)\z`)
		for _, s := range c.yes {
			if !whole.MatchString(s) {
				t.Errorf("RE2(%q) = %q does not match %q", c.ecma, got, s)
			}
		}
		for _, s := range c.no {
			if whole.MatchString(s) {
				t.Errorf("RE2(%q) = %q matches %q", c.ecma, got, s)
			}
		}
	}
}

// Text that a person writes escaped matches itself and nothing shorter.
func TestRE2Literals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ -~À-ỹ]{1,12}`).Draw(t, "text")
		var ecma strings.Builder
		for _, r := range text {
			if strings.ContainsRune(`\^$.|?*+()[]{}/-`, r) {
				ecma.WriteByte('\\')
			}
			ecma.WriteRune(r)
		}
		re, err := contract.RE2(ecma.String())
		if err != nil {
			t.Fatalf("RE2(%q): %v", ecma.String(), err)
		}
		whole := regexp.MustCompile(`\A(?:` + re + `)\z`)
		if !whole.MatchString(text) || whole.MatchString(text+"x") || whole.MatchString("") {
			t.Fatalf("RE2(%q) = %q", ecma.String(), re)
		}
	})
}

func FuzzRE2(f *testing.F) {
	f.Add(`ACC[0-9]{8}`)
	f.Add(`(?<n>[^\s\u00ff-\u{1ff}]|\cA)*$`)
	f.Fuzz(func(t *testing.T, ecma string) {
		re, err := contract.RE2(ecma)
		if err != nil {
			return
		}
		if _, err := regexp.Compile(`\A(?:` + re + `)\z`); err != nil {
			t.Errorf("RE2(%q) = %q: %v", ecma, re, err)
		}
	})
}
