package mirror

import (
	"context"
	"testing"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/foundation/columns"
)

// What stands in for a pattern says what the pattern says.
func TestMatching(t *testing.T) {
	for pattern, want := range map[string]string{
		"%mai%": "contains(a, b)", "mai%": "starts_with(a, b)", "%mai": "ends_with(a, b)", "%%": "contains(a, b)", "%": "ends_with(a, b)",
		"m_i%": `a LIKE b ESCAPE '\'`, "m%i": `a LIKE b ESCAPE '\'`, "mai": `a LIKE b ESCAPE '\'`, `%mai\`: `a LIKE b ESCAPE '\'`,
	} {
		if _, condition := matching(pattern); condition("a", "b") != want {
			t.Errorf("%s: %s, want %s", pattern, condition("a", "b"), want)
		}
	}
	if text, _ := matching(`%50\% \_ \\%`); text != `50% _ \` {
		t.Errorf("bound is %q", text)
	}
	db, err := columns.Open(t.Context(), columns.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOf(rapid.SampledFrom([]rune(`ab%_\é`))).Draw(t, "pattern")
		value := rapid.StringOf(rapid.SampledFrom([]rune(`ab%_\é`))).Draw(t, "value")
		text, condition := matching(pattern)
		var got, want bool
		err := c.Row(context.Background(), "SELECT "+condition("$1", "$2"), value, text).Scan(&got)
		if e := c.Row(context.Background(), `SELECT $1 LIKE $2 ESCAPE '\'`, value, pattern).Scan(&want); (e == nil) != (err == nil) || got != want {
			t.Errorf("%q, %q: %t %v, want %t %v", value, pattern, got, err, want, e)
		}
	})
}
