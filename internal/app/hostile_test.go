package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/internal/foundation/usage"
)

// TestHostile asks two platforms that differ only in what the masks leave out,
// as everybody to whom columns are masked, everything that could tell the two
// apart: lists with every filter, records, history, exports, SQL, lines that did
// not pass, reports, pages, errors. The answers must be the same, byte for byte
// but for opaque ids, hashes, times, and the order that follows from them.
func TestHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("three platforms")
	}
	for name, c := range map[string]struct {
		other  population
		masked sight
	}{
		"personal data": {population{basic: true, sensitive: true}, allMasked}, "sensitive data": {population{sensitive: true}, sensitive},
	} {
		t.Run(name, func(t *testing.T) {
			one, other := settle(t, storetest.SQLite(t), population{}), settle(t, storetest.SQLite(t), c.other)
			one.Scorer.Uses, other.Scorer.Uses = steadyUses{}, steadyUses{}
			ones, others := one.visitors(t), other.visitors(t)
			asking := askers(ones, c.masked)
			n := 0
			for k, i := range asking {
				for _, later := range asking[k:] { // whose session must not idle out meanwhile
					one.ask(ones[later], get("/me"))
					other.ask(others[later], get("/me"))
				}
				n += one.compare(t, other, ones[i], others[i], c.other)
			}
			for _, i := range askers(ones, allMasked) {
				one.unordered(t, ones[i])
				other.unordered(t, others[i])
			}
			one.leftKeys(t, ones, population{})
			t.Logf("%d answers compared", n)
			if n < 500 {
				t.Errorf("%d answers: is nobody asked?", n)
			}
		})
	}
}

// askers are the places of those visitors who see a way: in make soak all, else one
// for each way to reach rows, names and the door.
func askers(all []*visitor, sees sight) (list []int) {
	type way struct{ hashed, program, commune bool }
	known := map[way]bool{}
	for i, v := range all {
		w := way{v.hashed, v.key != "", strings.HasPrefix(v.where, places[communeOrg])}
		if v.masked == sees && (!known[w] || os.Getenv("PHOHIEN_SOAK") != "") {
			known[w] = true
			list = append(list, i)
		}
	}
	return list
}

// compare asks two platforms the same and tells how much; what was asked while a new
// day began is asked again.
func (l *land) compare(t *testing.T, other *land, v, w *visitor, p population) int {
	t.Helper()
	for {
		day := score.DayOf(time.Now())
		a, b := l.interrogate(t, v, p), other.interrogate(t, w, p)
		if score.DayOf(time.Now()) != day {
			continue
		}
		if len(a) != len(b) {
			t.Fatalf("%s: %d and %d answers", v.name(), len(a), len(b))
		}
		for q := range a {
			if a[q] != b[q] {
				t.Errorf("%s can tell two values apart:\n%s", v.name(), difference(a[q], b[q]))
			}
		}
		return len(a)
	}
}

// steadyUses tells the same uses at any time: those of a platform are remembered for
// a while, so that what it tells depends on when it is asked.
type steadyUses struct{}

func (steadyUses) Consumers(context.Context, time.Time, time.Time) ([]usage.Consumer, error) {
	return []usage.Consumer{{Dataset: landSet, Kind: "person", Org: otherOrg, Uses: 7, Last: "2026-11-20"}}, nil
}

// unordered makes sure that rows whose key is hidden do not come in its order,
// which is that of the file numbers in one population and the reverse in the
// other.
func (l *land) unordered(t *testing.T, v *visitor) {
	t.Helper()
	for _, sql := range []string{"SELECT ho_so FROM x", "SELECT ho_so FROM x WHERE ma_xa = '" + commune + "'", "SELECT max(ho_so) FROM (SELECT ho_so FROM x LIMIT 1)", "SELECT first(ho_so) FROM x",
		"SELECT string_agg(ho_so, ',') FROM x", "SELECT ho_so FROM x ORDER BY ky"} {
		body, err := json.Marshal(map[string]any{"sql": strings.Replace(sql, " x", ` "`+landSet+`"`, 1)})
		if err != nil {
			t.Fatal(err)
		}
		w := l.ask(v, post("/api/v1/query", "application/json", body))
		found := refs.FindAllString(w.Body.String(), -1)
		if w.Code == http.StatusForbidden || len(found) < 3 {
			continue
		}
		back := slices.Clone(found)
		slices.Reverse(back)
		if slices.IsSorted(found) || slices.IsSorted(back) {
			t.Errorf("%s: %s gives the rows in the order of the hidden key: %v", v.name(), sql, found)
		}
	}
}

