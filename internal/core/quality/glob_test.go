package quality

import (
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/contract"
)

func TestAsGlob(t *testing.T) {
	for pattern, want := range map[string]string{
		`HS[0-9]{3}`:      "HS[0-9][0-9][0-9]",
		`^[0-9]{2}$`:      "[0-9][0-9]",
		`\d{2}-\d`:        "[0-9][0-9]-[0-9]",
		`(?:AB){2}(C)`:    "ABABC",
		`[A-Ca-c1][A-B]`:  "[1A-Ca-c][A-B]",
		`H[0-9]{2}\.1`:    "H[0-9][0-9].1",
		`a!b`:             "a!b",
		`x`:               "x",
		``:                "",
		`^$`:              "",
		`[0-9]+`:          "",
		`[0-9]{2,3}`:      "",
		`a|b`:             "[a-b]",
		`ab|cd`:           "",
		`(?i)ab`:          "",
		`[^a]`:            "",
		`.`:               "",
		`ế`:               "",
		`[a-ế]`:           "",
		`a\*`:             "",
		`[!a]`:            "",
		`[0-9]{65}`:       "",
		`([0-9]{10}){10}`: "",
		`(^a)`:            "",
		`a$b`:             "",
		`a\b`:             "",
	} {
		if got, ok := asGlob(pattern); got != want || ok != (want != "") {
			t.Errorf("asGlob(%q) = %q, %v; want %q", pattern, got, ok, want)
		}
	}
}

// sameAnswers lists the texts, null among them, for which two conditions differ.
func sameAnswers(t *testing.T, w *Workshop, one, other string, texts []string) string {
	var rows []string
	for _, s := range texts {
		rows = append(rows, "("+quoteText(s)+")")
	}
	rows = append(rows, "(NULL)")
	r, err := w.conn.Query(t.Context(), "SELECT coalesce(v, '(null)') FROM (VALUES "+strings.Join(rows, ", ")+") x(v) WHERE ("+one+") IS DISTINCT FROM ("+other+")")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	var differ []string
	for r.Next() {
		var s string
		if err := r.Scan(&s); err != nil {
			t.Fatal(err)
		}
		differ = append(differ, s)
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(differ, "; ")
}

// anyShop is a workshop without a file.
func anyShop(t *testing.T) *Workshop {
	w, err := OpenWorkshop(t.Context(), &contract.Object{}, WorkshopOptions{Dir: filepath.Join(t.TempDir(), "shop"), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// A glob matches what the pattern matches, and nothing else.
func TestGlobIsThePattern(t *testing.T) {
	w := anyShop(t)
	piece := rapid.SampledFrom([]string{"HS", "[0-9]{3}", `\d`, "[A-Z]", "[a-cX-Z5]", "-", ".", `\.`, "!", "/", "#", " ", "(?:A[0-9]){2}", "'", "a|b", "Đ", "z{2}"})
	text := rapid.SampledFrom([]string{"HS", "0", "12", "123", "9", "A", "Z", "a", "b", "X", "5", "-", ".", "!", "/", "#", " ", "A1A2", "A1", "'", "Đ", "zz", "z", "\n", "]", "[", "*", "?", `\`, "ế"})
	globs := 0
	rapid.Check(t, func(rt *rapid.T) {
		pattern := strings.Join(rapid.SliceOfN(piece, 1, 4).Draw(rt, "pattern"), "")
		glob, ok := asGlob(pattern)
		if !ok {
			return
		}
		globs++
		var texts []string
		for range 40 {
			texts = append(texts, strings.Join(rapid.SliceOfN(text, 0, 5).Draw(rt, "text"), ""))
		}
		// … and texts that are more likely to match.
		like := strings.NewReplacer("[0-9]", "7", "[A-Z]", "Q", "[5X-Za-c]", "b", "[a-b]", "a", `\`, "").Replace(glob)
		texts = append(texts, like, like+"0", strings.ToLower(like), strings.TrimSuffix(like, "7"))
		if differ := sameAnswers(t, w, "v GLOB "+quoteText(glob), "regexp_full_match(v, "+quoteText(pattern)+")", texts); differ != "" {
			rt.Fatalf("pattern %q, glob %q differ for %q", pattern, glob, differ)
		}
	})
	if globs == 0 {
		t.Error("no pattern was written as a glob")
	}
}

// Bytes looked at first do not change which texts are too short or too long.
func TestUnfitCountsCharacters(t *testing.T) {
	w := anyShop(t)
	var texts []string
	for _, c := range []string{"a", "ế", "😀", "e\u0301", "đ"} {
		for n := range 14 {
			texts = append(texts, strings.Repeat(c, n), strings.Repeat(c, n)+"x")
		}
	}
	for _, bounds := range [][2]string{{"2", "60"}, {"", "3"}, {"3", ""}, {"1", "1"}, {"12", "12"}, {"9223372036854775807", ""}, {"4294967296", "9223372036854775807"}} {
		if differ := sameAnswers(t, w, unfit("v", bounds[0], bounds[1]), outside("length(v)", bounds[0], bounds[1], false, false), texts); differ != "" {
			t.Errorf("%v: differ for %q", bounds, differ)
		}
	}
}
