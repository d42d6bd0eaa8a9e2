package locale

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// TestCatalogues keeps every language to the same keys, and each sentence to the
// same values written the same way.
func TestCatalogues(t *testing.T) {
	all, err := readAll(files)
	if err != nil {
		t.Fatal(err)
	}
	if len(all[Vi]) == 0 || len(all[En]) == 0 {
		t.Fatalf("catalogues: %d sentences in Vietnamese, %d in English", len(all[Vi]), len(all[En]))
	}
	for l, catalogue := range all {
		for key, s := range catalogue {
			other, ok := all[Vi][key]
			if !ok {
				t.Errorf("%s: %s has no sentence in Vietnamese", l, key)
				continue
			}
			if got, want := slots(s), slots(other); !slices.Equal(got, want) {
				t.Errorf("%s: %s has the placeholders %v, Vietnamese has %v", l, key, got, want)
			}
			if strings.TrimSpace(strings.Join(s.text, "")) == "" {
				t.Errorf("%s: %s says nothing", l, key)
			}
		}
		for key := range all[Vi] {
			if _, ok := catalogue[key]; !ok {
				t.Errorf("%s: %s has no sentence", l, key)
			}
		}
	}
}

// slots lists the placeholders, each once: a language may use one twice.
func slots(s sentence) []string {
	set := map[string]bool{}
	for _, slot := range s.slots {
		set[fmt.Sprintf("{%d:%s}", slot.arg, slot.form)] = true
	}
	return slices.Sorted(maps.Keys(set))
}

func TestRead(t *testing.T) {
	for name, text := range map[string]string{
		"no sentence":      "a.b",
		"twice":            "a = x\na = y",
		"open brace":       "a = x {0",
		"no number":        "a = {name}",
		"unknown form":     "a = {0:loud}",
		"negative":         "a = {-1}",
		"form, no number":  "a = {:n}",
		"sentence missing": "a =",
	} {
		if err := read(map[string]sentence{}, text); err == nil {
			t.Errorf("%s: read without error", name)
		}
	}
	got := map[string]sentence{}
	if err := read(got, "# a comment\n\na = {{0} is {0}\\nand {1}."); err != nil {
		t.Fatal(err)
	}
	if said, want := got["a"].say(En, []any{1, "b"}), "{0} is 1\nand b."; said != want {
		t.Errorf("said %q, want %q", said, want)
	}
}

func TestLang_T(t *testing.T) {
	at := time.Date(2026, 11, 22, 7, 5, 0, 0, time.UTC)
	for _, c := range []struct {
		said string
		args []any
		vi   string
		en   string
	}{
		{"{0}", []any{1234567}, "1.234.567", "1,234,567"},
		{"{0}", []any{int64(-1234)}, "−1.234", "−1,234"},
		{"{0:plain}", []any{8080}, "8080", "8080"},
		{"{0}", []any{"01001"}, "01001", "01001"},
		{"{0:n}", []any{"12345"}, "12.345", "12,345"},
		{"{0:n}", []any{"x"}, "x", "x"},
		{"{0:bytes}", []any{1610612736}, "1,5 GB", "1.5 GB"},
		{"{0:bytes}", []any{"999"}, "999 B", "999 B"},
		{"{0:day}", []any{"2026-11-22"}, "22/11/2026", "22 Nov 2026"},
		{"{0:day}", []any{"mai"}, "mai", "mai"},
		{"{0}", []any{1234567.5}, "1.234.567,5", "1,234,567.5"},
		{"{0}", []any{at}, "22/11/2026 14:05", "22 Nov 2026 14:05"},
		{"{0}", []any{[]string{"a", "b"}}, "a, b", "a, b"},
		{"{1} {0}", []any{"a", "b"}, "b a", "b a"},
	} {
		s, err := parse(c.said)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.say(Vi, c.args); got != c.vi {
			t.Errorf("vi %q %v = %q, want %q", c.said, c.args, got, c.vi)
		}
		if got := s.say(En, c.args); got != c.en {
			t.Errorf("en %q %v = %q, want %q", c.said, c.args, got, c.en)
		}
	}
}

func TestLang_Error(t *testing.T) {
	inner := fault.New(fault.Invalid, "file.binary", int64(1200)).Because(errors.New("secret cause"))
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{fmt.Errorf("staging: %w", inner), "Line 1,200 has a NUL byte"},
		{errors.New("disk on fire"), "Something went wrong on our side"},
		{fault.New(fault.Internal, "no.such.key"), "Something went wrong on our side"},
		{context.Canceled, "Stopped as asked"},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), "Not finished within"},
	} {
		got := En.Error(c.err)
		if !strings.HasPrefix(got, c.want) || strings.Contains(got, "secret") || strings.Contains(got, "fire") {
			t.Errorf("Error(%v) = %q, want %q…", c.err, got, c.want)
		}
	}
}

func TestFrom(t *testing.T) {
	ctx := context.Background()
	if got := From(ctx); got != Vi {
		t.Errorf("without a language: %s, want vi", got)
	}
	if got := From(With(ctx, En)); got != En {
		t.Errorf("with English: %s", got)
	}
	for header, want := range map[string]Lang{
		"": Vi, "fr, en-GB;q=0.8, vi;q=0.5": En, "vi-VN,vi;q=0.9,en;q=0.8": Vi, "zh": Vi, "EN_us": En,
	} {
		if got := Accept(header); got != want {
			t.Errorf("Accept(%q) = %s, want %s", header, got, want)
		}
	}
	if got := Languages(); got[0] != Vi || !slices.Contains(got, En) {
		t.Errorf("Languages() = %v", got)
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Vi.Float(99.44999, 1), "99,4"},
		{Vi.Float(-0.04, 1), "0,0"},
		{Vi.Float(-1234.5, 2), "−1.234,50"},
		{Vi.Float(0.1+0.2, 3), "0,300"},
		{Vi.Number(-1 << 63), "−9.223.372.036.854.775.808"},
		{Vi.Number(100), "100"},
		{Vi.Bytes(0), "0 B"},
		{Vi.Bytes(150 << 20), "150 MB"},
		{Vi.Date(time.Date(2026, 1, 31, 18, 0, 0, 0, time.UTC)), "01/02/2026"},
		{Vi.Time(time.Time{}), "–"},
		{Vi.Stamp("2026-11-22T18:05:00.123456Z"), "23/11/2026 01:05"},
		{En.Stamp("2026-11-22T18:05:00Z"), "23 Nov 2026 01:05"},
		{Vi.Stamp("hôm qua"), "hôm qua"},
		{Vi.Day("2026-11-22"), "22/11/2026"},
		{Vi.Day(""), ""},
		{Vi.Duration(1500 * time.Millisecond), "1,5 s"},
		{Vi.Duration(340 * time.Millisecond), "340 ms"},
		{Vi.Duration(125 * time.Second), "2 phút 5 giây"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