// leftKeys undoes a batch whose rows others have changed since: which rows were
// left is said to nobody who may not see their keys.
func (l *land) leftKeys(t *testing.T, everybody []*visitor, p population) {
	t.Helper()
	st, err := l.Corridor.Undo(t.Context(), operator, l.first)
	if err == nil {
		st, err = l.Corridor.Wait(t.Context(), st.ID, func(s corridor.Status) bool { return s.State.Final() })
	}
	if err != nil || st.Report == nil || len(st.Report.Left) != 4 {
		t.Fatalf("undo: %+v, %v", st.Report, err)
	}
	for _, v := range everybody {
		if v.masked != allMasked {
			continue
		}
		for _, path := range []string{"/api/v1/batches/" + st.ID, "/batches/" + st.ID, "/api/v1/batches", "/api/v1/batches/" + st.ID + "/events"} {
			w := l.ask(v, get(path))
			for i := range 20 {
				if strings.Contains(w.Body.String(), p.number(i)) {
					t.Errorf("%s: %s names the key %s", v.name(), path, p.number(i))
				}
			}
		}
	}
}

// difference shows where two answers part.
func difference(a, b string) string {
	question, _, _ := strings.Cut(a, "\n")
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	show := func(s string) string { return strings.ToValidUTF8(s[max(0, i-120):min(len(s), i+160)], "") }
	return question + "\n  one:   … " + show(a) + "\n  other: … " + show(b)
}

// guarded are the columns that masks guard, with a value of each population.
func guarded(other population) map[string][]string {
	first := strings.Split(strings.TrimSpace(population{}.line(0, "HS-00", 100)), ",")
	second := strings.Split(strings.TrimSpace(other.line(0, "HS-00", 100)), ",")
	values := map[string][]string{}
	for name, i := range map[string]int{"so_dinh_danh": 1, "ho_ten": 6, "ngay_sinh": 7, "dien_thoai": 8} {
		if other.basic {
			values[name] = []string{first[i], second[i]}
		}
	}
	if other.basic {
		values["noi_o"] = []string{"Thôn Đông, Xã Thử, Tỉnh Hưng Yên", "Số 7, ngõ Tây Đoài, Xã Thử, Tỉnh Hưng Yên"}
	}
	for name, i := range map[string]int{"dan_toc": -3, "suc_khoe": -2, "muc_do": -1} {
		values[name] = []string{first[len(first)+i], second[len(second)+i]}
	}
	return values
}

