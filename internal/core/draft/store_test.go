package draft

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/blob"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/seal"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

const households = "STT,Mã hộ,Chủ hộ,Loại hộ,Thu nhập\n" +
	"1,HN001,Hộ số một,Nghèo,\"1.200.000,5\"\n2,HN002,Hộ số hai,Cận nghèo,\"2.100.000,5\"\n3,HN003,Hộ số ba,Nghèo,\"1.300.000,5\"\n" +
	"4,HN004,Hộ số bốn,Cận nghèo,\"1.900.000,5\"\n5,HN005,Hộ số năm,Nghèo,\"1.250.000,5\"\n6,HN006,Hộ số sáu,Nghèo,\"1.400.000,5\"\n" +
	"7,HN007,Hộ số bảy,Nghèo,\"1.100.000,5\"\n8,HN008,Hộ số tám,Cận nghèo,\"2.200.000,5\"\n9,HN009,Hộ số chín,Nghèo,\"1.150.000,5\"\n" +
	"10,HN010,Hộ số mười,Cận nghèo,\"2.050.000,5\"\n11,HN011,Hộ số mười một,Nghèo,\"1.350.000,5\"\n12,HN012,Hộ số mười hai,Nghèo,\"1.450.000,5\"\n"

var clerk = actor.Actor{Kind: "person", ID: "thu", Name: "Cán bộ thử"}

// eachStore runs f on every engine; clock moves the time of the control
// database.
func eachStore(t *testing.T, f func(t *testing.T, s *Store, clock *time.Time)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		cfg.Now = func() time.Time { now = now.Add(time.Millisecond); return now }
		db := storetest.Open(t, cfg)
		ring, err := keys.Open(filepath.Join(t.TempDir(), "master.key"))
		if err != nil {
			t.Fatal(err)
		}
		files, err := blob.Open(t.TempDir(), seal.NewFiles(ring))
		if err != nil {
			t.Fatal(err)
		}
		f(t, NewStore(db.Control(), files, dictionary.NewStore(db.Control()), contract.NewStore(db.Control())), &now)
	})
}

func sampleOf(t *testing.T, name, text string) ingest.File {
	t.Helper()
	return ingest.File{ReaderAt: strings.NewReader(text), Size: int64(len(text)), Name: name, Temp: t.TempDir(), Limits: ingest.DefaultLimits}
}

