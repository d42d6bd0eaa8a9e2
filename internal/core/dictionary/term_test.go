package dictionary_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/viet"
)

const termFile = `kind: Terms
source: Phố Hiến biên soạn
terms:
  - id: ph:ID-001
    title: Họ và tên
    titleEn: Full name
    name: HoVaTen
    nameEn: FullName
    definition: Tên gọi đầy đủ của một người như ghi trên giấy tờ tùy thân.
    usage: Dùng khi cần gọi đúng tên một người.
    group: Dân cư
    languages: [vi]
    version: "1.0"
    updatedOn: 2026-11-22
    synonyms: [Họ tên, Tên đầy đủ]
    technicalName: CaNhan.ho_va_ten
    normalise: [words]
    property:
      logicalType: string
      logicalTypeOptions: {minLength: 2, maxLength: 255}
      customProperties:
        - {property: phohien.personal, value: {class: basic, kind: name}}
    valid: [Nguyễn Văn An, TRẦN THỊ BÌNH]
    invalid: [A, B]
  - id: ph:ID-002
    title: Số định danh cá nhân
    name: SoDinhDanh
    definition: Dãy 12 chữ số do Bộ Công an cấp để nhận ra một công dân.
    usage: Dùng làm khóa khi đối chiếu người.
    group: Dân cư
    version: "1.0"
    synonyms: [Số CCCD]
    technicalName: CaNhan.so_dinh_danh
    normalise: [digits]
    property:
      logicalType: string
      customProperties:
        - {property: phohien.identifier, value: cccd}
    valid: ["033095001234", "033 095 001 234"]
    invalid: ["123", "33095001234x"]
`