// interrogate puts every question as a visitor.
func (l *land) interrogate(t *testing.T, v *visitor, other population) (all []string) {
	t.Helper()
	say := func(name string, r *http.Request) *httptest.ResponseRecorder {
		t.Helper()
		w := l.ask(v, r)
		if w.Code >= 500 {
			t.Errorf("%s: %d %.300s", name, w.Code, w.Body)
		}
		checkTag(t, name, w)
		all = append(all, name+"\n"+plain(w))
		return w
	}
	ask := func(path string) { say("GET "+path, get(l.named(path))) }
	for _, path := range l.openQuestions() {
		ask(path)
	}
	set := "/api/v1/datasets/" + landSet
	values := guarded(other)
	for _, column := range slices.Sorted(func(yield func(string) bool) {
		for c := range values {
			if !yield(c) {
				return
			}
		}
	}) {
		for _, path := range columnQuestions(column, values[column]) {
			ask(path)
		}
		for _, sql := range sqlQuestions(column, values[column]) {
			// Of a keyed hash nobody can foretell the letters: two platforms have others.
			if v.hashed && slices.ContainsFunc([]string{"LIKE", " > ", "AS INTEGER)", "AS DATE)", " / 0", "max("}, func(part string) bool { return strings.Contains(sql, part) }) {
				continue
			}
			body, err := json.Marshal(map[string]any{"sql": sql})
			if err != nil {
				t.Fatal(err)
			}
			say(sql, post("/api/v1/query", "application/json", body))
		}
	}
	l.pages(t, v, func(path string) *httptest.ResponseRecorder { return say("GET "+path, get(path)) })

	// The row by its opaque id, and what became of it.
	name := url.PathEscape(l.rowName(t, v))
	for _, rest := range []string{"", "/history", "?fields=ho_so", "?as_of=1"} {
		say("GET the row"+rest, get(set+"/records/"+name+rest))
	}
	body, err := json.Marshal(map[string]any{"sql": `SELECT * FROM "` + landSet + `" ORDER BY ho_so`, "format": "csv"})
	if err != nil {
		t.Fatal(err)
	}
	say("SQL as CSV", post("/api/v1/query", "application/json", body))
	// A file with a row that is nowhere.
	say("try", post(set+"/try?name=thu.csv", "text/csv", []byte(landHead+strings.Replace(population{}.line(0, "HS-00", 1), population{}.number(0), "033270009999", 1))))
	return all
}

// named puts the ids of this platform into a path.
func (l *land) named(path string) string {
	return strings.NewReplacer("{batch}", l.batch, "{held}", l.held, "{stopped}", l.stopped).Replace(path)
}

// openQuestions name no column that is masked.
func (l *land) openQuestions() []string {
	set, page := "/api/v1/datasets/"+landSet, "/datasets/"+landSet
	all := []string{
		"/api/v1/datasets", set, set + "/contract", set + "/quality", set + "/senders", set + "/batches", set + "/batches?limit=2", set + "/template.xlsx",
		"/api/v1/batches", "/", page, page + "?lang=en", page + "/senders", page + "/senders?lang=en", "/batches", page + "/export.csv", page + "/slip.xlsx",
		set + "/records.csv", set + "/records.xlsx", set + "/records.csv?names=true&plain=true", set + "/records.xlsx?names=true", set + "/records.csv?as_of=1",
		set + "/records.csv?ma_xa=" + commune, set + "/records?ma_xa=" + commune, set + "/records?co_quan=" + communeOrg, set + "/records?muc_huong=100",
		set + "/records?as_of=1", set + "/records?as_of=0", set + "/records?as_of=2020-01-01", set + "/records?changed_since=2020-01-01", set + "/records?min_seq=1",
		set + "/records?sort=ho_ten", set + "/records?q=a", set + "/records?after=khong-co",
		set + "/quarantine", set + "/quarantine?format=csv", set + "/quarantine?state=open", set + "/quarantine?state=replaced",
		set + "/quarantine?batch={batch}", set + "/quarantine?batch={batch}&format=csv", page + "/quarantine", page + "/quarantine?view=cards", page + "/quarantine?format=csv",
		page + "/quarantine?lang=en&state=all", page + "/quarantine?batch={batch}",
	}
	for _, rule := range []string{"muc_huong.max", "so_dinh_danh.ident", "so_dinh_danh.required", "ho_ten.length", "ho_ten.minLength", "dan_toc.pattern", "khong.co"} {
		all = append(all, set+"/quarantine?rule="+rule, set+"/quarantine?format=csv&rule="+rule, page+"/quarantine?rule="+rule, page+"/quarantine?state=all&view=cards&rule="+rule)
	}
	for i := range l.persons.Rules {
		rule := url.QueryEscape(l.persons.Rules[i].ID)
		all = append(all, set+"/quarantine?rule="+rule, page+"/quarantine?state=all&rule="+rule)
	}
	for line := range 30 {
		all = append(all, fmt.Sprintf("%s/quarantine?line=%d", set, line+1))
	}
	for _, id := range []string{"{batch}", "{held}", "{stopped}"} {
		for _, rest := range []string{"", "/events", "/look", "/slip.xlsx"} {
			all = append(all, "/api/v1/batches/"+id+rest)
		}
		for _, rest := range []string{"", "?lang=en", "/layout", "/receipt", "/slip.xlsx"} {
			all = append(all, "/batches/"+id+rest)
		}
	}
	return all
}