func begin(t *testing.T, s *Store) *Work {
	t.Helper()
	w, err := s.Begin(context.Background(), clerk, []ingest.File{sampleOf(t, "ho-ngheo.csv", households)}, Known{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func blobs(t *testing.T, s *Store) (n int) {
	t.Helper()
	if err := s.samples.Each(func(blob.Info) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEditAndBack(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store, _ *time.Time) {
		ctx := context.Background()
		w := begin(t, s)
		rows, err := s.Rows(w)
		if err != nil || len(rows) != 1 || len(rows[0]) != 12 {
			t.Fatalf("rows %v, %v", rows, err)
		}
		if w.By != clerk || w.Undo || len(w.Samples) != 1 || w.Samples[0].Name != "ho-ngheo.csv" {
			t.Errorf("begun as %+v", w)
		}
		title := w.Draft.Title
		edited, err := s.Edit(ctx, w.ID, w.Version, func(d *Draft) error { d.Title = "Hộ nghèo"; return nil })
		if err != nil || edited.Draft.Title != "Hộ nghèo" || !edited.Undo {
			t.Fatalf("edited to %+v, %v", edited, err)
		}
		if _, err := s.Edit(ctx, w.ID, w.Version, func(*Draft) error { return nil }); !fault.Is(err, "draft.changed") {
			t.Errorf("an edit of what was there before: %v", err)
		}
		back, err := s.Back(ctx, w.ID, edited.Version)
		if err != nil || back.Draft.Title != title {
			t.Fatalf("back to %+v, %v", back, err)
		}
		again, err := s.Back(ctx, w.ID, back.Version)
		if err != nil || again.Draft.Title != "Hộ nghèo" {
			t.Fatalf("forth to %+v, %v", again, err)
		}
		list, err := s.List(ctx, 10)
		if err != nil || len(list) != 1 {
			t.Errorf("list %v, %v", list, err)
		}
		if err := s.Discard(ctx, w.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(ctx, w.ID); !fault.Is(err, "draft.unknown") {
			t.Errorf("a draft that is gone: %v", err)
		}
		if n := blobs(t, s); n != 0 {
			t.Errorf("%d files are left of a draft that is gone", n)
		}
	})
}

func TestExpire(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store, clock *time.Time) {
		ctx := context.Background()
		old := begin(t, s)
		*clock = clock.Add(Kept - time.Hour)
		young := begin(t, s) // of the same file
		*clock = clock.Add(2 * time.Hour)
		if err := s.Expire(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(ctx, old.ID); !fault.Is(err, "draft.unknown") {
			t.Errorf("the old draft: %v", err)
		}
		f, err := s.Sample(young, 0)
		if err != nil {
			t.Fatalf("the file that both had: %v", err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		*clock = clock.Add(Kept)
		if err := s.Expire(ctx); err != nil {
			t.Fatal(err)
		}
		if n := blobs(t, s); n != 0 {
			t.Errorf("%d files are left", n)
		}
	})
}

func TestCreateAndRevoke(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store, _ *time.Time) {
		ctx := context.Background()
		w := begin(t, s)
		con, err := s.Create(ctx, clerk, w.ID, w.Version)
		if err != nil {
			t.Fatal(err)
		}
		if have, err := s.contracts.Current(ctx, con.ID); err != nil || have.Retired || have.Digest != con.Digest {
			t.Errorf("the contract %+v, %v", have, err)
		}
		made, err := s.Made(ctx, con.ID)
		if err != nil || made == nil || made.ID != w.ID || len(made.Lists) != 1 {
			t.Fatalf("made %+v, %v", made, err)
		}
		if _, err := s.lists.Current(ctx, made.Lists[0]); err != nil {
			t.Error(err)
		}
		kept, err := recipe.NewStore(s.control).Find(ctx, con.Objects[0].Dataset, "")
		if err != nil || kept == nil || kept.Reads["thu_nhap"].Numbers != "vietnamese" {
			t.Errorf("how numbers are written: %+v, %v", kept, err)
		}
		if _, err := s.Create(ctx, clerk, w.ID, w.Version); !fault.Is(err, "draft.created") {
			t.Errorf("a second time: %v", err)
		}
		// Another draft of the same file takes neither the id nor the list.
		other := begin(t, s)
		if _, err := s.Create(ctx, clerk, other.ID, other.Version); !fault.Is(err, "draft.id-taken") {
			t.Errorf("an id that is taken: %v", err)
		}
		back, err := s.Revoke(ctx, clerk, con.ID)
		if err != nil || back.State != Open {
			t.Fatalf("revoked to %+v, %v", back, err)
		}
		if have, err := s.contracts.Current(ctx, con.ID); err != nil || !have.Retired {
			t.Errorf("the contract is still in force: %v", err)
		}
		if l, err := s.lists.Current(ctx, made.Lists[0]); err != nil || !l.Retired {
			t.Errorf("the list is still in force: %v", err)
		}
		if _, err := s.Create(ctx, clerk, w.ID, back.Version); err != nil {
			t.Errorf("once more: %v", err)
		}
		if err := s.Sent(ctx, w.ID); err != nil {
			t.Fatal(err)
		}
		if made, err = s.Made(ctx, con.ID); err != nil || len(made.Samples) != 0 {
			t.Errorf("sent, and still there: %+v, %v", made, err)
		}
	})
}

// A list that another set has come to use stays.
func TestRevokeKeepsSharedLists(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store, _ *time.Time) {
		ctx := context.Background()
		w := begin(t, s)
		con, err := s.Create(ctx, clerk, w.ID, w.Version)
		if err != nil {
			t.Fatal(err)
		}
		other := begin(t, s)
		if other, err = s.Edit(ctx, other.ID, other.Version, func(d *Draft) error { d.ID = "ho-ngheo-khac"; return nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Create(ctx, clerk, other.ID, other.Version); err != nil {
			t.Fatal(err)
		}
		made, err := s.Made(ctx, con.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Revoke(ctx, clerk, con.ID); err != nil {
			t.Fatal(err)
		}
		if l, err := s.lists.Current(ctx, made.Lists[0]); err != nil || l.Retired {
			t.Errorf("the list that another set uses is gone: %v", err)
		}
	})
}

// A file with a mark of state secrets leaves no byte behind.
func TestSecretSample(t *testing.T) {
	eachStore(t, func(t *testing.T, s *Store, _ *time.Time) {
		text := "Mã,Tên,Độ mật\n1,Một,Mật\n2,Hai,\n3,Ba,\n"
		_, err := s.Begin(context.Background(), clerk, []ingest.File{sampleOf(t, "a.csv", text)}, Known{})
		if e := fault.Of(err); e == nil || !strings.HasPrefix(e.Key, "secrecy.") && !strings.Contains(e.Key, "secre") {
			t.Errorf("a secret file: %v", err)
		}
		if n := blobs(t, s); n != 0 {
			t.Errorf("%d files of a secret are kept", n)
		}
		err = filepath.WalkDir(s.TempDir(), func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				err = errors.New(path + " is left")
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestRename(t *testing.T) {
	d := Propose([]*Table{lookAt(t, "ho-ngheo.csv", households)}, Known{})
	o := &d.Objects[0]
	names := make([]string, len(o.Columns))
	for i, c := range o.Columns {
		names[i] = c.Name
	}
	if len(o.Key) != 1 || o.Key[0] != names[1] {
		t.Fatalf("key %v of %v", o.Key, names)
	}
	names[1], names[2] = names[2], names[1] // exchanged in one go
	d.RenameColumns(0, names)
	if o.Key[0] != names[1] || o.Columns[1].Name != names[1] {
		t.Errorf("key %v, columns %v", o.Key, o.Columns[1].Name)
	}
	if found := d.Validate(); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	o.Leave(1, true)
	if len(o.Key) != 0 {
		t.Errorf("a column that is left out is the key: %v", o.Key)
	}
}

// Whatever a column is said to hold, the draft stays one that is accepted.
func TestSorts(t *testing.T) {
	for _, sort := range Sorts() {
		d := Propose([]*Table{lookAt(t, "ho-ngheo.csv", households)}, Known{})
		c := d.Objects[0].Column("loai_ho")
		c.SetSort(sort)
		if c.Sort() != sort {
			t.Errorf("%s became %s", sort, c.Sort())
		}
		if found := d.Validate(); len(found) > 0 {
			t.Errorf("%s: %+v", sort, found)
		}
	}
}