func parseTerms(t *testing.T, text string) []*dictionary.Term {
	t.Helper()
	list, err := dictionary.ParseTerms([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestParseTerms(t *testing.T) {
	list := parseTerms(t, termFile)
	if len(list) != 2 || list[0].Source != "Phố Hiến biên soạn" || list[0].ODCS().LogicalType != "string" || list[0].XSD() != "xsd:string" {
		t.Fatalf("%+v", list)
	}
	if !list[0].Means("HO TEN") || list[0].Means("Tên") {
		t.Error("headings are not compared as people write them")
	}
	for _, c := range []struct{ change, to, says string }{
		{"ph:ID-001", "PH-1", "mã (id)"},
		{"name: HoVaTen", "name: ho_va_ten", "viết liền"},
		{"definition: Tên gọi đầy đủ của một người như ghi trên giấy tờ tùy thân.", "definition: tên", "một câu"},
		{"definition: Tên gọi đầy đủ của một người như ghi trên giấy tờ tùy thân.", "definition: Họ và tên.", "một câu"},
		{"normalise: [words]", "normalise: [words, khac]", "khac"},
		{"invalid: [A, B]", "invalid: [A]", "hai giá trị"},
		{"    usage: Dùng khi cần gọi đúng tên một người.\n", "", "usage"},
		{"    group: Dân cư\n    languages", "    languages", "group"},
		{"kind: Terms", "kind: Terme", "kind"},
		{"titleEn: Full name", "titel: Full name", "Không đọc được"},
	} {
		_, err := dictionary.ParseTerms([]byte(strings.Replace(termFile, c.change, c.to, 1)))
		var e *dictionary.Error
		if !errors.As(err, &e) || !strings.Contains(e.Vi, c.says) || e.Line < 1 {
			t.Errorf("%q: %v", c.to, err)
		}
	}
}

var (
	lan  = actor.Actor{Kind: "person", ID: "lan", Name: "Lan (mẫu)"}
	minh = actor.Actor{Kind: "person", ID: "minh", Name: "Minh (mẫu)"}
)

func key(err error) string {
	if f := fault.Of(err); f != nil {
		return f.Key
	}
	return ""
}

// TestTermWay lets a term go its way from proposal to replacement.
func TestTermWay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, s := context.Background(), dictionary.NewStore(st.Control())
		term := parseTerms(t, termFile)[0]
		term.ID = ""
		v, err := s.Propose(ctx, lan, term, "Cần cho biểu mẫu hộ tịch.")
		if err != nil {
			t.Fatal(err)
		}
		if v.ID != "tinh:ID-001" || v.State != dictionary.Proposed {
			t.Fatalf("%s %s", v.ID, v.State)
		}
		again := *v.Term
		if _, err := s.Propose(ctx, lan, &again, ""); key(err) != "term.same" {
			t.Errorf("the same again: %v", err)
		}
		move := func(by actor.Actor, to dictionary.State, until string) error {
			return s.Move(ctx, by, dictionary.Move{ID: v.ID, Digest: v.Digest, To: to, Why: "thử", Until: until})
		}
		for what, err := range map[string]error{
			"a proposal": second(s.Propose(ctx, lan, &again, "theo ông 033099001234")),
			"a step":     s.Move(ctx, minh, dictionary.Move{ID: v.ID, Digest: v.Digest, To: dictionary.Reviewed, Why: "theo ông 033099001234"}),
			"an opinion": s.Say(ctx, v.ID, dictionary.Opinion{Digest: v.Digest, Text: "theo ông 033099001234", By: lan}),
		} {
			if key(err) != "reason.number" {
				t.Errorf("%s with somebody's number: %v", what, err)
			}
		}
		if err := move(minh, dictionary.Published, ""); key(err) != "term.step" {
			t.Errorf("published at once: %v", err)
		}
		if err := s.Say(ctx, v.ID, dictionary.Opinion{Digest: v.Digest, Agrees: true, By: lan}); key(err) != "term.not-asked" {
			t.Errorf("an opinion before the consultation: %v", err)
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(move(minh, dictionary.Reviewed, ""))
		if err := move(minh, dictionary.Consulted, "2020-01-01"); key(err) != "term.until" {
			t.Errorf("a consultation that is over: %v", err)
		}
		must(move(minh, dictionary.Consulted, "2999-12-31"))
		if err := move(minh, dictionary.Approved, ""); key(err) != "term.consulting" {
			t.Errorf("approved before anybody was heard: %v", err)
		}
		if err := s.Say(ctx, v.ID, dictionary.Opinion{Digest: v.Digest, Org: "hy-cat", By: lan}); key(err) != "term.why" {
			t.Errorf("an objection without reason: %v", err)
		}
		must(s.Say(ctx, v.ID, dictionary.Opinion{Digest: v.Digest, Org: "hy-syt", Agrees: true, By: lan}))
		must(s.Say(ctx, v.ID, dictionary.Opinion{Digest: v.Digest, Org: "hy-cat", Text: "Ghi rõ hơn.", By: lan}))
		if err := move(minh, dictionary.Approved, ""); key(err) != "term.consulting" || !strings.Contains(locale.Vi.Error(err), "đến hết ngày 31/12/2999") {
			t.Errorf("approved over an objection: %v", err)
		}
		must(s.Say(ctx, v.ID, dictionary.Opinion{Digest: v.Digest, Org: "hy-cat", Agrees: true, By: lan})) // met, and taken back
		if err := move(lan, dictionary.Approved, ""); key(err) != "term.own-proposal" {
			t.Errorf("approved by its proposer: %v", err)
		}
		must(move(minh, dictionary.Approved, ""))
		if book, err := s.Book(ctx); err != nil || book.Term(v.ID) != nil {
			t.Errorf("in force before publication: %v", err)
		}
		must(move(minh, dictionary.Published, ""))
		first, err := s.Book(ctx)
		if err != nil || first.Term(v.ID) == nil || first.Term(v.ID).Title != "Họ và tên" {
			t.Fatalf("not in force: %v", err)
		}

		// A second version takes its place, and gives it back.
		next := *v.Term
		next.Version, next.Usage = "1.1", "Dùng trên mọi biểu mẫu."
		w, err := s.Propose(ctx, lan, &next, "")
		must(err)
		for _, m := range []dictionary.Move{{To: dictionary.Reviewed}, {To: dictionary.Consulted, Until: "2999-12-31"}} {
			m.ID, m.Digest = w.ID, w.Digest
			must(s.Move(ctx, minh, m))
		}
		must(s.Say(ctx, w.ID, dictionary.Opinion{Digest: w.Digest, Agrees: true, By: lan}))
		for _, to := range []dictionary.State{dictionary.Approved, dictionary.Published} {
			must(s.Move(ctx, minh, dictionary.Move{ID: w.ID, Digest: w.Digest, To: to}))
		}
		book, err := s.Book(ctx)
		must(err)
		if book.Term(v.ID).Version != "1.1" || book.Digest == first.Digest || first.Term(v.ID).Version != "1.0" {
			t.Error("the book did not follow, or did not stay")
		}
		must(s.Move(ctx, minh, dictionary.Move{ID: v.ID, Digest: v.Digest, To: dictionary.Published, Why: "hoàn tác"}))
		if book, _ = s.Book(ctx); book.Term(v.ID).Version != "1.0" {
			t.Error("the former version did not come back")
		}
		versions, err := s.TermVersions(ctx, v.ID)
		must(err)
		if len(versions) != 2 {
			t.Errorf("%d versions side by side", len(versions))
		}
		history, err := s.TermHistory(ctx, v.ID)
		must(err)
		if len(history) != 13 || history[0].To != dictionary.Published || history[0].From != dictionary.Replaced || history[0].By != minh {
			t.Errorf("history: %d, %+v", len(history), history[0])
		}
		if opinions, err := s.Opinions(ctx, v.ID); err != nil || len(opinions) != 4 {
			t.Errorf("%d opinions, %v", len(opinions), err)
		}
		if open, err := s.TermsIn(ctx, dictionary.Published, dictionary.Replaced); err != nil || len(open) != 2 {
			t.Errorf("%d, %v", len(open), err)
		}
	})
}

// TestTermsOfPacks installs, upgrades and removes terms.
func TestTermsOfPacks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, db := context.Background(), st.Control()
		s := dictionary.NewStore(db)
		packs := pack.New(db, s.TermsKind())
		install := func(text string) {
			t.Helper()
			p, err := pack.Read(fstest.MapFS{
				"pack.yaml":        {Data: []byte("id: thu\nname: Thử\nversion: 1.0.0\nlicence: MIT\nsources: [tự viết]\n")},
				"terms/terms.yaml": {Data: []byte(text)},
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := packs.Install(ctx, lan, true, p); err != nil {
				t.Fatal(err)
			}
		}
		install(termFile)
		book, err := s.Book(ctx)
		if err != nil || len(book.Terms()) != 2 || book.Term("ph:ID-002").Pack != "thu" {
			t.Fatalf("%v %v", book.Terms(), err)
		}
		install(termFile) // again: nothing happens
		if history, err := s.TermHistory(ctx, "ph:ID-001"); err != nil || len(history) != 1 {
			t.Errorf("the same pack again: %d steps, %v", len(history), err)
		}
		changed := strings.Replace(termFile, "maxLength: 255", "maxLength: 100", 1)
		install(changed)
		if after, _ := s.Book(ctx); after.Term("ph:ID-001").Digest == book.Term("ph:ID-001").Digest || after.Term("ph:ID-002") != book.Term("ph:ID-002") {
			t.Error("an upgrade replaces what has changed, and nothing else")
		}
		install(termFile) // back
		if back, _ := s.Book(ctx); back.Digest != book.Digest {
			t.Error("the former content is not in force again")
		}
		// What the province has published itself stays.
		own := *parseTerms(t, termFile)[0]
		own.Usage = "Dùng trên mọi biểu mẫu của tỉnh."
		v, err := s.Propose(ctx, lan, &own, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []dictionary.Move{{To: dictionary.Reviewed}, {To: dictionary.Consulted, Until: "2999-12-31"}} {
			m.ID, m.Digest = v.ID, v.Digest
			if err := s.Move(ctx, minh, m); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Say(ctx, v.ID, dictionary.Opinion{Digest: v.Digest, Agrees: true, By: minh}); err != nil {
			t.Fatal(err)
		}
		for _, to := range []dictionary.State{dictionary.Approved, dictionary.Published} {
			if err := s.Move(ctx, minh, dictionary.Move{ID: v.ID, Digest: v.Digest, To: to}); err != nil {
				t.Fatal(err)
			}
		}
		install(changed)
		if kept, _ := s.Book(ctx); kept.Term("ph:ID-001").Digest != v.Digest {
			t.Error("the pack took the province's own version away")
		}
		if err := s.Move(ctx, minh, dictionary.Move{ID: v.ID, Digest: v.Digest, To: dictionary.Expired}); err != nil {
			t.Fatal(err)
		}
		install(termFile[:strings.Index(termFile, "  - id: ph:ID-002")])
		if left, _ := s.Book(ctx); len(left.Terms()) != 1 {
			t.Errorf("%d terms left", len(left.Terms()))
		}
		if _, err := packs.Remove(ctx, lan, "thu"); err != nil {
			t.Fatal(err)
		}
		if left, _ := s.Book(ctx); len(left.Terms()) != 0 {
			t.Error("terms stay when their pack has gone")
		}
	})
}

func TestProposeTerms(t *testing.T) {
	book := dictionary.NewBook(parseTerms(t, termFile))
	for _, c := range []struct {
		q    dictionary.Question
		want string
	}{
		{dictionary.Question{Title: "Họ tên", Logical: "string"}, "ph:ID-001"},
		{dictionary.Question{Title: "ho va ten chu ho", Logical: "string"}, "ph:ID-001"},
		{dictionary.Question{Title: "Số giấy tờ", Name: "so_dinh_danh", Logical: "string"}, "ph:ID-002"},
		{dictionary.Question{Title: "Mã", Identifier: viet.KindCCCD, Logical: "string", Values: []string{"033095001234"}}, "ph:ID-002"},
		{dictionary.Question{Title: "Họ và tên", Logical: "integer"}, ""},
		{dictionary.Question{Title: "Ghi chú", Logical: "string"}, ""},
	} {
		got := ""
		if all := book.Propose(c.q, 3); len(all) > 0 {
			got = all[0].ID
			if all[0].Sure <= 0 || all[0].Sure > 1 || len(all[0].Why) == 0 {
				t.Errorf("%+v: %+v", c.q, all[0])
			}
		}
		if got != c.want {
			t.Errorf("%+v: %q, want %q", c.q, got, c.want)
		}
	}
}

func second(_ *dictionary.TermVersion, err error) error { return err }