// columnQuestions try to get at a column by its value.
func columnQuestions(column string, values []string) (all []string) {
	set := "/api/v1/datasets/" + landSet
	for _, value := range append(values, values[0][:1], "", "%") {
		v := url.QueryEscape(value)
		all = append(all, set+"/records?"+column+"="+v, set+"/records?eq."+column+"="+v, set+"/records?ma_xa="+commune+"&"+column+"="+v,
			"/api/v1/search?q="+v, set+"/records.csv?"+column+"="+v, set+"/records/"+url.PathEscape(value), set+"/records/2026-10~"+url.PathEscape(value),
			set+"/records/2026-10~"+url.PathEscape(value)+"/history")
	}
	return append(all, set+"/records?fields="+column, set+"/records?fields=ho_so,"+column, set+"/records.csv?fields="+column, set+"/records.xlsx?fields=ho_so,"+column,
		set+"/records?changed_since=2020-01-01&fields="+column, set+"/records?order="+column, set+"/quarantine?"+column+"="+url.QueryEscape(values[0]))
}

// sqlQuestions try the same in SQL.
func sqlQuestions(column string, values []string) (all []string) {
	c, from := `"`+column+`"`, ` FROM "`+landSet+`"`
	for _, value := range values {
		v := "'" + strings.ReplaceAll(value, "'", "''") + "'"
		all = append(all,
			"SELECT ho_so"+from+" WHERE CAST("+c+" AS VARCHAR) = "+v+" ORDER BY 1", "SELECT count(*)"+from+" WHERE CAST("+c+" AS VARCHAR) LIKE "+v[:2]+"%'",
			"SELECT CASE WHEN CAST("+c+" AS VARCHAR) = "+v+" THEN CAST('x' AS INTEGER) ELSE 1 END"+from,
			"SELECT error('là nó')"+from+" WHERE CAST("+c+" AS VARCHAR) = "+v,
			"SELECT ho_so"+from+" WHERE "+v+" IN (SELECT CAST("+c+" AS VARCHAR)"+from+")",
		)
	}
	return append(all,
		"SELECT "+c+", ho_so"+from+" ORDER BY ho_so", "SELECT ho_so"+from+" WHERE "+c+" IS NULL ORDER BY 1", "SELECT count(*)"+from+" GROUP BY "+c+" ORDER BY 1",
		"SELECT min("+c+"), max("+c+"), count("+c+"), count(DISTINCT "+c+") > 1"+from, "SELECT max(length(CAST("+c+" AS VARCHAR)))"+from,
		"SELECT CAST("+c+" AS INTEGER)"+from, "SELECT CAST("+c+" AS DATE)"+from, "SELECT "+c+" / 0"+from, "SELECT string_agg(ho_so, ',' ORDER BY ho_so)"+from+" HAVING max("+c+") > 'M'",
		"SELECT a.ho_so, b.ho_so"+from+" a JOIN \""+landSet+"\" b ON a."+c+" = b."+c+" ORDER BY 1, 2", "WITH x AS (SELECT *"+from+") SELECT ho_so, "+c+" FROM x ORDER BY 1",
		"SELECT ho_so"+from+" x WHERE EXISTS (SELECT 1"+from+" y WHERE y."+c+" > x."+c+") ORDER BY 1", "SELECT * EXCLUDE (_seq)"+from+" ORDER BY ho_so",
		"SELECT ho_so, _seq"+from+" ORDER BY 1", "SELECT typeof("+c+")"+from, "SELECT _hash"+from, "SELECT _key"+from, "SELECT _nil"+from, "SELECT _flags"+from, "SELECT rowid, ho_so"+from+" ORDER BY 2",
		"SELECT ho_so"+from+" QUALIFY row_number() OVER (ORDER BY "+c+") = 1 AND false", "SUMMARIZE SELECT *"+from, "EXPLAIN ANALYZE SELECT *"+from+" WHERE "+c+" = 'x'",
		"SELECT "+c+" FROM main.\""+landSet+"\" ORDER BY 1", "SELECT * FROM duckdb_tables()", "SELECT * FROM pragma_storage_info('"+landSet+"')", "SELECT "+c+from+" USING SAMPLE 3 ROWS LIMIT 0",
		"PIVOT \""+landSet+"\" ON "+c+" USING count(*)", "UNPIVOT (SELECT ho_so, "+c+from+") ON "+c,
	)
}

