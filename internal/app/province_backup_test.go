package app

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/app/play"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/blob"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/store"
)

// personsSet is the data set of generated persons; one of its columns is sealed.
const personsSet = "hy-tro-cap-xa-hoi"

const newPolicy = `@id("thu-sao-luu")
@vi("Kiểm tra sao lưu: chính sách của tỉnh theo cùng.")
@en("A test of backups: the province's own policies come along.")
@basis("thử")
forbid (principal in Role::"analyst", action in [Action::"export"], resource);`

// TestProvince_backup takes a whole province away by backup and restore: its packs
// and some played days, held, erased and undone things, accounts, policies, a
// sealed column. What is opened again is the same, table by table, file by file
// and answer by answer.
func TestProvince_backup(t *testing.T) {
	a, c := played(t)
	key := liveOn(t, a)
	settleAll(t, a)
	dir := filepath.Join(t.TempDir(), "sao-luu")
	if _, err := a.Backup(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	at := a.clock.Now() // scores grow old with the clock: both are asked at one time
	before := portraitAt(t, a, at)
	head, size := a.Audit.Checkpoint(), a.Audit.Size()
	entries := logDigest(t, a, size)
	if _, err := a.Accounts.Begin(t.Context(), "quan-tri.mau.2", testPassword, here); err != nil {
		t.Fatalf("signing in before: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}

	to := filepath.Join(t.TempDir(), "lai")
	if _, err := Restore(t.Context(), dir, to); err != nil {
		t.Fatal(err)
	}
	c2 := config(to)
	c2.MasterKey = c.Data + ".keys/master.key" // in no backup: it is brought from where it was
	b := open(t, c2)
	settleAll(t, b)
	after := portraitAt(t, b, at)
	for _, what := range slices.Sorted(maps.Keys(before)) {
		if after[what] != before[what] {
			t.Errorf("%s is not what it was:\n%s\n%s", what, before[what], after[what])
		}
	}
	for what := range after {
		if _, known := before[what]; !known {
			t.Errorf("%s was not there before", what)
		}
	}
	if len(before) < 100 {
		t.Errorf("only %d things were compared", len(before))
	}

	// The log holds the same entries and goes on behind them, in the next epoch.
	if now := b.Audit.Checkpoint(); now.Epoch != head.Epoch+1 || b.Audit.Size() <= size || logDigest(t, b, size) != entries {
		t.Errorf("the log: epoch %d after %d, %d entries after %d", now.Epoch, head.Epoch, b.Audit.Size(), size)
	}
	if r, err := audit.Verify(t.Context(), filepath.Join(to, auditDir), b.Audit.Key()); err != nil || len(r.Problems) > 0 || r.Erased == 0 {
		t.Errorf("the log: %+v, %v", r, err)
	}
	// Who has an account signs in with the same password, and with no other.
	if s, err := b.Accounts.Begin(t.Context(), "quan-tri.mau.2", testPassword, here); err != nil || s.Token == "" && s.Issued == nil {
		t.Errorf("signing in: %+v, %v", s, err)
	}
	if _, err := b.Accounts.Begin(t.Context(), "quan-tri.mau.2", "không phải mật khẩu", here); fault.KindOf(err) != fault.Denied {
		t.Errorf("a wrong password: %v", err)
	}
	nothingReadable(t, dir, "Liệt một tay") // the sealed column; not the example in its contract
	if holdsAnywhere(t, to, key) {
		t.Error("who was erased came back")
	}
	if checks, err := b.Scorer.Checks(t.Context()); err != nil || len(checks) == 0 {
		t.Errorf("%d recounts, %v", len(checks), err)
	}
	if err := b.recountScores(t.Context()); err != nil {
		t.Error(err)
	}
	checks, err := b.Scorer.Checks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for id, k := range checks {
		if !k.Agrees {
			t.Errorf("%s: the score that came back is not what its records say: %s", id, k.Difference)
		}
	}
}

// liveOn does to a province what the play does not: a hold, an erasure, a batch
// that is undone, a policy, an account. It gives the number of who was erased.
func liveOn(t *testing.T, a *App) (erased string) {
	t.Helper()
	ctx := t.Context()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, obj, err := a.Contracts.Object(ctx, personsSet)
	ok(err)
	rows, err := a.Truth.List(ctx, obj, "", 5, record.Latest)
	ok(err)
	if len(rows) < 5 {
		t.Fatalf("%d persons", len(rows))
	}
	_, err = a.Corridor.Hold(ctx, actor.System, personsSet, record.Hold{Key: rows[0].Key, Kind: record.HoldRestriction, Basis: "Đơn số 7", Until: "2099-12-31"})
	ok(err)
	gone := rows[3]
	erased, _ = gone.Values["so_dinh_danh"].(string)
	_, err = a.Audit.Append(ctx, audit.Entry{Actor: audit.Actor{Kind: "person", ID: "an"}, Action: "record.read", Object: "record:" + personsSet + "/" + gone.Key, Result: audit.Allow,
		Detail: map[string]string{"filter": "so=" + erased}})
	ok(err)
	for _, r := range rows { // every period of the person
		if r.Values["so_dinh_danh"] != erased {
			continue
		}
		e, err := a.Corridor.Erase(ctx, actor.System, personsSet, r.Key, "Điều 4 Luật 91/2025/QH15")
		if err != nil || e.State != corridor.EraseDone {
			t.Fatalf("%+v %+v, %v", e, e.Fault, err)
		}
	}
	r, err := a.Corridor.Send(ctx, actor.System, corridor.Request{Dataset: play.OneStop, Name: "moi.csv", Confirm: true,
		Body: strings.NewReader("tuan,ma_don_vi,linh_vuc,tiep_nhan,dung_han,qua_han,ngay_lap,nguon_du_lieu\n2026-W01,GL03,ho-tich,5,5,0,2026-01-05,giả lập\n2026-W01,GL03,ho-tich,x,5,0,2026-01-05,giả lập\n")})
	ok(err)
	_, err = a.Corridor.Undo(ctx, actor.System, r.Batch)
	ok(err)
	_, _, err = a.Policies.Put(ctx, actor.System, "thu-sao-luu", newPolicy, "thử", "")
	ok(err)
	ok(a.Demo(ctx))
	acc, err := a.Accounts.Add(ctx, actor.System, identity.NewAccount{Login: "quan-tri.mau.2", Name: "Người Thử Hai (mẫu)"})
	ok(err)
	(&land{App: a}).activate(t, &visitor{}, acc)
	return erased
}

// settleAll lets everything that follows by itself follow.
func settleAll(t *testing.T, a *App) {
	t.Helper()
	if err := a.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Accounts.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for c, err := range contract.All(t.Context(), a.Contracts) {
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range c.Objects {
			if _, err := a.Mirror.Follow(t.Context(), o); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := a.Audit.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func portraitAt(t *testing.T, a *App, at time.Time) map[string]string {
	t.Helper()
	a.clock.turn(at)
	defer a.clock.release()
	if err := a.Scorer.Age(t.Context()); err != nil {
		t.Fatal(err)
	}
	return portrait(t, a)
}

// portrait sums up a province: each table of each database, each file as sent,
// each table of the mirror and a set of answers, by what it is called.
func portrait(t *testing.T, a *App) map[string]string {
	t.Helper()
	p := map[string]string{}
	tables(t, p, "control", a.Store.Control())
	homes, err := a.Store.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range homes {
		db, release, err := a.Store.Dataset(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		tables(t, p, id, db)
		release()
	}
	err = a.Blobs.Each(func(i blob.Info) error {
		f, sealed, err := a.Blobs.Raw(i.Digest)
		if err != nil {
			return err
		}
		defer f.Close()
		sum := sha256.New()
		_, err = io.Copy(sum, f)
		p["file "+i.Digest] = fmt.Sprint(sealed, hex.EncodeToString(sum.Sum(nil)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	answers(t, p, a)
	return p
}

// passing are tables of what passes: sessions and counters of this running
// program, none of which a restored province has to know.
var passing = regexp.MustCompile(`^control (sessions|signin_.*|goose_.*|account_events|sqlite_.*)$`)

func tables(t *testing.T, p map[string]string, home string, db *store.DB) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.QueryContext(t.Context(), `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`)
		if err != nil {
			return err
		}
		var names []string
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			names = append(names, name)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for _, name := range names {
			if passing.MatchString(home + " " + name) {
				continue
			}
			if p[home+" "+name], err = tableDigest(t, tx, name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// tableDigest sums up the rows of a table, whatever their order.
func tableDigest(t *testing.T, tx *store.Tx, name string) (string, error) {
	rows, err := tx.QueryContext(t.Context(), `SELECT * FROM `+store.Quote(name))
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	var all []string
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return "", err
		}
		sum := sha256.Sum256(fmt.Appendf(nil, "%q", values))
		all = append(all, string(sum[:]))
	}
	slices.Sort(all)
	sum := sha256.Sum256([]byte(strings.Join(columns, ",") + strings.Join(all, "")))
	return fmt.Sprintf("%d rows, %x", len(all), sum[:12]), rows.Err()
}

var askedAt = regexp.MustCompile(`^\{"formula":"[^"]*","at":"[^"]*"`)

// answers asks what readers ask: the truth, the mirror, scores, units.
func answers(t *testing.T, p map[string]string, a *App) {
	t.Helper()
	paths := []string{"/api/v1/datasets?limit=1000", "/api/v1/batches?limit=1000", "/api/v1/scores", "/api/v1/units?q=" + url.QueryEscape("Phố Hiến"), "/api/v1/organisations/hy-syt"}
	for c, err := range contract.All(t.Context(), a.Contracts) {
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, "/api/v1/datasets/"+c.ID+"/contract", "/api/v1/datasets/"+c.ID+"/quality", "/api/v1/datasets/"+c.ID+"/quality/days")
		for _, o := range c.Objects {
			at := "/api/v1/datasets/" + o.Dataset
			paths = append(paths, at, at+"/records?limit=200", at+"/quarantine?limit=200")
		}
	}
	for _, id := range append(play.Datasets(), personsSet, "hy-xa") { // from the mirror alone
		paths = append(paths, "/api/v1/datasets/"+id+"/profile")
	}
	good := 0
	for _, path := range paths {
		r := httptest.NewRequest("GET", path, nil)
		r.Host = "localhost"
		r.Header.Set("Authorization", "Bearer "+a.Token())
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		if w.Code == 200 {
			good++
		}
		// When a question was asked is not what was answered.
		answer := askedAt.ReplaceAll(w.Body.Bytes(), nil)
		sum := sha256.Sum256(answer)
		p["answer "+path] = fmt.Sprintf("%d, %d bytes, %x", w.Code, len(answer), sum[:12])
	}
	if good < len(paths)*3/4 {
		t.Errorf("only %d of %d questions are answered", good, len(paths))
	}
}

func logDigest(t *testing.T, a *App, size int64) string {
	t.Helper()
	sum := sha256.New()
	for n := range size {
		e, err := a.Audit.Entry(t.Context(), n)
		fmt.Fprintf(sum, "%d %+v %v\n", n, e, err)
	}
	return hex.EncodeToString(sum.Sum(nil))
}
