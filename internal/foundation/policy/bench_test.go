package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// crowded is the standard set with n policies more, of the sorts that
// agreements add: each for one program and one data set, with the columns that
// it may see; many about the same data set, many about the same program.
func crowded(t testing.TB, n int) *snapshot {
	t.Helper()
	set := shipped(t)
	var b strings.Builder
	for i := range n {
		who, what := fmt.Sprintf(`principal == Program::"p%d"`, i/4), fmt.Sprintf(`resource == Dataset::"d%d"`, i/4)
		switch i % 8 / 2 {
		case 1: // everybody wants the same data set
			what = `resource == Dataset::"d0"`
		case 2: // one program wants everything
			who = `principal == Program::"p0"`
		case 3: // an office, or a role, and what one agency owns
			who, what = fmt.Sprintf(`principal in Organisation::"o%d"`, i/16), fmt.Sprintf(`resource in Organisation::"o%d"`, i)
			if i%16 >= 8 {
				who = `principal in Role::"official"`
			}
		}
		if i%2 == 0 {
			fmt.Fprintf(&b, `@id("tt.%d") @vi("Thoả thuận %d") @rows("all") @purpose("required") permit (%s, action in [Action::"read", Action::"describe"], %s);`+"\n", i, i, who, what)
			continue
		}
		what = strings.Replace(what, "==", "in", 1)
		fmt.Fprintf(&b, `@id("tt.%d") @vi("Thoả thuận %d") permit (%s, action == Action::"see", %s) when { ["ho_ten", "ngay_sinh"].contains(resource.name) && context.purpose != "" };`+"\n", i, i, who, what)
	}
	var rules []*rule
	f := &findings{}
	for _, p := range split(b.String()) {
		policy := f.parse(p)
		if policy == nil {
			t.Fatal(f.list)
		}
		rules = append(rules, f.compile(p, policy))
	}
	if len(f.list) > 0 {
		t.Fatal(f.list[0])
	}
	return assemble(2, slices.Concat(set.rules, rules), set.settings)
}

// An asking is one question of a benchmark.
type asking struct {
	name    string
	who     Who
	action  Action
	what    What
	purpose Purpose
}

func askings() []asking {
	data := What{Kind: KindDataset, ID: "d0", Owner: "so-yt", Access: AccessShared, UnitColumn: "ma_xa", OrgColumn: "co_so"}
	for i, kind := range []string{"", "", "", "", "", "", "personal_id", "name", "birth", "phone", "address", "health"} {
		c := Column{Name: fmt.Sprintf("truong_%d", i), PII: "basic", Kind: kind}
		if kind == "" {
			c.PII = "none"
		}
		if kind == "health" {
			c.PII = "sensitive"
		}
		data.Columns = append(data.Columns, c)
	}
	data.Columns[7].Name = "ho_ten"
	purpose := Purpose{Code: "giai-quyet-tthc"}
	steward := Who{Kind: "person", ID: "an", Org: "ubnd-xa", Orgs: []string{"ubnd-xa", "ubnd-tinh"}, Covers: []string{"ubnd-xa", "truong-1", "truong-2"},
		Units: []string{"11953"}, Roles: []string{RoleOfficial, RoleSteward}, Strong: true}
	batch := data
	batch.Kind, batch.ID = KindBatch, "01H"
	return []asking{
		{"describe", steward, Describe, data, Purpose{}},
		{"confirm", steward, Confirm, batch, Purpose{}},
		{"read", steward, Read, data, purpose},
		{"aggregate", steward, Aggregate, data, purpose},
		{"agreement", Who{Kind: "program", ID: "p0", Org: "o0", Orgs: []string{"o0"}, Roles: []string{RoleService}}, Read, data, purpose},
		{"public", Anonymous, Read, data, Purpose{}},
	}
}

func BenchmarkAllow(b *testing.B) {
	for _, n := range []int{10, 1000, 10000} {
		set := crowded(b, n)
		for _, a := range askings() {
			b.Run(fmt.Sprintf("%s/%d", a.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					set.allow(&a.who, a.action, &a.what, a.purpose)
				}
			})
		}
	}
}

// BenchmarkAssemble is what a change of one among 10,000 costs beside reading
// them.
func BenchmarkAssemble(b *testing.B) {
	set := crowded(b, 10000)
	for b.Loop() {
		assemble(3, set.rules, set.settings)
	}
}

// TestSliced: 10,000 policies cost at most twice what 10 do. The two are timed
// in turns and the medians compared, so that a busy machine slows both.
func TestSliced(t *testing.T) {
	few, many := crowded(t, 10), crowded(t, 10000)
	for _, a := range askings() {
		if a.name == "agreement" && !many.allow(&a.who, a.action, &a.what, a.purpose).Allowed {
			t.Fatal("the agreement gives nothing")
		}
		ratio := 0.0
		for range 5 { // noise passes, a wrong index does not
			times := [2][]time.Duration{}
			for range 15 {
				for i, set := range []*snapshot{few, many} {
					start := time.Now()
					for range 200 {
						set.allow(&a.who, a.action, &a.what, a.purpose)
					}
					times[i] = append(times[i], time.Since(start))
				}
			}
			slices.Sort(times[0])
			slices.Sort(times[1])
			if ratio = float64(times[1][7]) / float64(times[0][7]); ratio <= 2 {
				break
			}
		}
		t.Logf("%s: %.2f", a.name, ratio)
		if ratio > 2 {
			t.Errorf("%s: 10,000 policies cost %.1f times what 10 do", a.name, ratio)
		}
	}
}