// pages follow lists from page to page: where they begin again must not tell
// anything either.
func (l *land) pages(t *testing.T, v *visitor, ask func(path string) *httptest.ResponseRecorder) {
	t.Helper()
	path := "/api/v1/datasets/" + landSet + "/records?limit=7"
	for after, n := "", 0; n < 5; n++ {
		w := l.ask(v, get(path+after))
		var list struct {
			Items []struct {
				Ref string `json:"ho_so"`
			}
			Next string
		}
		if w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), &list) != nil || list.Next == "" {
			break
		}
		if len(list.Items) != 7 {
			t.Errorf("%s: a page of %d", v.name(), len(list.Items))
		}
		after = "&after=" + url.QueryEscape(list.Next)
	}
	ask(path + "&after=" + url.QueryEscape("~AAAA"))
}

// checkTag makes sure that a tag is of what was sent and nothing else.
func checkTag(t *testing.T, name string, w *httptest.ResponseRecorder) {
	t.Helper()
	tag := w.Header().Get("ETag")
	if tag == "" || w.Code != http.StatusOK {
		return
	}
	sum := sha256.Sum256(w.Body.Bytes())
	if want := `"` + hex.EncodeToString(sum[:12]) + `"`; tag != want {
		t.Errorf("%s: the tag %s is not that of the answer, %s", name, tag, want)
	}
}

// What differs between two platforms whatever they hold.
var fleeting = []struct {
	re *regexp.Regexp
	by string
}{
	{regexp.MustCompile(`"[A-Za-z0-9_-]{43}"`), `"TOKEN"`},
	{regexp.MustCompile(`r="[A-Z]*[0-9]+"`), "CELL"},        // places in a sheet
	{regexp.MustCompile(`class="qr-dark" d="[^"]*"`), "QR"}, // the address of a batch
	{regexp.MustCompile(`"(next|next_since|after)":"[^"]*"`), `"$1":""`},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`), "TIME"},
	{regexp.MustCompile(`\d\d:\d\d(:\d\d)?,? (ngày )?\d\d/\d\d/\d{4}|\d\d/\d\d/\d{4},? \d\d:\d\d(:\d\d)?|\d{1,2} \w+ \d{4},? \d\d:\d\d`), "TIME"},
	{regexp.MustCompile(`\d{1,2} giờ \d{1,2} phút, ngày \d{1,2} tháng \d{1,2} năm \d{4}`), "TIME"},
	{regexp.MustCompile(`cách đây [\d,.]+ (giây|phút|giờ|ngày)|[\d,.]+ (seconds?|minutes?|hours?|days?) (ago|old)`), "AGO"},
	{regexp.MustCompile(`\d+ (giây|phút|giờ) trước|vừa xong|\d+ (second|minute|sec|min|hour)s? ago|just now`), "AGO"},
	{regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{26}\b`), "ULID"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "DIGEST"},
	{regexp.MustCompile(`\b[0-9a-f]{16}\b`), "HASH"},
}

var veiled = regexp.MustCompile(`•••[0-9]+`)

var opaque = regexp.MustCompile(`(~|%7E)[A-Za-z0-9_-]{40,}`)

// apart is where an answer is cut into parts whose order follows from ids.
var apart = regexp.MustCompile(`<row |</sheetData|\{"_key"|\],"seq"|<tr|</tbody|<li|</ul|<article|</article><|\n|\],\[|"rows":\[\[|\]\],"more"`)

