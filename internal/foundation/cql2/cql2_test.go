package cql2_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	. "github.com/phohien/phohien/internal/foundation/cql2"
	"github.com/phohien/phohien/internal/foundation/fault"
)

func p(name string) Property { return Property{Name: name} }

func TestParse(t *testing.T) {
	folded := Property{Name: "ten", AnyCase: true, AnyAccent: true}
	for text, want := range map[string]Expr{
		`a = 1`:                      Compare{p("a"), "=", Value{Number, "1"}},
		`1.5e3 >= a`:                 Compare{p("a"), "<=", Value{Number, "1.5e3"}},
		`"dân số"<>-2`:               Compare{p("dân số"), "<>", Value{Number, "-2"}},
		`số_hộ > 7`:                  Compare{p("số_hộ"), ">", Value{Number, "7"}},
		`a = 'O''Hara'`:              Compare{p("a"), "=", Value{Text, "O'Hara"}},
		`a is null or b Is Not Null`: Or{Null{p("a")}, Not{Null{p("b")}}},
		`a = 1 OR b = 2 AND NOT c = true`: Or{
			Compare{p("a"), "=", Value{Number, "1"}},
			And{Compare{p("b"), "=", Value{Number, "2"}}, Not{Compare{p("c"), "=", Value{Boolean, "true"}}}},
		},
		`(a = 1 OR b = 2) AND c = 3`: And{
			Or{Compare{p("a"), "=", Value{Number, "1"}}, Compare{p("b"), "=", Value{Number, "2"}}},
			Compare{p("c"), "=", Value{Number, "3"}},
		},
		`a NOT IN ('x', 'y')`: Not{In{p("a"), []Value{{Text, "x"}, {Text, "y"}}}},
		`ngay BETWEEN DATE('2026-01-01') AND DATE('2026-03-31')`: Between{p("ngay"), Value{Date, "2026-01-01"}, Value{Date, "2026-03-31"}},
		`luc < TIMESTAMP('2026-01-01T00:00:00Z')`:                Compare{p("luc"), "<", Value{Timestamp, "2026-01-01T00:00:00Z"}},
		`ACCENTI(CASEI(ten)) LIKE ACCENTI(CASEI('%thái%'))`:      Like{folded, "%thái%"},
		`CASEI(ACCENTI(ten)) LIKE '%thái%'`:                      Like{folded, "%thái%"},
		`ten = ACCENTI(CASEI('A'))`:                              Compare{folded, "=", Value{Text, "A"}},
		`ten IN ('a', CASEI('b'))`:                               In{Property{Name: "ten", AnyCase: true}, []Value{{Text, "a"}, {Text, "b"}}},
		`NOT NOT a IS NULL`:                                      Not{Not{Null{p("a")}}},
	} {
		got, err := Parse(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s\n got %#v, %v\nwant %#v", text, got, err, want)
			continue
		}
		if again, err := Parse(Write(got)); err != nil || !reflect.DeepEqual(again, want) {
			t.Errorf("%s is written as %s, which is %#v, %v", text, Write(got), again, err)
		}
	}
}

func TestParse_wrong(t *testing.T) {
	for text, want := range map[string]string{
		``:                                       "cql2.end",
		`a`:                                      "cql2.no-operator",
		`a =`:                                    "cql2.end",
		`a == 1`:                                 "cql2.unexpected",
		`a = b`:                                  "cql2.one-property",
		`1 = 1`:                                  "cql2.one-property",
		`'a' IS NULL`:                            "cql2.property-first",
		`a = 'x`:                                 "cql2.quote",
		`a = 12x`:                                "cql2.number",
		`a = 1 b`:                                "cql2.unexpected",
		`(a = 1`:                                 "cql2.wanted-end",
		`a IN (1 2)`:                             "cql2.wanted",
		`a IN (b)`:                               "cql2.constant",
		`a IN ()`:                                "cql2.unexpected",
		`a LIKE 1`:                               "cql2.not-text",
		`upper(a) = 'X'`:                         "cql2.function",
		`a ; DROP TABLE x`:                       "cql2.unexpected",
		`a = DATE('2026-02-30')`:                 "cql2.date",
		`a = TIMESTAMP('2026-02-01')`:            "cql2.timestamp",
		`a NOT IS NULL`:                          "cql2.operator",
		`CASEI(a) BETWEEN 'a' AND 'b'`:           "cql2.between",
		`CASEI(a) = 1`:                           "cql2.not-text",
		`a IN (1, CASEI('b'))`:                   "cql2.not-text",
		"a = '\xff'":                             "cql2.quote",
		"\xff":                                   "cql2.utf8",
		strings.Repeat("(", 60) + "a=1":          "cql2.deep",
		strings.Repeat("NOT ", 60) + "a=1":       "cql2.deep",
		strings.Repeat("CASEI(", 60) + "a=1":     "cql2.deep",
		strings.Repeat("a=1 OR ", 1_100) + "a=1": "cql2.many",
		"a = '" + strings.Repeat("a", 8_001) + "'": "cql2.long",
		`"" = 1`: "cql2.unexpected",
	} {
		e, err := Parse(text)
		if !fault.Is(err, want) {
			t.Errorf("%.60s: %#v, %v, want %s", text, e, err, want)
		}
	}
}

func TestProperties(t *testing.T) {
	e, err := Parse(`a = 1 AND (b LIKE 'x' OR NOT c IN (1)) AND a IS NULL AND "d e" BETWEEN 1 AND 2`)
	if got := Properties(e); err != nil || !slices.Equal(got, []string{"a", "b", "c", "d e"}) {
		t.Errorf("properties %q, %v", got, err)
	}
}

// What is read can be written, and is read as the same again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`a = 1 OR NOT (b <> 'x''y' AND "c ""d" IS NOT NULL)`, `ACCENTI(CASEI(ten)) LIKE '%a\_b%'`, `a NOT BETWEEN -1.5 AND +2e7`,
		`x IN (TRUE, DATE('2026-01-01'), TIMESTAMP('2026-01-01T00:00:00.5+07:00'))`, `((a)=1)`, "a.b:c = .5", `đ = 'Đ'`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text)
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("%q: %v is no fault", text, err)
			}
			return
		}
		written := Write(e)
		again, err := Parse(written)
		if err != nil && !fault.Is(err, "cql2.long") {
			t.Fatalf("%q is written as %q: %v", text, written, err)
		}
		if err == nil && !reflect.DeepEqual(e, again) {
			t.Fatalf("%q is written as %q\n got %#v\nwant %#v", text, written, again, e)
		}
	})
}