// plain is an answer without what differs anyway. The parts are sorted: their
// order follows from opaque ids.
func plain(w *httptest.ResponseRecorder) string {
	body := plainText(w.Body.Bytes())
	body = opaque.ReplaceAllStringFunc(body, func(id string) string { return fmt.Sprintf("~ID%d", len(id)) })
	for _, f := range fleeting {
		body = f.re.ReplaceAllString(body, f.by)
	}
	if w.Code == http.StatusBadRequest { // which row came first, as the reader sees it
		body = veiled.ReplaceAllString(body, "•••")
	}
	var parts []string
	for last, cuts := 0, append(apart.FindAllStringIndex(body, -1), []int{len(body), len(body)}); len(cuts) > 0; cuts = cuts[1:] {
		parts = append(parts, strings.Trim(strings.TrimPrefix(body[last:cuts[0][0]], `"rows":`), ",[]}\n"))
		last = cuts[0][0]
	}
	slices.Sort(parts)
	h := w.Header()
	head := fmt.Sprintf("%d %s %s %s", w.Code, h.Get("Content-Type"), h.Get("Content-Disposition"), h.Get("X-Phohien-More"))
	return head + "\n" + strings.Join(parts, "\n")
}

// TestHostile_trial: a trial does not tell who is masked whether a guess is
// right, and who may send some rows alone does not replace all of them.
func TestHostile_trial(t *testing.T) {
	l := settle(t, storetest.SQLite(t), population{})
	clerk := &visitor{who: "Cán bộ nhập liệu"}
	l.signIn(t, clerk, policy.RoleEntry, communeOrg, 1)
	right := population{}.line(0, "HS-00", 100)
	var told []string
	for _, guess := range []string{right, strings.Replace(right, "Bình thường", "Rất yếu", 1), strings.Replace(right, population{}.number(0), "033270009999", 1)} {
		w := l.ask(clerk, post("/api/v1/datasets/"+landSet+"/try?name=thu.csv", "text/csv", []byte(landHead+guess)))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "door.veiled-rows") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		told = append(told, plain(w))
	}
	if told[0] != told[1] || told[0] != told[2] {
		t.Errorf("a trial tells a right guess from a wrong one:\n%s\n%s\n%s", told[0], told[1], told[2])
	}
	for _, path := range []string{"/batches?mode=replace&confirm=true&name=a.csv", "/try?mode=replace&name=a.csv"} {
		w := l.ask(clerk, post("/api/v1/datasets/"+landSet+path, "text/csv", []byte(landHead+right)))
		if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "door.replace-others") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if n, err := l.Truth.Count(t.Context(), l.persons); n != 20 || err != nil {
		t.Errorf("%d rows are left, %v", n, err)
	}
}

// TestHostile_unknown: what one may not know of answers as what there is not, at
// every way to name it; who may know of it and not do it is told so.
func TestHostile_unknown(t *testing.T) {
	l := settle(t, storetest.SQLite(t), population{})
	(&province{l.App}).adopt(t, plainContract("thu-rieng", ownerOrg, "restricted"))
	(&province{l.App}).send(t, "thu-rieng", "co-so.csv", []byte("ho_so,ten\nHS-61,Cơ sở Một\n"))
	several := strings.Replace(plainContract("thu-nhieu-bang", ownerOrg, "restricted"), "schema:\n", "schema:\n  - {name: hai, properties: [{name: ma, logicalType: string, primaryKey: true}]}\n", 1)
	(&province{l.App}).adopt(t, several)
	stranger := &visitor{who: "Cán bộ cơ quan khác"}
	l.signIn(t, stranger, policy.RoleOfficial, otherOrg, 1)
	own := &visitor{who: "Cán bộ cơ quan chủ quản"}
	l.signIn(t, own, policy.RoleOfficial, ownerOrg, 2)
	public := &visitor{who: "Công chúng"}
	sql := func(id string) *http.Request {
		return post("/api/v1/query", "application/json", []byte(`{"sql":"SELECT count(*) FROM \"`+id+`\""}`))
	}
	file := func(path string) *http.Request {
		return post(path, "text/csv", []byte("ho_so,ten\nHS-61,Cơ sở Một\n"))
	}
	for name, of := range map[string]func(id string) *http.Request{
		"the set": func(id string) *http.Request { return get("/api/v1/datasets/" + id) }, "its contract": func(id string) *http.Request { return get("/api/v1/datasets/" + id + "/contract") },
		"rows": func(id string) *http.Request { return get("/api/v1/datasets/" + id + "/records?ho_so=HS-61") }, "a row": func(id string) *http.Request { return get("/api/v1/datasets/" + id + "/records/HS-61") },
		"export": func(id string) *http.Request { return get("/api/v1/datasets/" + id + "/records.xlsx") }, "template": func(id string) *http.Request { return get("/api/v1/datasets/" + id + "/template.xlsx") },
		"quarantine": func(id string) *http.Request { return get("/api/v1/datasets/" + id + "/quarantine") }, "quality": func(id string) *http.Request { return get("/api/v1/datasets/" + id + "/quality") },
		"batches": func(id string) *http.Request { return get("/api/v1/datasets/" + id + "/batches") }, "send": func(id string) *http.Request { return file("/api/v1/datasets/" + id + "/batches?name=a.csv") },
		"try": func(id string) *http.Request { return file("/api/v1/datasets/" + id + "/try?name=a.csv") }, "senders": func(id string) *http.Request { return get("/api/v1/datasets/" + id + "/senders") },
		"page": func(id string) *http.Request { return get("/datasets/" + id) }, "lines": func(id string) *http.Request { return get("/datasets/" + id + "/quarantine") },
		"a file's address": func(id string) *http.Request { return get("/datasets/" + id + "/export.csv") }, "slip": func(id string) *http.Request { return get("/datasets/" + id + "/slip.xlsx") },
		"SQL": sql, "classification": func(id string) *http.Request { return get("/admin/classification/" + id) },
		"an object": func(id string) *http.Request { return get("/api/v1/datasets/" + id + ".co_so/records") },
	} {
		for _, v := range []*visitor{stranger, public} {
			told := func(id string) string {
				w := l.ask(v, of(id))
				if w.Code < 400 {
					t.Errorf("%s of %s as %s: %d", name, id, v.who, w.Code)
				}
				return strings.ReplaceAll(plain(w), id, "ID")
			}
			nothing := told("khong-co-gi")
			for _, id := range []string{"thu-rieng", "thu-nhieu-bang"} {
				if got := told(id); got != nothing {
					t.Errorf("%s tells %s that %s is there:\n%s\nand of what is not:\n%s", name, v.who, id, got, nothing)
				}
			}
		}
	}
	// Whoever may know of it, and not do it, is told so.
	for path, want := range map[string]int{"/api/v1/datasets/thu-rieng": 200, "/api/v1/datasets/thu-rieng/quarantine": 403, "/api/v1/datasets/khong-co-gi": 404, "/api/v1/batches/" + l.batch + "/look": 403} {
		if w := l.ask(own, get(path)); w.Code != want {
			t.Errorf("%s as %s: %d, not %d", path, own.who, w.Code, want)
		}
	}
}

// TestHostile_preview: what a preview or a receipt tells a sender who sees some
// columns masked does not depend on what stands in them.
func TestHostile_preview(t *testing.T) {
	l := settle(t, storetest.SQLite(t), population{})
	// Of this set the key is in clear, one column is masked.
	const set = "kham-benh"
	p := &province{l.App}
	p.adopt(t, strings.NewReplacer("id: thu-rieng", "id: "+set, "{name: ten, businessName: Tên cơ sở, logicalType: string, customProperties: [{property: phohien.personal, value: {class: none}}]}",
		"{name: ten, businessName: Sức khỏe, logicalType: string, customProperties: [{property: phohien.personal, value: {class: sensitive, kind: health}}]}").Replace(plainContract("thu-rieng", ownerOrg, "restricted")))
	p.send(t, set, "a.csv", []byte("ho_so,ten\nHS-61,Bình thường\nHS-62,Yếu\nHS-63,\n"))
	steward := &visitor{who: "Cán bộ đầu mối"}
	l.signIn(t, steward, policy.RoleSteward, ownerOrg, 1)
	clerk := &visitor{who: "Cán bộ nhập liệu"}
	l.signIn(t, clerk, policy.RoleEntry, communeOrg, 2)

	ids := regexp.MustCompile(`"batch":"([0-9A-Z]{26})"`)
	tell := func(v *visitor, set, path, file string) (id, told string) {
		t.Helper()
		r := post("/api/v1/datasets/"+set+path, "text/csv", []byte(file))
		r.Header.Set("Prefer", "wait=20")
		w := l.ask(v, r)
		m := ids.FindStringSubmatch(w.Body.String())
		if w.Code >= 300 || m == nil {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		told = plain(w)
		for _, p := range []string{"/api/v1/batches/" + m[1], "/api/v1/batches/" + m[1] + "/events", "/batches/" + m[1], "/batches/" + m[1] + "?lang=en", "/batches/" + m[1] + "/receipt"} {
			told += "\n" + p[:8] + plain(l.ask(v, get(p)))
		}
		return m[1], told
	}
	same := func(v *visitor, set, path string, files ...string) {
		t.Helper()
		var first string
		for i, file := range files {
			id, told := tell(v, set, path, file)
			told = regexp.MustCompile(`,"org":"[^"]*"|"total":\d+|"done":\d+|[\d.,]+ (KB|MB|byte|B)\b.*|[0-9a-f]{8}( [0-9a-f]{8}){3,}|"digest":"[^"]*"`).ReplaceAllString(strings.ReplaceAll(told, id, "ID"), "")
			if i == 0 {
				first = told
			} else if told != first {
				t.Errorf("%s: a preview tells a right guess from a wrong one: %s", v.who, difference(first, told))
			}
			w := l.ask(v, post("/api/v1/batches/"+id+"/cancel", "application/json", nil))
			if w.Code != http.StatusOK {
				t.Errorf("cancel: %d %s", w.Code, w.Body)
			}
		}
	}
	const head = "ho_so,ten\n"
	same(steward, set, "/batches?preview=true&name=a.csv", head+"HS-61,Bình thường\n", head+"HS-61,Ốm đau nhẹ\n")
	same(steward, set, "/batches?preview=true&name=a.csv", head+"HS-63,Ốm đau nhẹ\n", head+"HS-62,Yếu lắm rồi\n")
	right := population{}.line(0, "HS-00", 110)
	same(clerk, landSet, "/batches?preview=true&name=a.csv", landHead+right, landHead+strings.Replace(right, "Bình thường", "Ốm đau nhẹ", 1), landHead+strings.Replace(right, population{}.number(0), "033270009999", 1))

	// What is new is told where the key is seen, what changes is not.
	_, told := tell(steward, set, "/batches?preview=true&name=a.csv", head+"HS-61,Bình thường\nHS-99,Mới\n")
	for _, part := range []string{`"inserted":1`, `"there":1`, `"updated":0`, `"unchanged":0`, `"veiled":"changes"`, "door.veiled-changes"} {
		if !strings.Contains(told, part) {
			t.Errorf("the preview lacks %s", part)
		}
	}
	// The receipt of what was written tells no more, nor does the undoing of it.
	for _, file := range []string{head + "HS-61,Bình thường\n", head + "HS-61,Khác\n"} {
		id, told := tell(steward, set, "/batches?name=a.csv", file)
		w := l.ask(steward, post("/api/v1/batches/"+id+"/undo", "application/json", nil))
		if strings.Contains(told, `"updated":1`) || strings.Contains(told, `"unchanged":1`) || !strings.Contains(told, `"there":1`) || strings.Contains(w.Body.String(), `"updated":1`) {
			t.Errorf("the receipt of %q tells what changed: %s %s", file, told, w.Body)
		}
	}
}
